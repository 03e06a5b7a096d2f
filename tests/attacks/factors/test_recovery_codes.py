"""Recovery codes stand in for a lost factor: each once, counted, and nowhere in the clear (T085, T099)."""

from pathlib import Path

import pytest

from oauth2system.policy import budgets, quotas
from oauth2system.runtime.context import Context
from tests.support.in_process.authenticator import second_step, set_up
from tests.support.in_process.browsers import Browser, House, path, together
from tests.support.in_process.pages import visited

FACTOR = "/session/second_factor"
SHOWN = "/account/recovery_codes"


@pytest.fixture
def owner(house: House) -> Browser:
    house.person("ada")
    browser = house.browser("198.51.100.7")
    browser.sign_in("ada")
    return browser


@pytest.fixture
def codes(house: House, owner: Browser, tmp_path: Path) -> list[str]:
    return set_up(house, owner, tmp_path)[1]


def recover(browser: Browser, code: str) -> str:
    browser.sign_in("ada")
    return browser.post(FACTOR, recovery_code=code).headers["location"]


def test_a_first_factor_brings_ten_codes_that_can_be_downloaded(
    house: House, owner: Browser, codes: list[str], tmp_path: Path
) -> None:
    assert len(set(codes)) == quotas.RECOVERY_CODES
    page = visited(house, owner, SHOWN, tmp_path)
    assert page.links["Download"] == f"{SHOWN}/text"

    async def download() -> bytes:
        answer = await owner.send("GET", f"{SHOWN}/text")
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"
        return answer.content

    (text,) = together(download())
    assert text.decode().split() == codes


def test_codes_are_shown_to_the_browser_that_made_them_until_they_are_saved(
    house: House, owner: Browser, codes: list[str], tmp_path: Path
) -> None:
    other = house.browser()
    recover(other, codes[0])
    assert codes[1] not in visited(house, other, SHOWN, tmp_path).answer.text
    assert codes[1] in visited(house, owner, SHOWN, tmp_path).answer.text
    assert path(owner.post(f"{SHOWN}/saved")) == "/account/security"
    assert codes[1] not in visited(house, owner, SHOWN, tmp_path).answer.text


def test_codes_are_shown_for_ten_minutes(house: House, owner: Browser, codes: list[str], tmp_path: Path) -> None:
    house.later(minutes=9)
    assert codes[1] in visited(house, owner, SHOWN, tmp_path).answer.text
    house.later(minutes=1)
    assert codes[1] not in visited(house, owner, SHOWN, tmp_path).answer.text


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}-"])
def test_a_code_is_read_however_it_is_typed(house: House, codes: list[str], typed: str) -> None:
    assert recover(house.browser(), typed.format(codes[0].lower())) == "/account"
    assert recover(house.browser(), codes[1].replace("-", " ")) == "/account"
    assert recover(house.browser(), codes[2].replace("0", "o").replace("1", "l")) == "/account"


def test_t099_a_recovery_code_works_once_and_is_counted(house: House, codes: list[str], tmp_path: Path) -> None:
    assert recover(house.browser(), codes[0]) == "/account"
    browser = house.browser()
    again = visited(house, browser, recover(browser, codes[0]), tmp_path)
    assert "This recovery code was used already" in again.text
    assert "You have 9 left" in again.text
    assert browser.session is None
    assert "A recovery code was used" in house.mail("ada@example.org")[0].subject


def test_t099_one_recovery_code_in_twenty_parallel_requests_starts_one_session(house: House, codes: list[str]) -> None:
    browsers = [house.browser() for _ in range(20)]
    for browser in browsers:
        browser.sign_in("ada")
    together(*(browser.submit(FACTOR, recovery_code=codes[0]) for browser in browsers))
    assert sum(browser.signed_in_as == "ada" for browser in browsers) == 1


