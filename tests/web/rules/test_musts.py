"""MUSTs that belong to no one conversation: each endpoint keeps them, so each is asked here."""

import json
from typing import Any

import pytest

from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.jose import jws
from oauth2system.web.app import ROUTES
from tests.support.in_process.oauth_apps import CB, GRANTS, App, Clock, House

POSTED = ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/par", "/oauth2/device_authorization")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def post(house: House) -> App:
    """An app that proves itself in the form."""
    return house.app(
        "Post", token_endpoint_auth_method="client_secret_post", grant_types=GRANTS | {DEVICE_GRANT}, require_pkce=False
    )


def claims_of(jwt: str) -> dict[str, Any]:
    return json.loads(jws.decode(jwt.split(".")[1]))


@pytest.mark.parametrize("path", POSTED)
def test_credentials_are_never_read_from_the_address(house: House, post: App, path: str) -> None:
    fields = {"grant_type": "client_credentials", "token": "x", "response_type": "code", "redirect_uri": CB}
    fields |= {"scope": "openid"}
    address = f"{path}?client_id={post.id}&client_secret={post.secret}"
    refused = house.call(address, fields=fields)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert house.call(path, post, fields=fields).status_code != 401


@pytest.mark.parametrize("path", [*POSTED, "/oauth2/register"])
def test_what_is_posted_to_is_never_got(house: House, path: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        refused = house.door.ask(method, path)
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) == set(ROUTES[path])


@pytest.mark.parametrize("path", [*POSTED, "/oauth2/register", "/oauth2/authorize", "/oauth2/userinfo"])
def test_more_than_anybody_needs_is_not_read(house: House, path: str) -> None:
    assert house.door.ask("POST", path, headers=FORM, content=b"a=" + b"x" * 70_000).status_code in {400, 413}
    kind = {"content-type": "application/json" if path.endswith("register") else FORM["content-type"]}
    assert house.door.ask("POST", path, headers=kind, content=b"a=" + b"x" * 70_000).status_code == 413


@pytest.mark.parametrize("path", POSTED)
def test_another_kind_of_body_is_an_invalid_request(house: House, post: App, path: str) -> None:
    body = json.dumps({"client_id": post.id, "client_secret": post.secret}).encode()
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        refused = house.door.ask("POST", path, headers={"content-type": kind}, content=body)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_a_refreshed_id_token_is_about_the_same_sign_in(house: House, post: App, clock: Clock) -> None:
    first = house.tokens(post)
    clock.pass_by(minutes=5)
    again = house.refresh(post, first["refresh_token"], scope="openid profile email offline_access").json()
    old, new = claims_of(first["id_token"]), claims_of(again["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert new.get(name) == old.get(name), name
    assert new["iat"] == old["iat"] + 300
    assert "nonce" not in new
    assert "azp" not in new


def test_userinfo_is_about_the_person_of_the_id_token(house: House, post: App) -> None:
    pairwise = house.app("Pairwise", subject_type="pairwise", require_pkce=False)
    names: set[str] = set()
    for app in (post, pairwise):
        tokens = house.tokens(app)
        told = house.userinfo(tokens["access_token"]).json()
        assert told["sub"] == claims_of(tokens["id_token"])["sub"]
        names.add(told["sub"])
    assert len(names) == 2


def test_a_revoked_refresh_token_takes_its_access_tokens_along(house: House, post: App) -> None:
    first = house.tokens(post)
    second = house.refresh(post, first["refresh_token"]).json()
    assert house.call("/oauth2/revoke", post, fields={"token": second["refresh_token"]}).status_code == 200
    for token in (first["access_token"], second["access_token"]):
        assert not house.works(token)
        assert house.introspect(post, token) == {"active": False}
