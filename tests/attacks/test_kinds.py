"""A value of one kind is nothing in the place of another, and is not used up by being shown there (T056)."""

from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from oauth2system.protocol.tokens import Kind
from oauth2system.services import apps, links
from oauth2system.services.runner import Caller
from tests.support.door import Person, person, runner_on
from tests.support.oauth import CB, OPERATOR, VERIFIER, App, House, answered, basic, challenge

Held = dict[Kind, str]
Place = Callable[[str], bool]


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    with runner_on(database_url, tmp_path) as runner:
        yield House.open(runner)


@pytest.fixture
def app(house: House) -> App:
    """Make an app that may do everything: both flows, pushed requests, refresh."""
    made = house.app("Everything", simple_flow=True, simple_redirect_uri=CB)
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
    """Mint what a letter would carry."""
    data = {"does": "confirm", "key": "joan@example.org"}
    return house.runner.now(OPERATOR, links.mint, kind, lives=timedelta(minutes=5), data=data, user_id=user_id)


@pytest.fixture
def held(house: House, app: App, browser: tuple[str, str]) -> Held:
    """Hold one working value of every kind that this server hands out."""
    simple = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify", cookie=house.ada.cookie)
    brought = house.tokens(app)
    joan = person(house.runner, "joan", confirmed=False)
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
    }


def push(house: House, app: App) -> str:
    fields = {"response_type": "code", "redirect_uri": CB, "scope": "identify", "code_challenge": challenge(VERIFIER)}
    answer = house.call("/oauth2/par", app, None, {**fields, "code_challenge_method": "S256"})
    return answer.json()["request_uri"].rpartition(":")[2]


def leads(answer: httpx.Response, start: str) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith(start)


@pytest.fixture
def places(house: House, app: App, browser: tuple[str, str]) -> dict[Kind, Place]:
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

    def pushed(value: str) -> bool:
        uri = quote(f"urn:ietf:params:oauth:request_uri:{value}", safe="")
        return leads(authorize(f"client_id={app.id}&request_uri={uri}", house.ada.cookie), f"{CB}?code=")

    return {
        Kind.SIMPLE: lambda value: fetch(value).status_code == 200,
        Kind.SECRET: lambda value: fetch("os_nothing", value).json()["error"] == "invalid_token",
        Kind.CODE: lambda value: house.redeem(app, value).status_code == 200,
        Kind.REFRESH: lambda value: house.refresh(app, value).status_code == 200,
        Kind.ACCESS: house.works,
        Kind.PUSHED: pushed,
        Kind.FLOW: lambda value: authorize(f"flow={quote(value)}", browser[0]).status_code == 303,
        Kind.SESSION: session,
        Kind.CONFIRM: lambda value: form("/account/email_confirm", value, "/login?notice=confirmed"),
        Kind.RESET: lambda value: form("/account/password_reset/new", value, "/login?notice=password_reset"),
    }


def test_t056_every_kind_in_every_other_place_is_refused_and_none_is_used_up(
    held: Held, places: dict[Kind, Place]
) -> None:
    for shown, value in held.items():
        for wanted, takes in places.items():
            if shown is wanted:
                continue
            disguised = f"{wanted.value}_{value[3:]}"
            assert not takes(value), f"{shown.name} was taken as {wanted.name}"
            assert not takes(disguised), f"{shown.name} in the dress of {wanted.name} was taken"
    for kind, takes in places.items():
        assert takes(held[kind]), f"{kind.name} was used up by being shown elsewhere"


def test_t056_every_kind_that_has_a_place_is_tried_here(places: dict[Kind, Place]) -> None:
    """Fails when a kind is added: give it a place above, or say here where its own test is."""
    elsewhere = {
        Kind.JTI,  # inside a signed token, never alone
        Kind.POSTED,  # what a site posted, before anybody is asked anything
        Kind.LEAVING,  # a sign-out that waits for its button: tests/web/oauth/test_end_session.py
        Kind.DEVICE,
        Kind.REGISTRATION,
        Kind.INITIAL,
        Kind.UNDO,  # these: tests/attacks/test_recovery.py
        Kind.INVITE,
        Kind.SETUP,
        Kind.FORM,
        Kind.BROWSER,
    }
    assert set(Kind) - elsewhere == set(places)