def test_t098_guessed_recovery_codes_are_throttled_and_leave_the_app_usable(
    house: House, owner: Browser, tmp_path: Path
) -> None:
    app, codes = set_up(house, owner, tmp_path)
    for _ in range(budgets.FACTOR.times):
        assert "error=form" in recover(house.browser(), "0000-0000-0000")
    assert "error=throttled" in recover(house.browser(), codes[0])
    browser = house.browser()
    browser.sign_in("ada")
    assert second_step(browser, app.code()) == "/account"


def test_new_codes_end_the_old_ones(house: House, owner: Browser, codes: list[str], tmp_path: Path) -> None:
    browser = house.browser()
    recover(browser, codes[0])
    house.later(minutes=11)
    assert path(owner.post(SHOWN)) == path(browser.post(SHOWN)) == "/login", "both signed in a while ago"
    fresh = house.browser()
    recover(fresh, codes[2])
    assert path(fresh.post(SHOWN)) == SHOWN
    assert "error=form" in recover(house.browser(), codes[1])
    assert "You have new recovery codes" in house.mail("ada@example.org")[0].subject


def test_somebody_else_s_codes_are_nothing(house: House, codes: list[str], tmp_path: Path) -> None:
    house.person("bob")
    bob = house.browser()
    bob.sign_in("bob")
    set_up(house, bob, tmp_path)
    other = house.browser()
    other.sign_in("bob")
    assert "error=form" in other.post(FACTOR, recovery_code=codes[0]).headers["location"]


def test_t085_seeds_and_recovery_codes_are_not_in_the_database(house: House, owner: Browser, tmp_path: Path) -> None:
    app, codes = set_up(house, owner, tmp_path)
    tables = ("totp", "recovery_codes", "ephemeral", "outbox", "audit")
    rows = "".join(repr(house.look(f"SELECT * FROM {table}")) for table in tables)
    for secret in (app.seed, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in rows


def test_a_wrong_code_keeps_the_seed_that_is_being_set_up(house: House, owner: Browser, tmp_path: Path) -> None:
    owner.post("/account/authenticator")
    first = visited(house, owner, "/account/authenticator", tmp_path)
    answer = owner.post("/account/authenticator/confirm", code="000000")
    again = visited(house, owner, answer.headers["location"], tmp_path)
    assert "This code is not right" in again.text
    assert _drawing(first.answer.text) == _drawing(again.answer.text)
    assert house.look("SELECT COUNT(*) FROM totp") == [(0,)]


def test_a_seed_is_shown_only_in_the_browser_that_began(house: House, owner: Browser, tmp_path: Path) -> None:
    owner.post("/account/authenticator")
    other = house.browser()
    other.sign_in("ada")
    assert "Picture of the key" not in visited(house, other, "/account/authenticator", tmp_path).answer.text
    assert "Picture of the key" in visited(house, owner, "/account/authenticator", tmp_path).answer.text


def _drawing(page: str) -> str:
    return page.partition('class="qr"')[2].partition("</svg>")[0]


def test_somebody_without_codes_gets_them_with_the_next_app(house: House, owner: Browser, tmp_path: Path) -> None:
    app, _ = set_up(house, owner, tmp_path)
    house.ask(_forget_codes)
    owner.sign_in("ada")
    second_step(owner, app.code())
    assert len(set_up(house, owner, tmp_path)[1]) == quotas.RECOVERY_CODES


def _forget_codes(ctx: Context) -> None:
    ctx.db.run("DELETE FROM recovery_codes")


def test_an_app_that_cannot_be_read_any_more_says_so(house: House, owner: Browser, tmp_path: Path) -> None:
    app, codes = set_up(house, owner, tmp_path)

    def damage(ctx: Context) -> None:
        ctx.db.run("UPDATE totp SET sealed = ?", b"sealed by another key")

    house.ask(damage)
    browser = house.browser()
    browser.sign_in("ada")
    said = visited(house, browser, second_step(browser, app.code()), tmp_path)
    assert "cannot read your authenticator app" in said.text
    assert recover(house.browser(), codes[0]) == "/account"
