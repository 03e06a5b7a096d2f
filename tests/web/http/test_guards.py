"""Who may post, where a browser may be sent, whose address is believed."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.settings import Settings
from oauth2system.web.http.guards import Proxies, came_with, is_same_origin, safe_next
from oauth2system.web.http.message import Request
from tests.support.in_process.door import BASE, read_settings


def request(**headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/session", "query_string": b"", "headers": sent}
    return Request(scope, lambda: pytest.fail("nothing is to be read"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(tmp_path)


OURS = [
    ("a browser of today", {"origin": BASE, "sec_fetch_site": "same-origin", "cookie": "session=x"}),
    ("a browser that states the origin alone", {"origin": BASE, "cookie": "session=x"}),
    ("a browser that states the site alone", {"sec_fetch_site": "same-origin", "cookie": "session=x"}),
    ("an old browser with a referer", {"referer": f"{BASE}/login?flow=x", "cookie": "session=x"}),
    ("a program without cookies", {"user_agent": "curl"}),
]
THEIRS = [
    ("another site", {"origin": "https://evil.example", "sec_fetch_site": "cross-site"}),
    ("another site, without its mark", {"origin": "https://evil.example"}),
    ("a frame without origin", {"origin": "null", "sec_fetch_site": "cross-site"}),
    ("null alone", {"origin": "null"}),
    ("a sub-domain", {"origin": "http://evil.localhost:8000", "sec_fetch_site": "same-site"}),
    ("another port", {"origin": "http://localhost:8001", "sec_fetch_site": "same-site"}),
    ("another scheme", {"origin": "https://localhost:8000"}),
    ("a longer host", {"origin": "http://localhost:8000.evil.example"}),
    ("letter case", {"origin": "http://LOCALHOST:8000"}),
    ("the address bar, which never posts", {"sec_fetch_site": "none", "cookie": "session=x"}),
    ("our origin but a foreign site", {"origin": BASE, "sec_fetch_site": "cross-site"}),
    ("a foreign referer", {"referer": "https://evil.example/http://localhost:8000/"}),
    ("a referer that is none", {"referer": "http://[::1"}),
    ("a cookie that nothing explains", {"cookie": "session=x"}),
]


@pytest.mark.parametrize(("_who", "headers"), OURS)
def test_our_own_pages_and_programs_may_post(settings: Settings, _who: str, headers: dict[str, str]) -> None:
    assert is_same_origin(request(**headers), settings)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({"PORT": "80"}, "http://localhost"),
        ({"PUBLIC_URL": "https://id.example.org:443"}, "https://id.example.org"),
        ({"PUBLIC_URL": "https://ID.b\u00fccher.example"}, "https://id.xn--bcher-kva.example"),
        ({"PUBLIC_URL": "http://[0:0::1]:8000"}, "http://[::1]:8000"),
    ],
)
def test_a_form_is_ours_however_the_operator_spelt_the_address(
    tmp_path: Path, given: dict[str, str], origin: str
) -> None:
    settings = read_settings(tmp_path, **given)
    assert is_same_origin(request(origin=origin, sec_fetch_site="same-origin", cookie="session=x"), settings)
    assert is_same_origin(request(referer=f"{origin}/login", cookie="session=x"), settings)


@pytest.mark.parametrize(("_who", "headers"), THEIRS)
def test_nobody_else_may(settings: Settings, _who: str, headers: dict[str, str]) -> None:
    assert not is_same_origin(request(**headers), settings)


def test_two_origins_are_none(settings: Settings) -> None:
    twice = request()
    twice.headers.extend([(b"origin", BASE.encode()), (b"origin", b"https://evil.example")])
    assert not is_same_origin(twice, settings)


def test_the_page_a_form_came_from_lends_it_its_query(settings: Settings) -> None:
    assert came_with(request(referer=f"{BASE}/login?flow=abc&next=%2Fapps"), settings).values == {
        "flow": "abc",
        "next": "/apps",
    }
    assert not came_with(request(referer="https://evil.example/login?flow=abc"), settings).values
    assert not came_with(request(referer=f"{BASE}/login?flow=%zz"), settings).values
    assert not came_with(request(), settings).values


GOOD = ["/", "/apps", "/apps/123", "/account/", "/apps?q=a%20b&x=1", "/oauth2/authorize?redirect_uri=https%3A%2F%2Fa"]


@pytest.mark.parametrize("path", GOOD)
def test_a_page_of_ours_is_a_place_to_go_on_to(path: str) -> None:
    assert safe_next(path) == path


@given(
    st.text(alphabet=st.sampled_from("/\\.:@?#%&=;ab0-_~\t\n\r \x00\x7f\u2025\uff0f"), max_size=12).map(
        lambda s: "/" + s
    )
)
def test_whatever_passes_stays_on_our_own_site(value: str) -> None:
    went = urlsplit(urljoin("https://id.example/login", safe_next(value)))
    assert (went.scheme, went.netloc) == ("https", "id.example")
    # A browser takes \ for / and drops tabs and line ends: none of them may be left, nor a path like //host.
    assert not set(safe_next(value)) & set("\\\t\n\r \x00")
    assert "//" not in safe_next(value).partition("?")[0]


def believed(trusted: str, peer: str, *forwarded: str) -> str:
    proxies = Proxies(tuple(ip_network(one) for one in trusted.split()))
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return str(proxies.believe({"client": (peer, 1), "headers": headers})["client"][0])


HOPS: list[tuple[str, str, str, list[str], str]] = [
    ("a direct visitor's header is a lie", "10.0.0.1", "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
    ("a proxy's visitor", "10.0.0.1", "10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("what the visitor claimed further left", "10.0.0.1", "10.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    ("two proxies", "10.0.0.0/24", "10.0.0.1", ["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    ("two headers are one list", "10.0.0.0/24", "10.0.0.1", ["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
    ("no header", "10.0.0.1", "10.0.0.1", [], "10.0.0.1"),
    ("an empty header", "10.0.0.1", "10.0.0.1", [" , "], "10.0.0.1"),
    ("junk fails closed", "10.0.0.1", "10.0.0.1", ["a"], "10.0.0.1"),
    ("junk after an address", "10.0.0.1", "10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
    ("IPv6", "::1", "::1", ["2001:db8::7"], "2001:db8::7"),
    ("IPv6 in brackets with a port", "::1", "::1", ["[2001:db8::7]:443"], "2001:db8::7"),
    ("IPv4 with a port", "10.0.0.1", "10.0.0.1", ["203.0.113.9:5555"], "203.0.113.9"),
    ("IPv4 inside IPv6", "10.0.0.1", "::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("a unix socket has no address", "10.0.0.1", "", ["203.0.113.9"], ""),
]


@pytest.mark.parametrize(("_what", "trusted", "peer", "forwarded", "expected"), HOPS)
def test_t123_only_the_nearest_hop_that_is_no_proxy_is_believed(
    _what: str, trusted: str, peer: str, forwarded: list[str], expected: str
) -> None:
    assert believed(trusted, peer, *forwarded) == expected
