"""The site of a public app may call, however its owner spelt the address."""

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT
from oauth2system.services.clients import cors_origins
from tests.support.in_process.oauth_apps import House


@pytest.mark.parametrize(
    ("registered", "origin"),
    [
        ("https://spa.example/cb", "https://spa.example"),
        ("https://spa.example:443/cb", "https://spa.example"),
        ("https://spa.example:0443/cb", "https://spa.example"),
        ("HTTPS://SPA.Example/cb", "https://spa.example"),
        ("https://spa.example:8443/cb", "https://spa.example:8443"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("http://[0:0::1]:3000/cb", "http://[::1]:3000"),
    ],
)
def test_a_browser_s_spelling_of_the_site_is_known(house: House, registered: str, origin: str) -> None:
    house.public("Pages", redirect_uris=(registered,), grant_types=frozenset({CODE_GRANT}))
    answer = house.door.ask("OPTIONS", "/oauth2/token", headers={"origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "https://0x7f.1/cb", "https://[::1", "https:///cb", "x"])
def test_what_has_no_origin_is_passed_over(uri: str) -> None:
    assert cors_origins._find_origin(uri) is None  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
