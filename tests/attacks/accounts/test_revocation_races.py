"""T092, T057: all access is revoked by validity: what another transaction makes at that moment is dead as well.

On PostgreSQL a transaction sees what was committed before each of its statements. Whoever revokes cannot see a session
or a code that is written at the same time, so no sweep ends it. Each test holds such a writer back until the access of
its person was revoked, and lets it commit then.
"""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import password_reset
from oauth2system.services.sessions import password_hashing, sessions, sign_in
from oauth2system.services.tokens import codes
from oauth2system.storage.tables import device_codes, tokens, users
from tests.support.in_process.door import Person, runner_on
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, House, answered
from tests.support.in_process.revocations import (
    EVERY_WAY,
    NEW,
    ada,
    change,
    disable_and_enable,
    has_old_password,
    match,
    reset,
    sign_out_everywhere,
    undo_a_move,
)

R = TypeVar("R")

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT})


@pytest.fixture
def house(postgresql_url: str, tmp_path: Path) -> Generator[House]:
    with runner_on(postgresql_url, tmp_path) as runner:
        made = House.open(runner)
        has_old_password(made)
        yield made


every_way = pytest.mark.parametrize("revoke", EVERY_WAY)


def crossing(
    monkeypatch: pytest.MonkeyPatch, writer: tuple[Any, str], work: Callable[[], R], revoke: Callable[[], None]
) -> R:
    """Do the work, which commits what `writer` wrote only after all access was revoked."""
    module, name = writer
    write, wrote, go = getattr(module, name), threading.Event(), threading.Event()

    def held(*args: Any, **kwargs: Any) -> Any:
        answer = write(*args, **kwargs)
        if not wrote.is_set():
            wrote.set()
            go.wait(20)
        return answer

    monkeypatch.setattr(module, name, held)
    with ThreadPoolExecutor(2) as threads:
        working = threads.submit(work)
        assert wrote.wait(20)
        revoking = threads.submit(revoke)
        # A row that both write makes one wait for the other; then the writer goes on first.
        wait([revoking], timeout=1.5)
        go.set()
        answer = working.result(30)
        revoking.result(30)
    return answer


def lives(house: House, cookie: str) -> bool:
    def is_there(ctx: Context) -> bool:
        return ctx.session is not None

    name, app = house.ada.cookie.partition("=")[0], house.app("Looks at the session")
    asked = house.authorize(app, Person("", "", f"{name}={cookie}", ""))
    return house.runner.now(Caller(cookie=cookie), is_there) or not asked.headers["location"].startswith("/login")


def session_of(house: House, attempt: sign_in.Attempt, found: sign_in.Match | None) -> str:
    """Sign somebody in who has no second factor; returns the cookie's value."""
    arrival = house.runner.now(Caller(), sign_in.finish, attempt, found)
    assert isinstance(arrival, sign_in.SignedIn)
    return arrival.session


@every_way
def test_t092_a_sign_in_that_commits_after_all_access_was_revoked_is_dead(
    house: House, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[House], None]
) -> None:
    def enter() -> str:
        return session_of(house, *match(house))

    session = crossing(monkeypatch, (sessions, "start"), enter, lambda: revoke(house))
    assert not lives(house, session)


@every_way
def test_t092_a_code_that_commits_after_all_access_was_revoked_brings_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[House], None]
) -> None:
    app = house.app(require_pkce=False)
    code = crossing(monkeypatch, (codes, "issue"), lambda: house.code(app), lambda: revoke(house))
    assert house.redeem(app, code).json()["error"] == "invalid_grant"


