"""What can be asked and ended about a token: introspection (RFC 7662), revocation (RFC 7009), and its kind."""

from typing import Any

import pytest

from oauth2system.protocol.params import Params
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.services.tokens import introspection
from oauth2system.services.tokens.introspection import IntrospectionRequest
from tests.support.in_process.oauth_apps import App, House, basic

RESOURCE = "https://api.example/v1"


@pytest.fixture
def jwt_app(house: House) -> App:
    return house.app("JWT", access_token_format="jwt", id_token_signed_response_alg="ES256")


def test_introspection_tells_an_app_about_its_own_tokens_only(house: House, c1: App, c2: App, p1: App) -> None:
    answer = house.tokens(c1)
    told = house.introspect(c1, answer["access_token"])
    expected = {"active": True, "client_id": c1.id, "sub": house.ada.id, "username": "ada", "token_type": "Bearer"}
    assert expected.items() <= told.items()
    assert told["exp"] - told["iat"] == 600
    assert house.introspect(c1, answer["refresh_token"])["active"]
    assert house.introspect(c2, answer["access_token"]) == {"active": False}
    assert house.call("/oauth2/introspect", p1, None, {"token": answer["access_token"]}).status_code in {400, 401}
    assert house.call("/oauth2/introspect", None, None, {"token": answer["access_token"]}).status_code == 401
    assert house.call("/oauth2/introspect", c1).json()["error"] == "invalid_request"


def test_introspection_serves_the_resource_a_token_is_for(house: House) -> None:
    api = house.app("API", resources=(RESOURCE,))
    client = house.app("Client", resources=(RESOURCE,))
    token = house.tokens(client, resource=RESOURCE)["access_token"]
    assert house.introspect(api, token)["active"]


def test_what_one_narrow_read_tells_is_what_the_rules_tell(house: House) -> None:
    app = house.app("Narrow", resources=(RESOURCE,))
    user = house.tokens(app)["access_token"]
    narrowed = house.tokens(app, resource=RESOURCE)["access_token"]
    machine = house.token(app, grant_type="client_credentials").json()["access_token"]
    for token in (user, narrowed, machine):
        asked = asks(app, token=token)
        fast = house.runner.now(NOBODY, introspection._from_lookup, asked)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
        assert fast is not None
        assert fast == house.runner.now(NOBODY, introspection._full_check, asked)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)


def test_the_narrow_read_leaves_every_doubt_to_the_rules(house: House, c2: App) -> None:
    app = house.app("Doubted")
    token = house.tokens(app)["access_token"]
    doubts = {
        "another app's token": asks(c2, token=token),
        "a forged token": asks(app, token=spoilt(token)),
        "a guessed secret": asks(App(app.id, spoilt(app.secret or "")), token=token),
        "another app's secret": asks(App(app.id, c2.secret), token=token),
        "a repeated parameter": asks(app, token=token, again=["1", "2"]),
        "no token": asks(app, hint="access_token"),
    }
    for doubt, asked in doubts.items():
        assert house.runner.now(NOBODY, introspection._from_lookup, asked) is None, doubt  # pyright: ignore[reportPrivateUsage]  (a test may look inside)


def asks(app: App, **fields: str | list[str]) -> IntrospectionRequest:
    return IntrospectionRequest(basic(app.id, app.secret or "")["authorization"], Params.from_json(fields))


def spoilt(value: str) -> str:
    return value[:-1] + ("A" if value[-1] != "A" else "Q")


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE tokens SET revoked_at = 1",
        "UPDATE tokens SET access_expires_at = 1",
        "UPDATE families SET revoked_at = 1",
        "UPDATE users SET disabled_at = 1",
        "DELETE FROM consents",
        "UPDATE clients SET disabled_at = 1",
        "UPDATE client_secrets SET retired_at = 1",
        "DELETE FROM families",
    ],
)
def test_the_narrow_read_finds_nothing_that_has_ended(house: House, c1: App, ended: str) -> None:
    asked = asks(c1, token=house.tokens(c1)["access_token"])

    def ends(ctx: Context) -> object:
        assert introspection._from_lookup(ctx, asked) is not None  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
        ctx.db.run(ended)
        return introspection._from_lookup(ctx, asked)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)

    assert house.runner.now(NOBODY, ends) is None


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
def test_a_wrong_hint_hides_nothing(house: House, c1: App, hint: str) -> None:
    answer = house.tokens(c1)
    for token in (answer["access_token"], answer["refresh_token"]):
        assert house.introspect(c1, token, token_type_hint=hint)["active"]
    revoked = house.call("/oauth2/revoke", c1, None, {"token": answer["access_token"], "token_type_hint": hint})
    assert revoked.status_code == 200
    assert not house.works(answer["access_token"])


def test_t076_a_public_app_ends_its_own_tokens_and_no_others(house: House, p1: App) -> None:
    other = house.public("P2")
    mine, theirs = house.tokens(p1), house.tokens(other)
    refused = house.call("/oauth2/revoke", p1, None, {"token": theirs["access_token"]})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert house.call("/oauth2/revoke", p1, None, {"token": theirs["refresh_token"]}).status_code == 400
    assert house.works(theirs["access_token"])
    done = house.call("/oauth2/revoke", p1, None, {"token": mine["refresh_token"]})
    assert (done.status_code, done.content) == (200, b"")
    assert not house.works(mine["access_token"])
    assert house.call("/oauth2/revoke", p1, None, {"token": mine["refresh_token"]}).status_code == 200
    assert house.call("/oauth2/revoke", p1, None, {"token": "never heard of"}).status_code == 200
    id_token = house.call("/oauth2/revoke", p1, None, {"token": theirs["id_token"]})
    assert (id_token.status_code, id_token.json()["error"]) == (400, "unsupported_token_type")


def test_revoking_an_access_token_leaves_the_refresh_token(house: House, c1: App) -> None:
    answer = house.tokens(c1)
    house.call("/oauth2/revoke", c1, None, {"token": answer["access_token"]})
    assert not house.works(answer["access_token"])
    assert house.introspect(c1, answer["refresh_token"])["active"]
    assert house.refresh(c1, answer["refresh_token"]).status_code == 200


def test_a_machines_token_can_be_revoked(house: House, c1: App) -> None:
    token = house.token(c1, grant_type="client_credentials").json()["access_token"]
    assert house.introspect(c1, token)["active"]
    house.call("/oauth2/revoke", c1, None, {"token": token})
    assert house.introspect(c1, token) == {"active": False}


def test_t056_no_value_stands_in_for_one_of_another_kind(house: House, c1: App) -> None:
    answer = house.tokens(c1)
    values: dict[str, Any] = {
        "code": house.code(c1),
        "access": answer["access_token"],
        "refresh": answer["refresh_token"],
        "session": house.ada.cookie.partition("=")[2],
        "secret": c1.secret,
    }
    for kind, value in values.items():
        if kind != "access":
            assert not house.works(value)
        if kind != "refresh":
            assert house.refresh(c1, value).json()["error"] == "invalid_grant"
        if kind != "code":
            assert house.redeem(c1, value).json()["error"] == "invalid_grant"
        if kind not in {"access", "refresh"}:
            assert house.introspect(c1, value) == {"active": False}
    assert house.redeem(c1, values["code"]).status_code == 200
    assert house.works(values["access"])


def test_t058_an_app_is_never_mistaken_for_a_person(house: House, jwt_app: App) -> None:
    assert int(jwt_app.id) % 2 == 1
    assert int(house.ada.id) % 2 == 0
