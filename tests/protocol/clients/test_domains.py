"""The domain of an address, which its owner can prove."""

import pytest

from oauth2system.protocol.clients.redirect_uris import domain_of


@pytest.mark.parametrize(
    ("uri", "domain"),
    [
        ("https://library.example/callback", "library.example"),
        ("https://LIBRARY.example.:8443/", "library.example"),
        ("http://library.example", "library.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://192.0.2.1/", None),
        ("https://[2001:db8::1]/", None),
        ("https://intranet/", None),
        ("http://localhost:5000/", None),
        ("https://here.localhost/", None),
        ("com.example.app:/callback", None),
        ("", None),
    ],
)
def test_the_domain_of_an_address_is_a_name_that_somebody_can_prove(uri: str, domain: str | None) -> None:
    assert domain_of(uri) == domain
