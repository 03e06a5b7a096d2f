"""A value of one kind is nothing in the place of another, and is not used up by being shown there (T056)."""

from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.apps import apps
from oauth2system.services.clients import registration
from oauth2system.services.sessions.factors import waiting
from oauth2system.storage.tables import users
from oauth2system.storage.tables.ephemeral import Whose
from tests.support.in_process.door import Person, person, runner_on
from tests.support.in_process.oauth_apps import CB, GRANTS, OPERATOR, VERIFIER, App, House, answered, basic, challenge

Held = dict[Kind, str]
Place = Callable[[str], bool]


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    with runner_on(database_url, tmp_path, DYNAMIC_REGISTRATION="token", RATE_LIMIT_FACTOR="1000") as runner:
        yield House.open(runner)


@pytest.fixture
def app(house: House) -> App:
    """Make an app that may do everything: both flows, pushed requests, refresh, devices."""
    made = house.app("Everything", simple_flow=True, simple_redirect_uri=CB, grant_types=GRANTS | {DEVICE_GRANT})
    house.runner.now(Caller(cookie=house.ada.cookie.partition("=")[2]), apps.allow_rereading, made.id, 0)
    return made


def flow_of(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("flow=")[2]


@pytest.fixture
def browser(house: House, app: App) -> tuple[str, str]:
    """Begin a flow as a stranger; returns the browser's cookie and the flow's handle."""
    begun = house.authorize(app, Person("", "", "a=b", ""))
    return begun.headers["set-cookie"].partition(";")[0], flow_of(begun)


def link(house: House, kind: Kind, user_id: str) -> str:
    """Mint what a mail would carry."""
    data = {"does": "confirm", "key": "joan@example.org"}
    return house.runner.now(
        OPERATOR, one_time_links.mint, kind, lives=timedelta(minutes=5), data=data, whose=Whose(user_id, 0)
    )


@pytest.fixture
def joan(house: House) -> Person:
    """Make somebody who is signed in and whose address waits to be confirmed."""
    return person(house.runner, "joan", confirmed=False)


@pytest.fixture
def held(house: House, app: App, browser: tuple[str, str], joan: Person) -> Held:
    """Hold one working value of every kind that this server hands out."""
    simple = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify", cookie=house.ada.cookie)
    brought = house.tokens(app)
    device = house.call("/oauth2/device_authorization", app, None, {"scope": "identify"}).json()
    return {
        Kind.SIMPLE: answered(simple)["code"],
        Kind.CODE: house.code(app),
        Kind.ACCESS: brought["access_token"],
        Kind.REFRESH: brought["refresh_token"],
        Kind.PUSHED: push(house, app),
        Kind.FLOW: browser[1],
        Kind.SESSION: house.ada.cookie.partition("=")[2],
        Kind.SECRET: app.secret or "",
        Kind.CONFIRM: link(house, Kind.CONFIRM, joan.id),
        Kind.RESET: link(house, Kind.RESET, joan.id),
        Kind.SETUP: link(house, Kind.SETUP, joan.id),
        Kind.DEVICE: device["device_code"],
        Kind.INITIAL: house.runner.now(OPERATOR, registration.create_token, None, 1, 1).value,
        Kind.REGISTRATION: "",  # comes with the app that it manages
        Kind.SIGN_OUT: leaving(house),
        Kind.WAITING: house.runner.now(OPERATOR, begin_to_wait, house.ada.id),
    }


def waits(house: House, value: str) -> bool:
    """Return whether a code would complete the sign-in of this cookie: a wrong one comes back to its field."""
    cookie = f"{house.runner.settings.cookie('waiting')}={value}"
    answer = house.door.post("/session/second_factor", cookie=cookie, data={"code": "000000"})
    return "error=form" in answer.headers["location"]


def begin_to_wait(ctx: Context, user_id: str) -> str:
    """Keep a sign-in that waits for its second factor; returns its cookie."""
    user = users.find(ctx.db, user_id)
    assert user is not None
    return waiting.begin(ctx, user, "pwd", None)


REGISTERED = {"client_name": "Robot", "redirect_uris": [CB]}


def registered(house: House, bearer: str | None = None) -> dict[str, Any]:
    """Register an app by an initial access token."""
    value = bearer or house.runner.now(OPERATOR, registration.create_token, None, 1, 1).value
    headers = {"authorization": f"Bearer {value}", "content-type": "application/json"}
    return house.door.ask("POST", "/oauth2/register", headers=headers, content=orjson.dumps(REGISTERED)).json()


def leaving(house: House) -> str:
    """Ask to sign out; returns what the button of that page carries."""
    page = house.door.get("/oauth2/end_session", cookie=house.ada.cookie)
    return page.text.partition('name="leaving" value="')[2].partition('"')[0]


def push(house: House, app: App) -> str:
    fields = {"response_type": "code", "redirect_uri": CB, "scope": "identify", "code_challenge": challenge(VERIFIER)}
    answer = house.call("/oauth2/par", app, None, {**fields, "code_challenge_method": "S256"})
    return answer.json()["request_uri"].rpartition(":")[2]


def leads(answer: httpx.Response, start: str) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith(start)


@pytest.fixture
def places(house: House, app: App, browser: tuple[str, str], held: Held, joan: Person) -> dict[Kind, Place]:
    """Return, for each kind, the place it belongs and whether a value shown there is taken."""

    def fetch(value: str, secret: str | None = None) -> httpx.Response:
        shown = basic(app.id, secret or app.secret or "")
        return house.door.get(f"/api/user?oauth_token={quote(value)}", headers=shown)

    def authorize(rest: str, cookie: str) -> httpx.Response:
        return house.door.get(f"/oauth2/authorize?{rest}", cookie=cookie)

    def session(value: str) -> bool:
        cookie = f"{house.runner.settings.session_cookie}={value}"
        return leads(authorize(f"client_id={app.id}&scope=identify", cookie), CB)

    def form(path: str, value: str, good: str) -> bool:
        fields = {"token": value, "password": "a rather long and new one"}
        return leads(house.door.post(path, data=fields), good)

    def confirm(value: str) -> bool:
        answer = house.door.post("/account/email_confirm", cookie=joan.cookie, data={"token": value})
        return leads(answer, "/account?notice=")

    def pushed(value: str) -> bool:
        uri = quote(f"urn:ietf:params:oauth:request_uri:{value}", safe="")
        return leads(authorize(f"client_id={app.id}&request_uri={uri}", house.ada.cookie), f"{CB}?code=")

    def poll(value: str) -> bool:
        # It waits for its person: that is another answer than the one for what is no device code.
        answer = house.token(app, grant_type=DEVICE_GRANT, device_code=value)
        return answer.json().get("error") in {"authorization_pending", "slow_down"}

    def manage(value: str) -> bool:
        path = f"/oauth2/register/{managed['client_id']}"
        return house.door.get(path, headers={"authorization": f"Bearer {value}"}).status_code == 200

    def leave(value: str) -> bool:
        answer = house.door.post("/session/leave", cookie=house.ada.cookie, data={"leaving": value})
        return answer.status_code == 303

    managed = registered(house)
    held[Kind.REGISTRATION] = managed["registration_access_token"]
    return {
        Kind.DEVICE: poll,
        Kind.INITIAL: lambda value: "client_id" in registered(house, value),
        Kind.REGISTRATION: manage,
        Kind.SIMPLE: lambda value: fetch(value).status_code == 200,
        Kind.SECRET: lambda value: fetch("os_nothing", value).json()["error"] == "invalid_token",
        Kind.CODE: lambda value: house.redeem(app, value).status_code == 200,
        Kind.REFRESH: lambda value: house.refresh(app, value).status_code == 200,
        Kind.ACCESS: house.works,
        Kind.PUSHED: pushed,
        Kind.FLOW: lambda value: authorize(f"flow={quote(value)}", browser[0]).status_code == 303,
        Kind.SESSION: session,
        Kind.CONFIRM: confirm,
        Kind.RESET: lambda value: form("/account/password_reset/new", value, "/login?notice=password_reset"),
        Kind.WAITING: lambda value: waits(house, value),
        Kind.SIGN_OUT: leave,  # last: it ends the session that the others are tried in
    }


def test_t056_every_kind_in_every_other_place_is_refused_and_none_is_used_up(
    house: House, app: App, held: Held, places: dict[Kind, Place]
) -> None:
    for shown, value in held.items():
        for wanted, takes in places.items():
            if shown is wanted:
                continue
            disguised = f"{wanted.value}_{value[3:]}"
            assert not takes(value), f"{shown.name} was taken as {wanted.name}"
            assert not takes(disguised), f"{shown.name} in the dress of {wanted.name} was taken"
    # What a person types for a device is in none of their shapes, and none of them is what is typed.
    typed = house.call("/oauth2/device_authorization", app, None, {"scope": "identify"}).json()["user_code"]
    assert not [wanted.name for wanted, takes in places.items() if takes(typed)]
    for shown, value in held.items():
        form = {"user_code": value, "account": house.ada.id, "decision": "authorize"}
        answer = house.door.post("/device", cookie=house.ada.cookie, data=form)
        assert "notice=" not in answer.headers["location"], f"{shown.name} was taken as a user code"
    for kind, takes in places.items():
        assert takes(held[kind]), f"{kind.name} was used up by being shown elsewhere"


def test_t056_every_kind_that_has_a_place_is_tried_here(places: dict[Kind, Place]) -> None:
    """Fails when a kind is added: give it a place above, or say here where its own test is."""
    elsewhere = {
        Kind.JTI,  # inside a signed token, never alone
        Kind.POSTED,  # what a site posted, before anybody is asked anything
        Kind.UNDO,  # these: tests/attacks/accounts/test_password_reset.py
        Kind.INVITE,
        Kind.SETUP,
        Kind.KEEP,  # tests/attacks/leave/test_deletion.py
        Kind.NEW_SIGN_IN,  # tests/attacks/sessions/test_new_sign_ins.py
        Kind.REVOCATION,  # tests/services/authorization/test_connected_apps.py
        Kind.FORM,
        Kind.BROWSER,
        Kind.TRUSTED,  # these three never leave the server
        Kind.SEED,
        Kind.CODES,
    }
    assert set(Kind) - elsewhere == set(places)
