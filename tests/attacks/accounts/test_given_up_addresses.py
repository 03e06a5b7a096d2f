"""T094: an address that was given up comes back to its owner, and to nobody else in the meantime. On both databases."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Invalid
from oauth2system.ids import first_id_at
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import email_addresses
from oauth2system.services.admin import people
from oauth2system.services.server import jobs
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import recovery_codes, totp, users
from oauth2system.storage.tables.users import User
from tests.support.in_process.browsers import PASSWORD, START, Browser, House, path, query

X, Y, Z = "ada@example.org", "thief@example.org", "thief2@example.org"
NEW = "a quite different pass phrase"


def move(house: House, browser: Browser, address: str) -> None:
    browser.post("/account/email", email=address, password=PASSWORD)
    assert query(browser.post("/account/email_confirm", token=house.token(address)))["notice"] == "email_changed"


def undo_link(house: House, address: str) -> str:
    mail = next(mail for mail in house.mail(address) if "has changed" in mail.subject)
    return mail.text.partition("token=")[2].split()[0]


def undo(house: House, token: str) -> dict[str, str]:
    return query(house.browser("192.0.2.9").post("/account/email_confirm", token=token))


def address_of(house: House, username: str = "ada") -> str:
    return house.look("SELECT email FROM users WHERE username = ?", username)[0][0]


def test_t094_the_thief_cannot_undo_the_owners_undoing(house: House) -> None:
    """The link that undoes the second change went to the thief's own mailbox."""
    thief = house.signed_in()
    move(house, thief, Y)
    owners = undo_link(house, X)
    move(house, thief, Z)
    thiefs = undo_link(house, Y)
    assert undo(house, owners)["notice"] == "move_undone"
    assert undo(house, thiefs)["error"] == "token"
    assert address_of(house) == X


def test_t094_the_first_undo_stays_when_the_second_is_used(house: House) -> None:
    thief = house.signed_in()
    move(house, thief, Y)
    owners = undo_link(house, X)
    move(house, thief, Z)
    assert undo(house, undo_link(house, Y))["notice"] == "move_undone"
    assert undo(house, owners)["notice"] == "move_undone"
    assert address_of(house) == X


def confirms(house: House) -> str:
    """Register with the address that was given up, and confirm it."""
    browser = house.browser("198.51.100.7")
    browser.register("eve", X)
    return query(browser.post("/account/email_confirm", token=house.token(X))).get("error", "")


def moves(house: House) -> str:
    """Change the address of another account to the one that was given up."""
    browser = house.signed_in("eve")
    browser.post("/account/email", email=X, password=PASSWORD)
    return query(browser.post("/account/email_confirm", token=house.token(X))).get("error", "")


def is_made(house: House) -> str:
    """Have an operator make an account with it."""
    try:
        house.ask(people.create, "eve", X, confirmed=True)
    except Invalid as refusal:
        return "kept_back" if "may take it back until 2026-01-08" in str(refusal.problems["email"]) else "other"
    return ""


WAYS = (confirms, moves, is_made)


@pytest.mark.parametrize("way", WAYS)
def test_t094_for_seven_days_nobody_else_gets_the_address(house: House, way: Callable[[House], str]) -> None:
    move(house, house.signed_in(), Y)
    token = undo_link(house, X)
    assert way(house) == "kept_back"
    assert undo(house, token)["notice"] == "move_undone"
    assert address_of(house) == X


@pytest.mark.parametrize("way", WAYS)
def test_t094_after_seven_days_it_is_free(house: House, way: Callable[[House], str]) -> None:
    move(house, house.signed_in(), Y)
    house.later(days=7)
    assert way(house) == ""
    assert address_of(house, "eve") == X


def test_t094_a_refused_confirmation_works_once_the_address_is_free(house: House) -> None:
    move(house, house.signed_in(), Y)
    house.later(days=6, hours=12)
    browser = house.browser("198.51.100.7")
    browser.register("eve", X)
    token = house.token(X)
    assert query(browser.post("/account/email_confirm", token=token))["error"] == "kept_back"
    house.later(hours=13)
    assert "error" not in query(browser.post("/account/email_confirm", token=token))


