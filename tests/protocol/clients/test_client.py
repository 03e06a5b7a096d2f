"""Redirect URIs: which may be registered, and which are a client's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth2system.protocol.clients.client import (
    check_post_logout_uri,
    check_redirect_uri,
    is_client_id,
    is_local,
    match_redirect,
)
from oauth2system.protocol.clients.redirect_uris import check_web_uri, is_loopback
from oauth2system.protocol.reasons.addresses import UriFault
from tests.protocol.given import C1, CB, N1, P1, client_with

# What T001-T005, T009 and T010 try against `https://app.example/cb`.
TRICKS = [
    CB + "/",
    CB + "?x=1",
    CB + "#f",
    "https://app.example/CB",
    CB + "/../cb",
    CB + "%2f..",
    CB + ";x",
    CB + "/..;/x",
    "https://app.example/%63b",
    CB + "%00",
    CB + " ",
    CB + "\t",
    CB + "\n",
    "https://app.example.evil.tld/cb",
    "https://app.example@evil.tld/cb",
    "https://evil.tld\\@app.example/cb",
    "https://app.example:444/cb",
    "https://app.example:443/cb",
    "//app.example/cb",
    "http://app.example/cb",
    "https://appXexample/cb",
    "https://app.example%2eevil.tld/cb",
    "https%3A%2F%2Fapp.example%2Fcb",
    CB + "%0d%0aLocation:https://evil.tld",
    "https://app\uff0eexample/cb",
    "https://\u0430pp.example/cb",
    "HTTPS://app.example/cb",
    "https://APP.example/cb",
    "x" * 100_000,
    "http://[::1",
    "\ud800",
    "",
]


@pytest.mark.parametrize("client", [C1, P1, client_with(C1, application_type="native")])
@pytest.mark.parametrize("uri", TRICKS)
def test_t001_to_t010_only_the_same_string_matches(client: object, uri: str) -> None:
    assert match_redirect(client, CB)  # type: ignore[arg-type]  (values of any type)
    assert not match_redirect(client, uri)  # type: ignore[arg-type]  (values of any type)


@pytest.mark.parametrize(
    "uri", ["https://app.example/cb", "https://app.example/cb?a=1&b=2", "https://app.example/cb?b=2"]
)
def test_t006_a_registered_query_is_part_of_the_string(uri: str) -> None:
    client = client_with(C1, redirect_uris=(CB + "?a=1",))
    assert match_redirect(client, CB + "?a=1")
    assert not match_redirect(client, uri)


@pytest.mark.parametrize(
    ("uri", "matches"),
    [
        ("http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:65535/cb", True),
        ("http://127.0.0.1:65536/cb", False),
        ("http://127.0.0.1:0/cb", False),
        ("http://127.0.0.1:/cb", False),
        ("http://127.0.0.1:051/cb", False),
        ("http://127.0.0.1:51004/cb?x", False),
        ("http://127.0.0.1:51004/cb\n", False),
        ("http://127.0.0.1:51004", False),
        ("http://127.0.0.1:51004/", False),
        ("http://localhost:51004/cb", False),
        ("http://127.0.0.2/cb", False),
        ("http://[::1]:51004/cb", False),
        ("https://127.0.0.1:1/cb", False),
        ("http://127.0.0.1:1@evil.tld/cb", False),
        ("http://127.0.0.1:1.evil.tld/cb", False),
        ("http://127.0.0.1.evil.tld/cb", False),
        ("http://127.0.0.1:\u0661/cb", False),
    ],
)
def test_t007_a_native_client_may_choose_its_loopback_port_and_nothing_else(uri: str, matches: bool) -> None:
    assert match_redirect(N1, uri) is matches


def test_the_ipv6_loopback_has_the_same_freedom() -> None:
    client = client_with(N1, redirect_uris=("http://[::1]:1234/cb",))
    assert match_redirect(client, "http://[::1]:9/cb")
    assert not match_redirect(client, "http://127.0.0.1:9/cb")


def test_a_confidential_web_app_has_no_free_port() -> None:
    client = client_with(C1, redirect_uris=("http://127.0.0.1/cb",))
    assert not match_redirect(client, "http://127.0.0.1:9/cb")


@pytest.mark.parametrize("uri", ["com.example.app://cb", "com.example.app:/cb/", "org.example.app:/cb"])
def test_t008_another_private_scheme_is_another_uri(uri: str) -> None:
    client = client_with(N1, redirect_uris=("com.example.app:/cb",))
    assert match_redirect(client, "com.example.app:/cb")
    assert not match_redirect(client, uri)


@settings(max_examples=300)
@given(st.data())
def test_t011_no_mutation_of_a_registered_uri_passes(data: st.DataObject) -> None:
    registered = data.draw(st.sampled_from([CB, CB + "?a=1", "https://a.b:8443/x/y?z", "com.example.app:/cb"]))
    start = data.draw(st.integers(0, len(registered)))
    end = data.draw(st.integers(start, len(registered)))
    mutated = registered[:start] + data.draw(st.text(max_size=6)) + registered[end:]
    for public in (False, True):
        client = client_with(C1, redirect_uris=(registered,), is_public=public)
        assert match_redirect(client, mutated) is (mutated == registered)


@given(st.text(max_size=30), st.text(max_size=10))
def test_t011_nothing_slips_into_a_loopback_uri(port: str, rest: str) -> None:
    uri = f"http://127.0.0.1{port}/cb{rest}"
    good_port = port == "" or (
        port[0] == ":" and port[1:].isascii() and port[1:].isdigit() and port[1] != "0" and int(port[1:]) < 65536
    )
    assert match_redirect(N1, uri) is (good_port and rest == "")


GOOD = [
    "https://app.example/callback",
    "https://app.example",
    "https://app.example:8443/cb?a=1&b=%20",
    "https://xn--4ca.example/cb",
    "https://192.0.2.1/cb",
    "https://[2001:db8::1]:8443/cb",
    "http://localhost:5000/cb",
    "http://127.0.0.1/cb",
    "http://[::1]:99/cb",
    "com.example.app:/cb",
    "com.example.app://cb",
]


@pytest.mark.parametrize("uri", GOOD)
def test_a_good_redirect_uri_passes(uri: str) -> None:
    assert check_redirect_uri(uri, allow_http=False) is None
    assert check_post_logout_uri(uri, allow_http=False) is None


BAD = [
    ("", "Write the address"),
    ("   ", "Write the address"),
    ("https://a.example/" + "x" * 2000, "too long"),
    ("https://a.example/a b", "space or a line break"),
    ("https://a.example/\r\nx", "space or a line break"),
    ("https://ä.example/", "ASCII"),
    ("https://a.example/\x07", "ASCII"),
    ("https://evil.tld\\@app.example/cb", "backslash"),
    ("https://*.app.example/cb", "Wildcards"),
    ("https://app.example/*", "Wildcards"),
    ("https://app.example/cb#f", "#"),
    ("https://app.example/%zz", "after a % sign"),
    ("https://app.example/%00", "after a % sign"),
    ("https://app.example/%0d%0aX", "after a % sign"),
    ("https://app.example/%5cx", "after a % sign"),
    ("/cb", "whole address"),
    ("cb", "whole address"),
    ("//app.example/cb", "Begin with"),
    ("app.example/cb", "Begin with"),
    ("/cb", "whole address"),
    ("1x:/cb", "whole address"),
    ("javascript:alert(1)", "must not be sent"),
    ("JavaScript:alert(1)", "must not be sent"),
    ("data:text/html,x", "must not be sent"),
    ("vbscript:x", "must not be sent"),
    ("file:", "must not be sent"),
    ("file:///etc/passwd", "must not be sent"),
    ("blob:https://app.example/x", "must not be sent"),
    ("about:blank", "must not be sent"),
    ("myapp:", "with a dot"),
    ("myapp://cb", "with a dot"),
    ("urn:x", "with a dot"),
    ("https://", "host is missing"),
    ("https:///cb", "host is missing"),
    ("https:app.example", "host is missing"),
    ("https://:8443/cb", "host is missing"),
    ("https://u:p@h.example/cb", "before the @"),
    ("https://app.example@evil.tld/cb", "before the @"),
    ("https://app..example/cb", "host name is not valid"),
    ("https://-a.example/cb", "host name is not valid"),
    ("https://app.example%2eevil.tld/cb", "host name is not valid"),
    ("https://a!b.example/cb", "host name is not valid"),
    ("https://" + "a." * 130 + "example/cb", "host name is not valid"),
    ("https://[v1.x]/cb", "host name is not valid"),
    ("https://[fe80::1%25eth0]/cb", "host name is not valid"),
    ("http://[::1", "is not a host"),
    ("https://[::g]/cb", "is not a host"),
    ("https://app.example:0/cb", "port"),
    ("https://app.example:65536/cb", "port"),
    ("https://app.example:/cb", "port"),
    ("https://app.example:x/cb", "port"),
    ("http://app.example/cb", "Only https://"),
    ("http://127.0.0.2/cb", "Only https://"),
    ("https://app.example/a/../cb", "parts of the path"),
    ("https://app.example/./cb", "parts of the path"),
    ("https://app.example/%2e%2e/cb", "parts of the path"),
    ("https://app.example/..%2fcb", "parts of the path"),
    ("https://app.example/..;/cb", "parts of the path"),
    ("https://app.example/cb?code=1", "name that the answer uses"),
    ("https://app.example/cb?a=1&state=", "name that the answer uses"),
]


@pytest.mark.parametrize(("uri", "words"), BAD)
def test_t014_a_bad_redirect_uri_gets_one_sentence_that_mends_it(uri: str, words: str) -> None:
    fault = check_redirect_uri(uri, allow_http=False)
    assert fault is not None
    assert words in fault.sentence


def test_a_closed_network_may_allow_http_but_nothing_else() -> None:
    assert check_redirect_uri("http://intranet/cb", allow_http=True) is None
    assert check_redirect_uri("javascript:x", allow_http=True) is not None


@given(st.text(max_size=60))
def test_t010_any_text_gets_a_sentence_or_none_never_a_crash(text: str) -> None:
    for start in ("", "https://", "http://[", "com.example:"):
        check_redirect_uri(start + text, allow_http=False)


def test_a_link_must_be_a_web_address() -> None:
    assert check_web_uri("https://app.example/logo.png", allow_http=False) is None
    assert check_web_uri("com.example.app:/x", allow_http=False) is UriFault.NOT_WEB
    assert check_web_uri("logo", allow_http=False) is UriFault.RELATIVE


@pytest.mark.parametrize(
    ("uri", "local"),
    [
        (CB, False),
        ("http://app.example/cb", False),
        ("http://127.0.0.1:1/cb", True),
        ("http://localhost/", True),
        ("com.a:/cb", True),
        ("HTTPS://app.example/cb", False),
        ("Http://app.example/cb", False),
        ("HTTP://127.0.0.1:1/cb", True),
    ],
)
def test_what_stays_on_the_device_is_local(uri: str, local: bool) -> None:
    assert is_local(uri) is local
    assert client_with(P1, redirect_uris=(uri,)).may_be_anyone is local
    assert not client_with(C1, redirect_uris=(uri,)).may_be_anyone


@pytest.mark.parametrize(("text", "can_be"), [("1", True), ("0", True), ("", False), ("x", False), ("\u0661", False)])
def test_an_id_of_a_client_is_decimal_digits(text: str, can_be: bool) -> None:
    assert is_client_id(text) is can_be


HERE = [
    "http://localhost/", "http://localhost:8000/cb", "https://localhost/cb", "http://127.0.0.1:3/", "http://[::1]/cb",
    "https://app.localhost/cb", "https://LOCALHOST/", "https://localhost./", "https://2130706433/", "http://127.1/",
    "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "http://0.0.0.0:8000/",
]  # fmt: skip
ELSEWHERE = [
    "https://localhost.evil.example/cb", "https://127.0.0.1.evil.example/", "http://localhost.evil.example",
    "https://evil.example/://localhost", "https://evil.example/?://127.0.0.1", "https://localhost-evil.example/",
    "https://notlocalhost/", "https://localhost:x@evil.example/", "https://128.0.0.1/", "com.example:/localhost",
    "https://[::1", "localhost",
]  # fmt: skip


@pytest.mark.parametrize(("uri", "is_here"), [*((uri, True) for uri in HERE), *((uri, False) for uri in ELSEWHERE)])
def test_s13_the_host_decides_whether_an_address_is_on_the_own_machine(uri: str, is_here: bool) -> None:
    assert is_loopback(uri) is is_here
    assert is_local(uri) is (is_here or not uri.lower().startswith(("http://", "https://")))
