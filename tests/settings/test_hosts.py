"""The public address, hosts and networks: one spelling each, the one that others send."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, strategies

from oauth2system.errors import Misconfigured
from oauth2system.setting_types.hosts import (
    Host,
    Unusable,
    make_origin,
    read_host,
    read_networks,
    read_origin,
    read_reachable,
)
from tests.support.in_process.door import read_settings


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://id.example.org:443", "https://id.example.org"),
        ("HTTPS://ID.Example.ORG/", "https://id.example.org"),
        ("https://id.example.org:8443", "https://id.example.org:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://LocalHost:8000", "http://localhost:8000"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://B\u00dcCHER.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("https://[2001:DB8::00a1]:443", "https://[2001:db8::a1]"),
        ("https://[::ffff:192.0.2.1]", "https://[::ffff:c000:201]"),
        ("https://192.0.2.7:443", "https://192.0.2.7"),
    ],
)
def test_the_public_address_has_the_spelling_of_a_browsers_origin(given: str, origin: str) -> None:
    assert read_origin(given) == origin


@pytest.mark.parametrize(
    "given",
    [
        "id.example.org", "ftp://id.example.org", "https://", "https://id.example.org/path", "https://id.example.org/?a",
        "https://id.example.org/#a", "https://ada@id.example.org", "https://@id.example.org", "https://id.example.org:0",
        "https://id.example.org:99999", "https://id.example.org:https", "https://id..example.org", "https://-a.example",
        "https://id.example.org.", "https://[::1", "https://[fe80::1%25eth0]", "https://1.2.3", "https://0x7f.1",
        "https://192.0.2.07", "https://id example.org", "https://\u200b.example", "https://id.example.org\\x",
        "http://id.example.org", "http://localhost.example.org", "https://xn--a.example", f"https://{'a' * 64}.example",
    ],
)  # fmt: skip
def test_what_is_no_public_address_is_refused_in_one_line(given: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^OAUTH2SYSTEM_PUBLIC_URL is [^\n]+\.$"):
        read_settings(tmp_path, PUBLIC_URL=given)


@given(
    strategies.lists(strategies.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?", fullmatch=True), min_size=1),
    strategies.one_of(strategies.none(), strategies.integers(1, 65535)),
)
def test_reading_an_origin_again_changes_nothing(labels: list[str], port: int | None) -> None:
    try:
        once = read_origin(f"https://{'.'.join(labels)}" + (f":{port}" if port else ""))
    except Unusable:
        return
    assert read_origin(once) == once
    assert once == once.lower()
    assert not once.endswith(":443")


def test_the_default_address_is_built_in_the_same_spelling(tmp_path: Path) -> None:
    assert read_settings(tmp_path, PORT="80").public_url == "http://localhost"
    assert read_settings(tmp_path, PORT="8000").public_url == "http://localhost:8000"
    assert make_origin("https", Host("::1"), 443) == "https://[::1]"
    assert read_settings(tmp_path, PORT="80").public_port == 80
    assert read_settings(tmp_path, PUBLIC_URL="https://id.example.org:443", SMTP_URL="smtp://m").public_port == 443


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("::", "::"),
        ("[::1]", "::1"),
        ("LOCALHOST", "localhost"),
        ("my_mail", "my_mail"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_a_host_is_a_name_or_an_address(given: str, host: str) -> None:
    assert read_host(given) == host


@pytest.mark.parametrize("given", ["256.1.1.1", "http://localhost", "localhost:8000", "a b", "*", "", "a..b"])
def test_what_is_no_host_is_refused(given: str) -> None:
    with pytest.raises(Unusable):
        read_host(given)


def test_an_ipv4_network_within_ipv6_is_an_ipv4_network() -> None:
    found = read_networks("::ffff:10.0.0.0/104, [::ffff:192.0.2.7] ::1 10.0.0.1/8 ::/0")
    assert found == tuple(map(ip_network, ("10.0.0.0/8", "192.0.2.7/32", "::1/128", "10.0.0.0/8", "::/0")))


def test_hosts_and_networks_that_may_be_reached() -> None:
    reachable = read_reachable("LocalHost, 10.0.0.0/8 [::1] b\u00fccher.example.,192.0.2.7")
    assert reachable.hosts == {"localhost", "xn--bcher-kva.example"}
    assert reachable.networks == tuple(map(ip_network, ("10.0.0.0/8", "::1", "192.0.2.7")))


@pytest.mark.parametrize("given", ["*", "http://localhost:9000", "localhost:9000", "*.example.org", "10.0.0.0/99"])
def test_what_cannot_be_reached_by_that_word_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^OAUTH2SYSTEM_FETCH_ALLOW is "):
        read_settings(tmp_path, FETCH_ALLOW=given)
