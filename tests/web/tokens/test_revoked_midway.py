"""What was taken back between two steps is not handed out at the second: each step reads it again."""

import json
from dataclasses import replace

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose import jws
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import connected_apps
from oauth2system.services.sessions import sessions
from oauth2system.services.tokens import issue
from oauth2system.storage.tables import clients
from tests.support.in_process.oauth_apps import OPERATOR, App, House

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT})


def as_ada(house: House) -> Caller:
    return Caller(cookie=house.ada.cookie.partition("=")[2])


def cut(house: House, app: App, *scopes: str) -> None:
    """Leave an app these scopes alone, as its owner may at any time."""

    def change(ctx: Context) -> None:
        known = clients.find(ctx.db, app.id)
        assert known is not None
        clients.save(ctx.db, replace(known, scopes=frozenset(scopes)), ctx.now)

    house.runner.now(OPERATOR, change)


@pytest.fixture
def tv(house: House) -> App:
    return house.public("TV", grant_types=GRANTS)


def allowed_device(house: House, app: App, scope: str = "openid profile email offline_access") -> str:
    """Return the device code of a device that Ada let in."""
    told = house.call("/oauth2/device_authorization", app, None, {"scope": scope}).json()
    form = {"user_code": told["user_code"], "account": house.ada.id, "decision": "authorize"}
    answer = house.door.post("/device", cookie=house.ada.cookie, data=form)
    assert "notice=device_allowed" in answer.headers["location"]
    return told["device_code"]


def poll(house: House, app: App, code: str) -> str:
    """Return the error of a poll, empty for none."""
    return house.token(app, grant_type=DEVICE_GRANT, device_code=code).json().get("error", "")


def test_t057_a_device_that_was_let_in_before_the_consent_was_revoked_gets_nothing_by_a_new_one(
    house: House, tv: App
) -> None:
    code = allowed_device(house, tv)
    house.runner.now(as_ada(house), connected_apps.revoke, tv.id)
    house.tokens(tv)  # agreed to anew, for something else
    assert poll(house, tv, code) == "invalid_grant"


def test_t057_a_device_that_was_let_in_before_the_password_was_changed_gets_nothing(house: House, tv: App) -> None:
    code = allowed_device(house, tv)
    house.runner.now(OPERATOR, issue.revoke_of_user, house.ada.id, "password changed")
    assert poll(house, tv, code) == "invalid_grant"


def test_t057_what_was_on_its_way_when_the_person_signed_out_is_not_handed_out(house: House, c1: App, tv: App) -> None:
    bound, offline = house.code(c1, scope="openid email"), house.code(c1)
    plain = house.code(c1, scope="identify")
    device, device_offline = allowed_device(house, tv, "openid"), allowed_device(house, tv)
    house.runner.now(as_ada(house), sessions.end)
    assert house.redeem(c1, bound).json()["error"] == "invalid_grant"
    assert house.redeem(c1, plain).json()["error"] == "invalid_grant"
    assert house.redeem(c1, offline).status_code == 200
    assert poll(house, tv, device) == "invalid_grant"
    assert poll(house, tv, device_offline) == ""


def test_t049_a_code_brings_no_scope_that_was_taken_from_the_app_meanwhile(house: House, c1: App) -> None:
    code = house.code(c1, scope="openid email offline_access")
    cut(house, c1, "openid", "offline_access")
    brought = house.redeem(c1, code).json()
    assert brought["scope"] == "openid offline_access"
    assert "email" not in house.userinfo(brought["access_token"]).json()


def test_t049_a_device_gets_no_scope_that_was_taken_from_the_app_meanwhile(house: House, tv: App) -> None:
    code = allowed_device(house, tv)
    cut(house, tv, "openid", "offline_access")
    brought = house.token(tv, grant_type=DEVICE_GRANT, device_code=code).json()
    assert brought["scope"] == "openid offline_access"


def test_t049_an_app_that_may_nothing_any_more_gets_nothing(house: House, c1: App) -> None:
    code = house.code(c1, scope="identify")
    cut(house, c1, "openid")
    assert house.redeem(c1, code).json()["error"] == "invalid_scope"


def test_t049_claims_asked_for_by_name_go_with_their_scope(house: House, c1: App) -> None:
    asked = json.dumps({"userinfo": {"email": None}, "id_token": {"email": None}})
    brought = house.tokens(c1, scope="openid offline_access", claims=asked)
    assert "email" in house.userinfo(brought["access_token"]).json()
    waiting = house.code(c1, scope="openid offline_access", claims=asked)
    cut(house, c1, "openid", "offline_access")
    assert "email" not in house.userinfo(brought["access_token"]).json()
    again = house.refresh(c1, brought["refresh_token"]).json()
    assert "email" not in house.userinfo(again["access_token"]).json()
    late = house.redeem(c1, waiting).json()
    assert "email" not in json.loads(jws.decode(late["id_token"].split(".")[1]))


def test_t049_no_id_token_comes_with_a_refresh_once_the_app_may_not_have_one(house: House, c1: App) -> None:
    brought = house.tokens(c1, scope="openid email offline_access")
    cut(house, c1, "email", "offline_access")
    answer = house.refresh(c1, brought["refresh_token"], scope="openid email").json()
    assert "id_token" not in answer


def test_t049_a_resource_that_was_taken_from_the_app_is_gone_at_the_next_refresh(house: House) -> None:
    both = ("https://a.example", "https://b.example")
    app = house.app("Resourceful", resources=both)
    token = house.tokens(app, scope="identify", resource=both[0])["refresh_token"]

    def change(ctx: Context) -> None:
        known = clients.find(ctx.db, app.id)
        assert known is not None
        clients.save(ctx.db, replace(known, resources=(both[1],)), ctx.now)

    house.runner.now(OPERATOR, change)
    assert house.refresh(app, token).json()["error"] == "invalid_target"


def test_a_code_is_not_used_up_by_asking_for_a_resource_that_was_not_granted(house: House, c1: App) -> None:
    code = house.code(c1)
    assert house.redeem(c1, code, resource="https://elsewhere.example").json()["error"] == "invalid_target"
    assert house.redeem(c1, code).status_code == 200