@every_way
def test_t092_a_simple_value_that_commits_after_all_access_was_revoked_brings_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[House], None]
) -> None:
    app = house.app(simple_flow=True, simple_redirect_uri=CB)
    asked = f"/oauth2/authorize?client_id={app.id}&scope=identify"

    def value() -> str:
        return answered(house.door.get(asked, cookie=house.ada.cookie))["code"]

    def read(found: str) -> int:
        presented = {"oauth_token": found, "client_id": app.id, "client_secret": app.secret}
        return house.call("/api/user", None, None, presented).status_code

    assert read(value()) == 200
    found = crossing(monkeypatch, (codes, "issue"), value, lambda: revoke(house))
    assert read(found) == 401


@every_way
def test_t092_a_device_that_is_let_in_while_all_access_is_revoked_gets_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[House], None]
) -> None:
    tv = house.public("TV", grant_types=GRANTS)
    told = house.call("/oauth2/device_authorization", tv, None, {"scope": "openid offline_access"}).json()
    form = {"user_code": told["user_code"], "account": house.ada.id, "decision": "authorize"}

    def let_in() -> str:
        return house.door.post("/device", cookie=house.ada.cookie, data=form).headers["location"]

    assert "device_allowed" in crossing(monkeypatch, (device_codes, "decide"), let_in, lambda: revoke(house))
    polled = house.token(tv, grant_type=DEVICE_GRANT, device_code=told["device_code"])
    assert polled.json()["error"] == "invalid_grant"


@every_way
def test_t057_tokens_that_are_issued_while_all_access_is_revoked_are_dead(
    house: House, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[House], None]
) -> None:
    app = house.app(require_pkce=False)
    code = house.code(app)

    def redeem() -> dict[str, Any]:
        return house.redeem(app, code).json()

    brought = crossing(monkeypatch, (tokens, "add_family"), redeem, lambda: revoke(house))
    assert dead(house, app, brought)


def dead(house: House, app: App, brought: dict[str, Any]) -> bool:
    """Tell that neither token works, on the narrow reads and on the full check."""
    return (
        not house.works(brought["access_token"])
        and not house.introspect(app, brought["access_token"])["active"]
        and not house.introspect(app, brought["refresh_token"])["active"]
        and house.refresh(app, brought["refresh_token"]).json()["error"] == "invalid_grant"
    )


@pytest.mark.parametrize("revoke", [reset, change, undo_a_move])
def test_t092_no_password_is_set_by_a_proof_from_before(
    house: House, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[House], None]
) -> None:
    """Somebody with the old password changes it while its owner revokes all access."""

    def set_another() -> None:
        with pytest.raises(password_reset.Invalid):
            house.runner.now(ada(house), password_reset.save_change, *match(house), "hash-of-the-thief")

    crossing(monkeypatch, (sign_in, "finish_again"), set_another, lambda: revoke(house))
    assert kept_hash(house) in {NEW, None}


def kept_hash(house: House) -> str | None:
    def read(ctx: Context) -> str | None:
        user = users.find(ctx.db, house.ada.id)
        return user.password_hash if user else None

    return house.runner.now(OPERATOR, read)


def test_t092_a_hash_is_not_upgraded_over_a_newer_password(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def enter() -> str:
        return session_of(house, *match(house, upgraded="the-old-password-once-more"))

    crossing(monkeypatch, (sign_in, "_require_unchanged"), enter, lambda: reset(house))
    assert kept_hash(house) == NEW


def test_offline_access_goes_on_when_its_person_signs_out_everywhere(house: House) -> None:
    app = house.app(require_pkce=False)
    offline, bound = house.tokens(app), house.tokens(app, scope="openid email")
    sign_out_everywhere(house)
    assert house.refresh(app, offline["refresh_token"]).status_code == 200
    assert not house.works(bound["access_token"])


def test_a_real_password_still_signs_in_after_each_of_them(house: House) -> None:
    kept = password_hashing.hash_password("correct horse battery staple")
    sign_out_everywhere(house)
    disable_and_enable(house)
    house.runner.now(OPERATOR, lambda ctx: users.update(ctx.db, house.ada.id, password_hash=kept))
    assert lives(house, session_of(house, *match(house, kept)))
