"""T057: what a server keeps of an app in memory is never staler than the database (decision 0043)."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import client_secrets, clients
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, runner_on
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, Clock, House, answered

Change = Callable[[Context, App], object]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def houses(database_url: str, tmp_path: Path, clock: Clock) -> Generator[tuple[House, House]]:
    """Two servers on one database."""
    with runner_on(database_url, tmp_path, clock=clock) as one, runner_on(database_url, tmp_path, clock=clock) as two:
        house = House.open(one)
        yield house, House(two, house.ada, Door(Web(two)))


def id_of(app: App) -> int:
    read = token_format.read(Kind.SECRET, app.secret or "")
    assert read is not None
    return read[0]


ENDS: dict[str, Change] = {
    "its secret is retired": lambda ctx, app: client_secrets.retire(ctx.db, id_of(app), app.id, ctx.now),
    "its secret is deleted": lambda ctx, app: ctx.db.run("DELETE FROM client_secrets WHERE id = ?", id_of(app)),
    "it is disabled": lambda ctx, app: clients.set_disabled(ctx.db, app.id, ctx.now, disabled=True),
    "it is deleted": lambda ctx, app: clients.delete(ctx.db, app.id),
    "its owner is deleted": lambda ctx, app: ctx.db.run(
        "DELETE FROM users WHERE id = (SELECT owner_id FROM clients WHERE id = ?)", app.id
    ),
}


def ask(house: House, app: App, refresh: str, value: str) -> list[int]:
    """Return the status of each endpoint that answers from memory."""
    shown = {"oauth_token": value, "client_id": app.id, "client_secret": app.secret}
    return [
        house.token(app, grant_type="client_credentials").status_code,
        house.token(app, grant_type="refresh_token", refresh_token=refresh).status_code,
        house.call("/api/user", None, None, shown).status_code,
    ]


@pytest.mark.parametrize("how", ENDS)
def test_t057_what_ends_an_app_at_one_server_ends_it_at_the_next_request_of_both(
    houses: tuple[House, House], how: str
) -> None:
    one, two = houses
    app = one.app(require_pkce=False, simple_flow=True, simple_redirect_uri=CB, reread_seconds=600)
    refresh = one.tokens(app)["refresh_token"]
    link = f"/oauth2/authorize?client_id={app.id}&scope=identify"
    value = answered(one.door.get(link, cookie=one.ada.cookie))["code"]
    for house in (one, two):
        assert ask(house, app, refresh, value) == [200, 200, 200]
    one.runner.now(OPERATOR, ENDS[how], app)
    for house in (two, one):
        assert not {200} & set(ask(house, app, refresh, value)), how


def test_t057_a_secret_in_memory_expires_by_the_clock(houses: tuple[House, House], clock: Clock) -> None:
    one, two = houses
    app = one.app()
    ends_ms = int(clock.now.timestamp() * 1000) + 60_000
    one.runner.now(
        OPERATOR, lambda ctx: ctx.db.run("UPDATE client_secrets SET expires_at = ? WHERE id = ?", ends_ms, id_of(app))
    )
    assert [house.token(app, grant_type="client_credentials").status_code for house in (one, two)] == [200, 200]
    clock.pass_by(seconds=60)
    assert [house.token(app, grant_type="client_credentials").status_code for house in (one, two)] == [401, 401]


def test_t057_an_app_that_is_enabled_again_works_at_once(houses: tuple[House, House]) -> None:
    one, two = houses
    app = one.app()

    def disable(ctx: Context, disabled: bool) -> None:
        clients.set_disabled(ctx.db, app.id, ctx.now, disabled=disabled)

    for disabled, status in ((True, 401), (False, 200), (True, 401)):
        one.runner.now(OPERATOR, disable, disabled)
        assert two.token(app, grant_type="client_credentials").status_code == status
