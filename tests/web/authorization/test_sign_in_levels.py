"""T106: acr, amr and auth_time say how the person really signed in, at every endpoint that names them."""

import json
from typing import Any

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose import jws
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.sessions import sessions
from oauth2system.storage.tables import users
from tests.support.in_process.door import Person, signed_in
from tests.support.in_process.oauth_apps import App, Clock, House, answered

PASSWORD, SEVERAL, PASSKEY = "pwd", "pwd otp mfa", "swk user mfa"


def by(house: House, amr: str) -> Person:
    """Sign Ada in anew by these methods."""

    def start(ctx: Context) -> str:
        user = users.find(ctx.db, house.ada.id)
        assert user is not None
        return sessions.start(ctx, user.id, user.generation, amr=amr).value

    value = house.runner.now(Caller(), start)
    return signed_in(house.runner, house.ada.id, house.ada.username, value)


def claims_of(token: str) -> dict[str, Any]:
    return json.loads(jws.decode(token.split(".")[1]))


def essential(*levels: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": levels}}})


@pytest.mark.parametrize(
    ("amr", "wish", "level"),
    [
        (PASSWORD, {}, "1"),
        (PASSWORD, {"acr_values": "phr 2 1"}, "1"),
        (SEVERAL, {}, "2"),
        (SEVERAL, {"acr_values": "phr 2 1"}, "2"),
        (SEVERAL, {"claims": essential("1")}, "1"),
        (PASSKEY, {}, "2"),
        (PASSKEY, {"acr_values": "phr 2 1"}, "phr"),
        (PASSKEY, {"claims": essential("gold", "phr")}, "phr"),
    ],
)
def test_t106_tokens_say_how_the_person_signed_in(
    house: House, clock: Clock, amr: str, wish: dict[str, str], level: str
) -> None:
    c1 = house.app()
    who = by(house, amr)
    signed_in_at = int(clock.now.timestamp())
    clock.pass_by(minutes=20)
    brought = house.tokens(c1, who, **wish)
    first = claims_of(brought["id_token"])
    assert (first["acr"], first["amr"], first["auth_time"]) == (level, amr.split(), signed_in_at)
    shown = house.introspect(c1, brought["access_token"])
    assert (shown["acr"], shown["auth_time"]) == (level, signed_in_at)
    clock.pass_by(hours=1)
    by(house, PASSWORD)  # a later sign-in changes nothing of what these tokens say
    answer = house.refresh(c1, brought["refresh_token"], scope="openid")
    assert answer.status_code == 200, answer.text
    renewed = claims_of(answer.json()["id_token"])
    assert (renewed["acr"], renewed["amr"], renewed["auth_time"]) == (level, amr.split(), signed_in_at)


@pytest.mark.parametrize(("amr", "level"), [(PASSWORD, "1"), (SEVERAL, "2"), (PASSKEY, "2")])
def test_t106_a_device_brings_how_its_person_had_signed_in(house: House, clock: Clock, amr: str, level: str) -> None:
    app = house.public("TV", grant_types=frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT}), first_party=False)
    told = house.call("/oauth2/device_authorization", app, None, {"scope": "openid offline_access"}).json()
    who = by(house, amr)
    form = {"user_code": told["user_code"], "account": who.id, "decision": "authorize"}
    assert answered(house.door.post("/device", cookie=who.cookie, data=form))["notice"] == "device_allowed"
    clock.pass_by(seconds=6)
    brought = house.token(app, grant_type=DEVICE_GRANT, device_code=told["device_code"]).json()
    found = claims_of(brought["id_token"])
    assert (found["acr"], found["amr"]) == (level, amr.split())


def test_t106_a_weak_session_is_asked_for_more_and_silently_refused(house: House, c1: App, clock: Clock) -> None:
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, claims=essential("2", "phr"))
    assert asked.headers["location"].startswith("/login?flow=")
    assert answered(house.authorize(c1, claims=essential("2"), prompt="none"))["error"] == "login_required"
    assert "code" in answered(house.authorize(c1, acr_values="2", prompt="none")), "a wish refuses nobody"


@pytest.mark.parametrize(
    ("amr", "given"), [(PASSWORD, {"error": "unmet_authentication_requirements"}), (SEVERAL, {"code": ""})]
)
def test_t106_a_fresh_but_weaker_sign_in_does_not_pass(
    house: House, c1: App, clock: Clock, amr: str, given: dict[str, str]
) -> None:
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, claims=essential("2"))
    browser = asked.headers["set-cookie"].partition(";")[0]
    clock.pass_by(seconds=5)
    who = by(house, amr)
    answer = house.door.get(f"/oauth2/authorize?flow={answered(asked)['flow']}", cookie=f"{who.cookie}; {browser}")
    found = answered(answer)
    assert {name: found[name] if value else "" for name, value in given.items()} == given


def test_t106_an_old_sign_in_with_every_factor_is_too_old_all_the_same(house: House, c1: App, clock: Clock) -> None:
    who = by(house, SEVERAL)
    clock.pass_by(minutes=2)
    assert "code" in answered(house.authorize(c1, who, max_age="120", claims=essential("2")))
    assert house.authorize(c1, who, max_age="119", claims=essential("2")).headers["location"].startswith("/login")
