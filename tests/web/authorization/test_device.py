"""The device flow (RFC 8628): codes, polls, and the person in between."""

import json
import re
from typing import Any

import httpx
import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose import jws
from oauth2system.runtime.caller import Caller
from oauth2system.services.authorization import connected_apps
from oauth2system.services.authorization import device as service
from tests.support.in_process.door import Person, person
from tests.support.in_process.oauth_apps import App, Clock, House, answered

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT})
ANYTHING = "openid profile offline_access"


@pytest.fixture
def tv(house: House) -> App:
    return house.public("TV", grant_types=GRANTS, first_party=False)


def begin(house: House, app: App, **fields: str) -> httpx.Response:
    return house.call("/oauth2/device_authorization", app, None, {"scope": ANYTHING, **fields})


def poll(house: House, app: App, code: str) -> httpx.Response:
    return house.token(app, grant_type=DEVICE_GRANT, device_code=code)


def caller(who: Person) -> Caller:
    return Caller(cookie=who.cookie.partition("=")[2])


def decide(house: House, code: str, who: Person | None = None, decision: str = "authorize") -> httpx.Response:
    who = who or house.ada
    form = {"user_code": code, "account": who.id, "decision": decision}
    return house.door.post("/device", cookie=who.cookie, data=form)


def error(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def test_a_device_gets_its_tokens_once_its_person_agreed(house: House, tv: App, clock: Clock) -> None:
    answer = begin(house, tv)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told: dict[str, Any] = answer.json()
    assert re.fullmatch("[B-Z]{4}-[B-Z]{4}", told["user_code"])
    assert told["verification_uri"] == f"{house.base}/device"
    assert told["verification_uri_complete"].endswith(told["user_code"])
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert error(poll(house, tv, told["device_code"])) == "authorization_pending"
    assert answered(decide(house, told["user_code"]))["notice"] == "device_allowed"
    clock.pass_by(seconds=5)
    brought = poll(house, tv, told["device_code"])
    assert brought.status_code == 200, brought.text
    tokens = brought.json()
    assert set(tokens) >= {"access_token", "refresh_token", "id_token"}
    assert house.userinfo(tokens["access_token"]).json()["sub"] == house.ada.id
    assert json.loads(jws.decode(tokens["id_token"].split(".")[1]))["acr"] == "1"
    assert house.refresh(tv, tokens["refresh_token"]).status_code == 200
    clock.pass_by(seconds=5)
    assert error(poll(house, tv, told["device_code"])) == "invalid_grant"


def test_the_page_shows_who_asks_and_for_what(house: House, tv: App) -> None:
    code = begin(house, tv).json()["user_code"]
    view = house.runner.now(caller(house.ada), service.look, code.lower().replace("-", " "))
    assert (view.app_name, view.username, view.user_code) == ("TV", "ada", code)
    assert ("Display name", "Ada") in [pair for asked in view.asked for pair in asked.values]


def test_t080_a_poll_that_comes_too_fast_waits_longer_from_then_on(house: House, tv: App, clock: Clock) -> None:
    code = begin(house, tv).json()["device_code"]
    assert error(poll(house, tv, code)) == "authorization_pending"
    clock.pass_by(seconds=1)
    assert error(poll(house, tv, code)) == "slow_down"
    clock.pass_by(seconds=6)
    assert error(poll(house, tv, code)) == "slow_down"
    clock.pass_by(seconds=15)
    assert error(poll(house, tv, code)) == "authorization_pending"


def test_t080_another_app_gets_nothing_and_changes_nothing(house: House, tv: App, clock: Clock) -> None:
    other = house.public("Other", grant_types=GRANTS)
    told = begin(house, tv).json()
    decide(house, told["user_code"])
    assert error(poll(house, other, told["device_code"])) == "invalid_grant"
    assert poll(house, tv, told["device_code"]).status_code == 200


def test_t080_a_denial_and_the_end_of_time(house: House, tv: App, clock: Clock) -> None:
    told = begin(house, tv).json()
    assert answered(decide(house, told["user_code"], decision="cancel"))["notice"] == "device_denied"
    assert error(poll(house, tv, told["device_code"])) == "access_denied"
    late = begin(house, tv).json()
    clock.pass_by(minutes=11)
    assert error(poll(house, tv, late["device_code"])) == "expired_token"
    assert answered(decide(house, late["user_code"]))["error"] == "device_expired"


def test_t080_scopes_and_grants_beyond_the_apps_are_refused(house: House, tv: App, c1: App) -> None:
    small = house.public("Small", grant_types=GRANTS, scopes=frozenset({"identify"}))
    assert error(begin(house, small, scope="email")) == "invalid_scope"
    assert error(begin(house, c1)) == "unauthorized_client"
    assert error(begin(house, tv, resource="https://elsewhere.example")) == "invalid_target"
    assert begin(house, App(c1.id, "wrong")).status_code == 401


def test_t080_guesses_are_counted_for_the_person_and_the_address(house: House, tv: App) -> None:
    told = begin(house, tv).json()
    answers = {answered(decide(house, f"BBBB-BBB{sign}"))["error"] for sign in "BCDFGHJKLMNPQRSTVWXZB"}
    assert answers == {"device_code", "throttled"}
    assert answered(decide(house, told["user_code"]))["error"] == "throttled"
    assert error(poll(house, tv, told["device_code"])) == "authorization_pending"


def test_t080_a_stranger_an_unconfirmed_person_and_another_site_decide_nothing(house: House, tv: App) -> None:
    told = begin(house, tv).json()
    joan = person(house.runner, "joan", confirmed=False)
    assert "notice" not in answered(decide(house, told["user_code"], joan))
    away = decide(house, told["user_code"], Person("1", "x", "a=b", ""))
    assert away.headers["location"].startswith("/login?")
    foreign = {"origin": "https://evil.example"}
    body = f"user_code={told['user_code']}&account={house.ada.id}&decision=authorize".encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = house.door.ask("POST", "/device", cookie=house.ada.cookie, headers={**foreign, **kind}, content=body)
    assert answer.status_code == 403
    assert error(poll(house, tv, told["device_code"])) == "authorization_pending"


def test_t080_a_decision_made_for_another_account_does_not_count(house: House, tv: App) -> None:
    told = begin(house, tv).json()
    form = {"user_code": told["user_code"], "account": "1", "decision": "authorize"}
    assert "notice" not in answered(house.door.post("/device", cookie=house.ada.cookie, data=form))
    assert error(poll(house, tv, told["device_code"])) == "authorization_pending"


def test_t050_what_was_taken_back_meanwhile_is_not_handed_out(house: House, tv: App, clock: Clock) -> None:
    told = begin(house, tv).json()
    decide(house, told["user_code"])
    house.runner.now(caller(house.ada), connected_apps.revoke, tv.id)
    assert error(poll(house, tv, told["device_code"])) == "invalid_grant"


def test_t085_neither_code_stands_in_the_database(house: House, tv: App) -> None:
    told = begin(house, tv).json()
    rows = house.runner.now(Caller(system=True), lambda ctx: ctx.db.all("SELECT * FROM device_codes"))
    kept = repr([tuple(row) for row in rows])
    assert told["device_code"] not in kept
    assert told["user_code"] not in kept
    assert told["user_code"].replace("-", "") not in kept


def test_discovery_lists_it(house: House) -> None:
    told = house.door.get("/.well-known/openid-configuration").json()
    assert told["device_authorization_endpoint"] == f"{house.base}/oauth2/device_authorization"
    assert DEVICE_GRANT in told["grant_types_supported"]
