"""An app may want name and email in the ID token too, because its library never asks userinfo."""

import json
from typing import Any

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose import jws
from tests.support.in_process.oauth_apps import App, House

NAMES = {"name", "preferred_username", "updated_at", "email", "email_verified"}
EMAIL = {"email", "email_verified"}
BOTH = frozenset({CODE_GRANT, REFRESH_GRANT})


def claims_of(jwt: str) -> dict[str, Any]:
    return json.loads(jws.decode(jwt.split(".")[1]))


@pytest.fixture
def app(house: House) -> App:
    return house.app(id_token_userinfo_claims=True, grant_types=BOTH)


def test_an_id_token_says_what_userinfo_says(house: House, app: App) -> None:
    brought = house.tokens(app)
    found, asked = claims_of(brought["id_token"]), house.userinfo(brought["access_token"]).json()
    assert {name: found[name] for name in asked} == asked
    assert found.keys() >= NAMES


@pytest.mark.parametrize(
    ("scope", "there"), [("openid", set[str]()), ("openid email", EMAIL), ("openid profile", NAMES - EMAIL)]
)
def test_it_holds_the_claims_of_the_granted_scopes_alone(house: House, app: App, scope: str, there: set[str]) -> None:
    assert NAMES & claims_of(house.tokens(app, scope=scope)["id_token"]).keys() == there


def test_a_refreshed_id_token_holds_them_as_they_are_then(house: House, app: App) -> None:
    refresh = house.tokens(app)["refresh_token"]
    brought = house.refresh(app, refresh, scope="openid profile email").json()
    found = claims_of(brought["id_token"])
    assert found["email"] == "ada@example.org"
    assert found["name"] == "Ada"
    less = claims_of(house.refresh(app, brought["refresh_token"], scope="openid email").json()["id_token"])
    assert NAMES & less.keys() == EMAIL


def test_an_app_that_did_not_ask_for_it_gets_none_of_them(house: House, c1: App) -> None:
    brought = house.tokens(c1)
    assert not NAMES & claims_of(brought["id_token"]).keys()
    brought = house.refresh(c1, brought["refresh_token"], scope="openid profile email").json()
    assert not NAMES & claims_of(brought["id_token"]).keys()
