"""T095: an account that corrects its address in the moment in which something else happens to it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.errors import Invalid
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import email_addresses, registration
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import User
from tests.support.in_process.browsers import House


@pytest.fixture
def racing(postgresql_url: str, tmp_path: Path) -> Generator[House]:
    house = House(postgresql_url, tmp_path)
    yield house
    house.close()


def registered(house: House, username: str) -> str:
    """Register; returns the cookie of the browser."""
    browser = house.browser()
    browser.register(username)
    return browser.cookies[house.settings.cookie("registration")]


def test_t095_an_address_that_nobody_proved_is_not_put_in_place_of_one_that_was_proved_meanwhile(
    racing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is confirmed after the correction has read it as unconfirmed, which SQLite does not let happen."""
    cookie = registered(racing, "eve")
    token, own_earlier = racing.token("eve@example.org"), vars(registration)["_find_own_earlier"]

    def confirmed_meanwhile(ctx: Context, browser: str | None) -> User | None:
        user = own_earlier(ctx, browser)
        assert racing.ask(email_addresses.use_link, token, browser=cookie, device=None).did == "confirmed"
        return user

    monkeypatch.setattr(registration, "_find_own_earlier", confirmed_meanwhile)
    with pytest.raises(Invalid):
        racing.ask(registration.correct, "victim@example.org", cookie)
    ((email, key, confirmed_at),) = racing.look("SELECT email, email_key, email_confirmed_at FROM users")
    assert (email, key, confirmed_at is not None) == ("eve@example.org", "eve@example.org", True)


def test_t165_of_two_accounts_that_ask_for_one_address_at_once_one_waits_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(house, "ada")
    cookie = registered(house, "eve")

    def not_seen_yet(_db: Db, _email_key: str) -> None:
        """Look for who waits, just before the other one is committed."""

    monkeypatch.setattr(users, "find_by_email", not_seen_yet)
    with pytest.raises(Invalid):
        house.ask(registration.correct, "ada@example.org", cookie)
    emails = house.look("SELECT username, email FROM users ORDER BY username")
    assert emails == [("ada", "ada@example.org"), ("eve", "eve@example.org")]
