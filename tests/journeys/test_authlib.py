"""Signing in with Authlib, a client library that knows nothing of us but the discovery address."""

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from playwright.sync_api import Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD, member
from tests.support.clients import authlib_api
from tests.support.clients.authlib_site import AuthlibSite
from tests.support.in_process.jwts import Key
from tests.support.servers.server import Server

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("authlib") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def ada(server: Server) -> str:
    return member(server, "ada")


@pytest.fixture
def site(server: Server) -> Generator[AuthlibSite]:
    with AuthlibSite(server.url) as made:
        yield made


def session(client_id: str, secret: Any, **more: Any) -> Any:
    """Open an Authlib session for calls without a browser."""
    return OAuth2Session(client_id, secret, **more)


def app(server: Server, site: AuthlibSite, *options: str) -> tuple[str, str | None]:
    """Make an app for the site by the operator's command."""
    made = server.ask("app", "create", "Authlib site", "--owner", "ada", "--redirect-uri", site.callback, *options)
    return made["client_id"], made["client_secret"]


def enter(page: Page, site: AuthlibSite, ada: str) -> None:
    """Go through the pages as a person does: sign in, agree, be greeted by the site."""
    page.goto(site.url)
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text(f"Hello {ada}")).to_be_visible()


def test_a_person_signs_in_and_the_site_knows_them(server: Server, site: AuthlibSite, ada: str, page: Page) -> None:
    provider = site.connect(*app(server, site))
    enter(page, site, ada)
    brought = site.tokens
    assert brought["userinfo"]["sub"] == ada  # Authlib has checked signature, issuer, audience, nonce and at_hash
    assert brought["token_type"] == "Bearer"
    with site.flask.test_request_context():
        told = provider.userinfo(token=brought)
    assert (told["sub"], told["email"], told["email_verified"]) == (ada, "ada@example.org", True)
    headers = {"authorization": f"Bearer {brought['access_token']}"}
    assert httpx.get(f"{server.url}/api/user", headers=headers).json()["username"] == "ada"


def test_a_second_visit_asks_nothing(server: Server, site: AuthlibSite, ada: str, page: Page) -> None:
    site.connect(*app(server, site))
    enter(page, site, ada)
    page.context.clear_cookies(name="site")
    page.goto(f"{site.url}/login")
    expect(page.get_by_text(f"Hello {ada}")).to_be_visible()


def test_a_public_app_signs_in_with_pkce_alone(server: Server, site: AuthlibSite, ada: str, page: Page) -> None:
    client_id, secret = app(server, site, "--public")
    assert secret is None
    site.connect(client_id, None, client_kwargs={"token_endpoint_auth_method": "none"})
    enter(page, site, ada)
    assert site.tokens["refresh_token"].startswith("or_")


def test_the_answer_may_be_a_form(server: Server, site: AuthlibSite, ada: str, page: Page) -> None:
    site.connect(*app(server, site), authorize_params={"response_mode": "form_post"})
    enter(page, site, ada)
    assert site.tokens["userinfo"]["sub"] == ada


def test_what_was_brought_is_refreshed_introspected_and_revoked(
    server: Server, site: AuthlibSite, ada: str, page: Page
) -> None:
    credentials = app(server, site)
    site.connect(*credentials)
    enter(page, site, ada)
    metadata = httpx.get(f"{server.url}/.well-known/oauth-authorization-server").json()
    client = session(*credentials)
    renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=site.tokens["refresh_token"])
    assert renewed["access_token"] != site.tokens["access_token"]
    known = client.introspect_token(metadata["introspection_endpoint"], token=renewed["access_token"])
    assert known.json()["sub"] == ada
    assert client.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"]).status_code == 200
    known = client.introspect_token(metadata["introspection_endpoint"], token=renewed["access_token"])
    assert known.json() == {"active": False}


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"])
def test_a_machine_gets_a_token_by_each_method(server: Server, site: AuthlibSite, method: str) -> None:
    credentials = app(server, site, "--grant", "client_credentials", "--auth-method", method)
    endpoint = f"{server.url}/oauth2/token"
    client = session(*credentials, token_endpoint_auth_method=method)
    client.register_client_auth_method(ClientSecretJWT(endpoint))
    assert client.fetch_token(endpoint, grant_type="client_credentials")["expires_in"] == 600


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_a_machine_gets_a_token_by_its_key(server: Server, site: AuthlibSite, alg: str, tmp_path: Path) -> None:
    key = Key(alg)
    (tmp_path / "jwks.json").write_text(key.jwks)
    options = ("--grant", "client_credentials", "--jwks", str(tmp_path / "jwks.json"))
    client_id, _secret = app(server, site, *options, "--auth-method", "private_key_jwt")
    endpoint = f"{server.url}/oauth2/token"
    private = {**key.key.as_dict(private=True), "kid": "one"}
    client = session(client_id, private, token_endpoint_auth_method="private_key_jwt")
    client.register_client_auth_method(PrivateKeyJWT(endpoint, headers={"kid": "one"}, alg=alg))
    assert client.fetch_token(endpoint, grant_type="client_credentials")["token_type"] == "Bearer"


@pytest.mark.usefixtures("ada")
def test_a_device_polls_until_its_person_has_agreed(server: Server, site: AuthlibSite, page: Page) -> None:
    client_id, _none = app(server, site, "--public", "--grant", "device_code", "refresh_token")
    metadata = httpx.get(f"{server.url}/.well-known/openid-configuration").json()
    client = session(client_id, None, token_endpoint_auth_method="none", scope="openid offline_access")
    asked = {"client_id": client_id, "scope": client.scope}
    codes = client.post(metadata["device_authorization_endpoint"], data=asked, withhold_token=True).json()

    def poll() -> Any:
        return client.fetch_token(metadata["token_endpoint"], grant_type=DEVICE, device_code=codes["device_code"])

    with pytest.raises(OAuthError) as waiting:
        poll()
    again_at = time.monotonic() + codes["interval"]
    assert waiting.value.error == "authorization_pending"
    page.goto(codes["verification_uri_complete"])
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("The device is connected.")).to_be_visible()
    time.sleep(max(0.0, again_at - time.monotonic()))  # a device that does not wait is told to slow down
    brought = poll()
    assert client.get(metadata["userinfo_endpoint"]).json()["sub"]
    assert client.refresh_token(metadata["token_endpoint"])["access_token"] != brought["access_token"]


@pytest.mark.usefixtures("ada")
def test_an_api_checks_tokens_by_our_keys_or_by_asking(server: Server, site: AuthlibSite) -> None:
    about = ("--grant", "client_credentials", "--scope", "identify", "email", "--resource", authlib_api.NAME)
    credentials = app(server, site, *about, "--access-token-format", "jwt")
    client, endpoint = session(*credentials), f"{server.url}/oauth2/token"

    def token(**more: str) -> str:
        return client.fetch_token(endpoint, grant_type="client_credentials", **more)["access_token"]

    ours, nobody_s = token(resource=authlib_api.NAME), token()
    for way in (authlib_api.by_keys(server.url), authlib_api.by_asking(server.url, credentials)):
        assert authlib_api.call(way, ours).status_code == 200
        assert authlib_api.call(way, ours, "flying").status_code == 403
        assert authlib_api.call(way, f"{ours[:-4]}AAAA").status_code == 401
    assert authlib_api.call(authlib_api.by_keys(server.url), nobody_s).status_code == 401
    client.revoke_token(f"{server.url}/oauth2/revoke", token=ours)
    assert authlib_api.call(authlib_api.by_asking(server.url, credentials), ours).status_code == 401
