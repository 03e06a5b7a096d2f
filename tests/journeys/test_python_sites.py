"""Python sites as docs/clients.md has them, and all that requests-oauthlib can do beside a sign-in."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from playwright.sync_api import Page, expect
from requests_oauthlib import OAuth2Session

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD, Visitor, member, signed_in
from tests.support.clients.documented_site import ASGI, DocumentedSite
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLBACK = "http://localhost:5000/signed-in"
NAME = "Ada <i>Lovelace</i>"  # a name may be anything, and a site shows it as it is
SCOPE = ["openid", "profile", "email", "offline_access"]
FLASK, STARLETTE, OAUTHLIB = "A Flask site with Authlib", "A Starlette", "A Flask site with requests-oauthlib"
Credentials = tuple[str, str]


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("python") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def ada(server: Server) -> str:
    return member(server, "ada", NAME)


@pytest.fixture(scope="module")
def visitor(server: Server, ada: str) -> Generator[Visitor]:
    with signed_in(server, "ada") as made:
        yield made


def credentials(server: Server, *options: str) -> Credentials:
    grants = ("--grant", "authorization_code", "refresh_token", "client_credentials")
    made = server.ask("app", "create", "Sessions", "--owner", "ada", "--redirect-uri", CALLBACK, *grants, *options)
    return made["client_id"], made["client_secret"]


@pytest.fixture(scope="module")
def app(server: Server, ada: str) -> Credentials:
    return credentials(server)


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow http: oauthlib knows no loopback."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def enter(page: Page, site: DocumentedSite) -> None:
    """Sign in at a site as a person does."""
    page.goto(site.url)
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text(f"Hello {NAME}")).to_be_visible()


@pytest.mark.usefixtures("ada")
def test_a_flask_site_with_authlib_signs_people_in_and_out(server: Server, tmp_path: Path, page: Page) -> None:
    with DocumentedSite(server, tmp_path, FLASK) as site:
        enter(page, site)
        page.goto(f"{site.url}/sign-out")
        assert page.url.startswith(f"{site.url}/?state=")
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_label("Username or email")).to_be_visible()  # signed out here, too


@pytest.mark.usefixtures("ada")
def test_a_starlette_site_with_authlib_signs_people_in(server: Server, tmp_path: Path, page: Page) -> None:
    with DocumentedSite(server, tmp_path, STARLETTE, app_of=FLASK, runs=ASGI) as site:
        enter(page, site)


@pytest.mark.usefixtures("ada")
def test_a_flask_site_with_requests_oauthlib_signs_people_in(server: Server, tmp_path: Path, page: Page) -> None:
    with DocumentedSite(server, tmp_path, OAUTHLIB) as site:
        enter(page, site)


def brought(
    server: Server, app: Credentials, visitor: Visitor, ada: str, fetching: dict[str, Any] | None = None, **more: Any
) -> Any:
    """Go through the code flow with PKCE; returns the session that holds what came of it."""
    options: Any = {"redirect_uri": CALLBACK, "scope": SCOPE, "pkce": "S256", **more}
    client: Any = OAuth2Session(app[0], **options)
    address, _state = client.authorization_url(f"{server.url}/oauth2/authorize")
    back = visitor.come_back(ada, address)
    proof = {"client_secret": app[1], **(fetching or {})}
    client.fetch_token(f"{server.url}/oauth2/token", authorization_response=back, **proof)
    return client


def test_what_was_asked_for_is_what_comes(server: Server, app: Credentials, visitor: Visitor, ada: str) -> None:
    client = brought(server, app, visitor, ada)  # oauthlib would have raised at any other scope
    assert set(client.token["scope"]) == set(SCOPE)
    assert client.get(f"{server.url}/oauth2/userinfo").json()["email"] == "ada@example.org"
    assert client.get(f"{server.url}/api/user").json()["username"] == "ada"


def test_a_scope_that_did_not_come_is_told(server: Server, app: Credentials, visitor: Visitor, ada: str) -> None:
    with pytest.raises(Warning, match="Scope has changed"):  # RFC 6749 §5.1: the answer says so, and oauthlib looks
        brought(server, app, visitor, ada, scope=[*SCOPE, "flying"])


def test_a_token_is_renewed_when_it_is_over(server: Server, visitor: Visitor, ada: str) -> None:
    """As the library's own words have it: it renews by itself with the secret in the body."""
    client_id, secret = posting = credentials(server, "--auth-method", "client_secret_post")
    kept: list[dict[str, Any]] = []
    renews = {"auto_refresh_url": f"{server.url}/oauth2/token", "token_updater": kept.append}
    secrets = {"auto_refresh_kwargs": {"client_id": client_id, "client_secret": secret}}
    client = brought(server, posting, visitor, ada, fetching={"include_client_id": True}, **renews, **secrets)
    first = dict(client.token)
    for _turn in (1, 2):
        client.token = {**client.token, "expires_at": 1}  # long ago
        assert client.get(f"{server.url}/oauth2/userinfo").json()["sub"] == ada
    for name in ("access_token", "refresh_token"):
        assert len({token[name] for token in (first, *kept)}) == 3


def test_a_token_is_renewed_with_the_secret_in_the_header(
    server: Server, app: Credentials, visitor: Visitor, ada: str
) -> None:
    client = brought(server, app, visitor, ada)
    before = client.token["access_token"]
    client.refresh_token(f"{server.url}/oauth2/token", auth=app)
    assert client.token["access_token"] != before
    assert client.get(f"{server.url}/oauth2/userinfo").json()["sub"] == ada


def test_a_revoked_token_opens_nothing(server: Server, app: Credentials, visitor: Visitor, ada: str) -> None:
    client = brought(server, app, visitor, ada)
    url, headers, body = client._client.prepare_token_revocation_request(
        f"{server.url}/oauth2/revoke", client.token["refresh_token"], token_type_hint="refresh_token"
    )
    answer = client.post(url, data=body, headers=headers, auth=app, withhold_token=True)
    assert (answer.status_code, answer.content) == (200, b"")
    refused = client.get(f"{server.url}/api/user")
    assert (refused.status_code, refused.headers["www-authenticate"].split(" ")[0]) == (401, "Bearer")


def test_a_sign_in_that_was_refused_says_why(server: Server, app: Credentials) -> None:
    client: Any = OAuth2Session(app[0], redirect_uri=CALLBACK, scope=SCOPE, pkce="S256")
    address, _state = client.authorization_url(f"{server.url}/oauth2/authorize", prompt="none")
    with Visitor(server.url) as stranger:
        back = stranger.http.get(address).headers["location"]
    with pytest.raises(OAuth2Error) as refusal:
        client.fetch_token(f"{server.url}/oauth2/token", client_secret=app[1], authorization_response=back)
    assert refusal.value.error == "login_required"


def test_a_machine_gets_a_token_for_itself(server: Server, app: Credentials) -> None:
    client: Any = OAuth2Session(client=BackendApplicationClient(app[0]))
    token = client.fetch_token(f"{server.url}/oauth2/token", client_secret=app[1])
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)
    refused = client.get(f"{server.url}/api/user")  # a machine is nobody
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
