"""A first factor that is a passkey, set up in a sign-in that waits for one (T104), and passkeys of other people."""

from pathlib import Path

import pytest

from oauth2system.services.admin import settings
from tests.attacks.factors.test_stolen_passkeys import owner
from tests.support.browsers.authenticator import Authenticator
from tests.support.in_process.authenticator import set_up
from tests.support.in_process.browsers import Browser, House, path, query, together
from tests.support.in_process.pages import visited

FIRST = "/account/authenticator/passkey"
PAGE = "/login/second_factor"


@pytest.fixture
def browser(house: House) -> Browser:
    """Return a browser whose sign-in waits for a first factor."""
    house.person("ada")
    house.ask(settings.change, {"second_factor": "everybody"})
    made = house.browser()
    assert path(made.sign_in("ada", next="/apps")) == PAGE
    return made


def test_a_first_passkey_completes_the_sign_in_and_brings_recovery_codes(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    page = visited(house, browser, f"{PAGE}?next=/apps", tmp_path)
    assert page.buttons == ["Set up authenticator app", "Add passkey"]
    held = Authenticator()
    answer = browser.post(FIRST, credential=held.create(browser.post(f"{FIRST}/options").json()), next="/apps")
    assert path(answer) == "/account/recovery_codes"
    assert query(answer) == {"notice": "passkey_added", "next": "/apps"}
    assert browser.signed_in_as == "ada"
    assert house.look("SELECT amr FROM sessions") == [("pwd hwk mfa",)]
    assert "I have saved them" in visited(house, browser, "/account/recovery_codes", tmp_path).buttons


def test_t104_a_first_passkey_without_a_sign_in_that_waits_is_nothing(house: House, browser: Browser) -> None:
    other, held = house.browser("198.51.100.7"), Authenticator()
    assert other.post(f"{FIRST}/options").status_code == 403
    made = held.create(browser.post(f"{FIRST}/options").json())
    assert query(other.post(FIRST, credential=made))["error"] == "waiting"
    other.sign_in("ada")
    assert query(other.post(FIRST, credential=made))["error"] == "passkey_late"
    assert house.look("SELECT COUNT(*) FROM passkeys") == [(0,)]
    assert other.session is None


def test_t104_who_has_a_factor_adds_no_first_passkey_by_the_password_alone(house: House, tmp_path: Path) -> None:
    house.person("ada")
    desk, thief, held = house.browser(), house.browser("198.51.100.7"), Authenticator()
    desk.sign_in("ada")
    set_up(house, desk, tmp_path)
    assert path(thief.sign_in("ada")) == PAGE
    made = held.create(thief.post(f"{FIRST}/options").json())
    assert query(thief.post(FIRST, credential=made))["error"] == "factor_there"
    assert house.look("SELECT COUNT(*) FROM passkeys") == [(0,)]
    assert thief.session is None


def test_t104_of_two_first_passkeys_at_once_one_is_kept(house: House, browser: Browser) -> None:
    other = house.browser("198.51.100.7")
    other.sign_in("ada")
    made = [(one, Authenticator().create(one.post(f"{FIRST}/options").json())) for one in (browser, other)]
    together(*(one.submit(FIRST, credential=credential) for one, credential in made))
    assert house.look("SELECT COUNT(*) FROM passkeys") == [(1,)]
    assert sorted(one.session is not None for one, _ in made) == [False, True]


def test_an_account_without_a_confirmed_address_has_no_first_passkey(house: House, tmp_path: Path) -> None:
    house.person("ada", confirmed=False)
    house.ask(settings.change, {"second_factor": "everybody"})
    browser = house.browser()
    browser.sign_in("ada")
    assert visited(house, browser, PAGE, tmp_path).buttons == ["Set up authenticator app"]
    assert browser.post(f"{FIRST}/options").status_code == 403


def test_t093_a_passkey_of_somebody_else_does_not_confirm_who_is_signed_in(house: House, tmp_path: Path) -> None:
    ada, _held = owner(house)
    _eve, other = owner(house, "eve")
    answer = ada.post(
        "/session/passkey", credential=other.use(ada.post("/session/passkey/options").json()), confirm="1"
    )
    assert query(answer)["error"] == "passkey_not_yours"
    page = visited(house, ada, answer.headers["location"], tmp_path)
    assert page.heading == "Confirm that it is you"
    assert "This passkey belongs to another account." in page.text
    assert ada.signed_in_as == "ada"


def test_t093_a_password_of_somebody_else_does_not_confirm_who_is_signed_in(house: House) -> None:
    house.person("ada")
    house.person("eve", email="eve@example.org")
    browser = house.browser()
    browser.sign_in("ada")
    changed = house.browser("198.51.100.7")
    changed.sign_in("eve")
    changed.post("/account/password", current_password="correct horse battery staple", password="another pass phrase 1")
    answer = browser.sign_in("eve", "another pass phrase 1", confirm="1")
    assert query(answer)["error"] == "credentials"
    assert browser.signed_in_as == "ada"
    assert path(browser.sign_in("eve", confirm="1", next="/apps")) == "/apps"
    assert browser.signed_in_as == "ada", "the form of the person who is signed in confirms them alone"