def test_t094_the_account_itself_may_return_to_its_address_and_then_holds_nothing(house: House) -> None:
    browser = house.signed_in()
    move(house, browser, Y)
    move(house, browser, X)
    assert address_of(house) == X
    assert house.look("SELECT COUNT(*) FROM released_names") == [(1,)]  # Y, which it has just given up


def test_t094_an_address_that_was_never_confirmed_is_not_held(house: House) -> None:
    browser = house.browser()
    browser.register("ada", X)
    browser.post("/account/email_confirm/change", email=Y)
    assert house.look("SELECT COUNT(*) FROM released_names") == [(0,)]


def test_t085_only_the_key_shows_which_addresses_there_were(house: House) -> None:
    move(house, house.signed_in(), Y)
    [(digest,)] = house.look("SELECT digest FROM released_names")
    assert b"ada" not in bytes(digest)


def test_t094_holds_are_forgotten_when_they_end(house: House) -> None:
    move(house, house.signed_in(), Y)
    house.later(days=7, seconds=1)
    assert jobs.purge_now(house.runner, lambda _kind, _count: None)["released_names"] == 1


@pytest.fixture
def racing(postgresql_url: str, tmp_path: Path) -> Generator[House]:
    house = House(postgresql_url, tmp_path)
    yield house
    house.close()


def test_t094_an_address_that_is_given_up_at_this_very_moment_is_not_taken(
    racing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim of the other account waits for the row that gives the address up, and must see the hold after it."""
    ada = racing.signed_in()
    ada.post("/account/email", email=Y, password=PASSWORD)
    token = racing.token(Y)
    browser = racing.browser("198.51.100.7")
    browser.register("eve", X)
    racing.mail()
    eves = racing.look("SELECT id FROM users WHERE username = 'eve'")[0][0]
    given_up, go_on, record, find = threading.Event(), threading.Event(), audit.record, users.find_by_email

    def slowly(ctx: Context, event: str, **facts: Any) -> None:
        record(ctx, event, **facts)
        if event == "email.moved":
            given_up.set()
            assert go_on.wait(20)

    monkeypatch.setattr(audit, "record", slowly)

    def sees_no_holder(db: Db, key: str) -> User | None:
        return None if key == X else find(db, key)

    monkeypatch.setattr(users, "find_by_email", sees_no_holder)

    def claim(ctx: Context) -> None:
        user = users.find(ctx.db, eves)
        assert user is not None
        with ctx.db.all_or_nothing():
            vars(email_addresses)["_claim"](ctx, user, X, X)

    with ThreadPoolExecutor(2) as threads:
        moving = threads.submit(
            racing.ask, email_addresses.use_link, token, browser=None, device=None, caller=ada.caller
        )
        assert given_up.wait(20)
        claiming = threads.submit(racing.ask, claim)
        threading.Timer(0.5, go_on.set).start()
        assert moving.result(30).did == "moved"
        with pytest.raises(email_addresses.AddressKeptBack):
            claiming.result(30)
    assert address_of(racing, "eve") == X  # it waits for the address, as before
    assert racing.look("SELECT email_confirmed_at FROM users WHERE username = 'eve'") == [(None,)]
    assert path(ada.sign_in(Y, PASSWORD)) == "/account"


@pytest.mark.parametrize(("days_before", "left"), [(1, 0), (8, 1)])
def test_t094_undoing_removes_the_factors_of_the_thief_and_keeps_those_of_the_owner(
    house: House, days_before: int, left: int
) -> None:
    """Else the owner would be locked out of the account that they got back."""
    thief = house.signed_in()
    move(house, thief, Y)
    [(user_id,)] = house.look("SELECT id FROM users")
    house.ask(set_up, user_id, START - timedelta(days=days_before))
    assert undo(house, undo_link(house, X))["notice"] == "move_undone"
    assert house.look("SELECT COUNT(*) FROM totp") == house.look("SELECT COUNT(*) FROM recovery_codes") == [(left,)]


def set_up(ctx: Context, user_id: str, made_at: datetime) -> None:
    totp.save(ctx.db, totp.Totp(user_id, b"sealed", made_at, 0))
    recovery_codes.add(ctx.db, recovery_codes.RecoveryCode(first_id_at(to_ms(made_at)), user_id, b"digest"))
