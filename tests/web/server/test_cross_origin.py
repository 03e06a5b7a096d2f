"""What scripts of other sites may call and read: public documents all of them, the rest the sites of public apps."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.runtime.runner import Runner
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import CB, Clock, House
from tests.web.clients.test_registration import made, manage, post

SPA = "https://spa.example"
DOCUMENTS = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/oauth2/jwks",
    "/openapi.json",
)
# What libraries, caches and tracing add without being asked.
HARMLESS = ("mcp-protocol-version", "cache-control", "x-requested-with", "traceparent")


@pytest.fixture
def mode() -> str:
    return "token"


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock, mode: str) -> Generator[Runner]:
    with runner_on(database_url, tmp_path, clock=clock, DYNAMIC_REGISTRATION=mode) as running:
        yield running


def allowed(house: House, path: str, *names: str, origin: str = SPA, method: str = "POST") -> set[str]:
    """Return the header names that a preflight allows, in lower case."""
    asks = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": ",".join(names),
    }
    told = house.door.ask("OPTIONS", path, headers=asks)
    assert told.status_code == 204
    assert "access-control-allow-credentials" not in told.headers
    return {name.strip().lower() for name in told.headers.get("access-control-allow-headers", "").split(",")} - {""}


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("name", HARMLESS)
def test_r022_every_browser_program_may_read_a_public_document(house: House, path: str, name: str) -> None:
    assert {"*", "authorization"} <= allowed(house, path, name, method="GET")
    assert house.door.get(path, headers={"origin": SPA}).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke"])
def test_r022_the_site_of_a_public_app_sends_harmless_names(house: House, path: str) -> None:
    house.public("SPA", redirect_uris=(f"{SPA}/cb", CB))
    assert {"authorization", "content-type", "dpop", *HARMLESS} <= allowed(house, path, *HARMLESS)
    assert allowed(house, path, *HARMLESS, origin="https://evil.example") == set()


def test_no_script_speaks_for_a_proxy_and_no_name_breaks_the_answer(house: House) -> None:
    house.public("SPA", redirect_uris=(f"{SPA}/cb", CB))
    bad = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Sec-Fetch-Site", "two words", "a\x0bb", "x" * 100, "")
    assert allowed(house, "/oauth2/token", *bad, "good") == {"authorization", "content-type", "dpop", "good"}
    assert len(allowed(house, "/oauth2/token", *(f"n{number}" for number in range(500)))) <= 30


@pytest.mark.parametrize("mode", ["open"], ids=["open"])
def test_a_program_in_a_browser_registers_itself_where_anybody_may(house: House) -> None:
    assert {"*", "authorization"} <= allowed(house, "/oauth2/register", "content-type", origin="https://any.example")
    answer = post(house, None)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (201, "*")
    refused = post(house, None, redirect_uris=["javascript:alert(1)"])
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, "*")
    told = answer.json()
    path = told["registration_client_uri"].removeprefix(house.base)
    asked = house.door.ask("OPTIONS", path, headers={"origin": SPA, "access-control-request-method": "PUT"})
    assert {"GET", "PUT", "DELETE"} <= set(asked.headers["access-control-allow-methods"].split(", "))
    assert manage(house, told).headers["access-control-allow-origin"] == "*"
    assert manage(house, {**told, "registration_access_token": "x"}).headers["access-control-allow-origin"] == "*"


def test_where_a_token_is_needed_no_script_registers_an_app(house: House) -> None:
    assert allowed(house, "/oauth2/register", "content-type") == set()
    assert "access-control-allow-origin" not in manage(house, made(house)).headers


@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource", "/.well-known/openid-configuration/x"])
def test_a_script_can_read_that_a_well_known_document_is_not_there(house: House, path: str) -> None:
    assert "*" in allowed(house, path, "mcp-protocol-version", method="GET")
    answer = house.door.get(path, headers={"origin": SPA})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, "*")
    assert "access-control-allow-origin" not in house.door.get("/oauth2/nothing", headers={"origin": SPA}).headers
