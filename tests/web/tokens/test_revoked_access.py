"""Who is shut out is shut out of everything at once (T050), and what has ended stays so on every page (T051)."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.runtime.caller import Caller
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.admin import people
from oauth2system.web.app import Web
from tests.support import leaving
from tests.support.in_process.door import Door, Person, person, runner_on
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, Clock, House, answered

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT})
SCOPE = "openid profile email offline_access"


@dataclass(frozen=True)
class Held:
    """One of everything that an app can hold of a person, or for itself, at one moment."""

    app: App
    who: Person
    access: str
    refresh: str
    jwt: str
    code: str
    simple: str
    device: str
    waiting: str
    pushed: str
    machine: str


def device_of(house: House, app: App) -> dict[str, str]:
    return house.call("/oauth2/device_authorization", app, None, {"scope": SCOPE}).json()


def hold(house: House, app: App, jwt_app: App, who: Person) -> Held:
    brought = house.tokens(app, who)
    simple = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify", cookie=who.cookie)
    let_in, waits = device_of(house, app), device_of(house, app)
    form = {"user_code": let_in["user_code"], "account": who.id, "decision": "authorize"}
    house.door.post("/device", cookie=who.cookie, data=form)
    push = {"response_type": "code", "redirect_uri": CB, "scope": SCOPE}
    return Held(
        app, who, brought["access_token"], brought["refresh_token"], house.tokens(jwt_app, who)["access_token"],
        house.code(app, who), answered(simple)["code"], let_in["device_code"], waits["user_code"],
        house.call("/oauth2/par", app, None, push).json()["request_uri"],
        house.token(app, grant_type=CLIENT_CREDENTIALS).json()["access_token"],
    )  # fmt: skip


def opens(house: House, token: str, path: str = "/oauth2/userinfo") -> bool:
    return house.door.get(path, headers={"authorization": f"Bearer {token}"}).status_code == 200


def is_active(house: House, app: App, token: str) -> bool:
    answer = house.call("/oauth2/introspect", app, None, {"token": token})
    return answer.status_code == 200 and answer.json()["active"]


def leads_back(house: House, held: Held, query: dict[str, str]) -> bool:
    address = urlencode({"client_id": held.app.id, **query})
    answer = house.door.get(f"/oauth2/authorize?{address}", cookie=held.who.cookie)
    return answer.headers.get("location", "").startswith(f"{CB}?code=")


def lets_in(house: House, held: Held) -> bool:
    form = {"user_code": held.waiting, "account": held.who.id, "decision": "authorize"}
    return "device_allowed" in house.door.post("/device", cookie=held.who.cookie, data=form).headers["location"]


# Each looks before the next uses anything up.
OF_THE_PERSON: dict[str, Callable[[House, Held], bool]] = {
    "userinfo": lambda house, held: opens(house, held.access),
    "api/user": lambda house, held: opens(house, held.access, "/api/user"),
    "a JWT": lambda house, held: opens(house, held.jwt),
    "introspection": lambda house, held: is_active(house, held.app, held.access),
    "introspection of the refresh token": lambda house, held: is_active(house, held.app, held.refresh),
    "the simple value": lambda house, held: (
        house.door.get(f"/api/user?oauth_token={held.simple}", headers=held.app.headers()).status_code == 200
    ),
    "the code": lambda house, held: house.redeem(held.app, held.code).status_code == 200,
    "the device's poll": lambda house, held: (
        house.token(held.app, grant_type=DEVICE_GRANT, device_code=held.device).status_code == 200
    ),
    "a device that waits": lets_in,
    "refresh": lambda house, held: house.refresh(held.app, held.refresh).status_code == 200,
    "the pushed request": lambda house, held: leads_back(house, held, {"request_uri": held.pushed}),
    "a new request": lambda house, held: leads_back(
        house, held, {"response_type": "code", "redirect_uri": CB, "scope": "identify"}
    ),
}
OF_THE_APP: dict[str, Callable[[House, Held], bool]] = {
    "its own token": lambda house, held: is_active(house, held.app, held.machine),
    "a token of its own": lambda house, held: house.token(held.app, grant_type=CLIENT_CREDENTIALS).status_code == 200,
    "a device": lambda house, held: "device_code" in device_of(house, held.app),
    "a push": lambda house, held: "request_uri" in house.call(
        "/oauth2/par", held.app, None, {"response_type": "code", "redirect_uri": CB, "scope": "openid"}
    ).json(),
}  # fmt: skip


def by_cookie(who: Person) -> Caller:
    return Caller(cookie=who.cookie.partition("=")[2])


PEOPLE: dict[str, Callable[[House, Held], object]] = {
    "disabled": lambda house, held: house.runner.now(OPERATOR, people.disable, held.who.username),
    "deleted": lambda house, held: house.runner.now(by_cookie(held.who), leaving.erase),
}
APPS: dict[str, Callable[[House, Held], object]] = {
    "disabled": lambda house, held: house.runner.now(OPERATOR, all_apps.disable, held.app.id),
    "deleted": lambda house, held: house.runner.now(OPERATOR, all_apps.delete, held.app.id),
}


@pytest.fixture
def everything(house: House) -> App:
    return house.app("Everything", simple_flow=True, simple_redirect_uri=CB, grant_types=GRANTS, require_pkce=False)


@pytest.fixture
def jwt_app(house: House) -> App:
    return house.app("JWT", access_token_format="jwt", id_token_signed_response_alg="ES256")


def what_works(house: House, held: Held, uses: dict[str, Callable[[House, Held], bool]]) -> set[str]:
    return {name for name, use in uses.items() if use(house, held)}


@pytest.mark.parametrize("way", PEOPLE)
def test_t050_a_person_who_is_shut_out_is_out_of_everything_at_once(
    house: House, everything: App, jwt_app: App, way: str
) -> None:
    eve = person(house.runner, "eve")
    assert what_works(house, hold(house, everything, jwt_app, eve), OF_THE_PERSON) == set(OF_THE_PERSON)
    held = hold(house, everything, jwt_app, eve)
    PEOPLE[way](house, held)
    assert what_works(house, held, OF_THE_PERSON) == set()
    assert what_works(house, held, OF_THE_APP) == set(OF_THE_APP)


@pytest.mark.parametrize("way", APPS)
def test_t050_an_app_that_is_shut_out_is_out_of_everything_at_once(
    house: House, everything: App, jwt_app: App, way: str
) -> None:
    assert what_works(house, hold(house, everything, jwt_app, house.ada), OF_THE_APP) == set(OF_THE_APP)
    held = hold(house, everything, jwt_app, house.ada)
    APPS[way](house, held)
    assert what_works(house, held, OF_THE_PERSON | OF_THE_APP) == {"a JWT"}  # that one is another app's


def test_t050_who_is_let_in_again_finds_nothing_of_what_was(house: House, everything: App, jwt_app: App) -> None:
    eve = person(house.runner, "eve")
    held = hold(house, everything, jwt_app, eve)
    house.runner.now(OPERATOR, people.disable, "eve")
    house.runner.now(OPERATOR, people.enable, "eve")
    # A request that was pushed belongs to the app, and leads to a sign-in.
    assert what_works(house, held, OF_THE_PERSON) == set()


def test_t051_what_has_ended_has_ended_on_every_node_after_every_start_and_at_any_hour(
    house: House, everything: App, jwt_app: App, clock: Clock, tmp_path: Path
) -> None:
    used, ended = hold(house, everything, jwt_app, house.ada), hold(house, everything, jwt_app, house.ada)
    earlier = Clock()
    earlier.now = clock.now
    with runner_on(house.runner.database.url, tmp_path, clock=earlier) as other:
        node = House(other, house.ada, Door(Web(other)))
        # Whatever a node remembers of them, it remembers now.
        looks = {"userinfo", "api/user", "a JWT", "introspection"}
        for held in (used, ended):
            assert {name for name in looks if OF_THE_PERSON[name](node, held)} == looks
        once = {"the simple value", "the code", "the device's poll", "a device that waits", "the pushed request"}
        assert {name for name in once if OF_THE_PERSON[name](house, used)} == once
        for token in (ended.access, ended.refresh):
            house.call("/oauth2/revoke", everything, None, {"token": token})
        house.call("/oauth2/revoke", jwt_app, None, {"token": ended.jwt})
        earlier.pass_by(hours=-1)
        fresh = tmp_path / "again"
        fresh.mkdir()
        with runner_on(house.runner.database.url, fresh, clock=earlier) as again:
            for there in (node, House(again, house.ada, Door(Web(again)))):
                assert {name for name in (*looks, "refresh") if OF_THE_PERSON[name](there, ended)} == set()
                assert {name for name in once if OF_THE_PERSON[name](there, used)} == set()
    shutil.rmtree(fresh)
