"""The most common slip in a redirect URI: its scheme is forgotten."""

import pytest

from oauth2system.protocol.clients.redirect_uris import check_redirect_uri, complete
from oauth2system.protocol.reasons.addresses import UriFault
from tests.protocol.given import CB


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("localhost:5000/authorized", "http://localhost:5000/authorized"),
        ("localhost", "http://localhost"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("[::1]:8080/cb", "http://[::1]:8080/cb"),
        ("[::1]", "http://[::1]"),
        ("example.org/cb?x=1", "https://example.org/cb?x=1"),
        ("example.org:8443/cb", "https://example.org:8443/cb"),
        ("//example.org/cb", "https://example.org/cb"),
        ("intranet:8080/cb", "https://intranet:8080/cb"),
        ("localhost:99999/cb", None),
    ],
)
def test_a_forgotten_scheme_is_recognised_and_completed(typed: str, meant: str | None) -> None:
    assert check_redirect_uri(typed, allow_http=False) is UriFault.SCHEME_FORGOTTEN
    assert complete(typed, allow_http=False) == meant


@pytest.mark.parametrize("typed", ["", "callback", "/callback", "com.example.app:/cb", CB, "http://x", "a b.c", "x:y"])
def test_what_has_a_scheme_or_no_host_is_not_completed(typed: str) -> None:
    assert check_redirect_uri(typed, allow_http=False) is not UriFault.SCHEME_FORGOTTEN
    assert complete(typed, allow_http=False) is None
