"""T096, T097, T152: guesses are few, counted once at every page, and never lock the owner out."""

import asyncio
import time
from pathlib import Path

import pytest

from oauth2system.services.sessions import password_hashing
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query, together

WRONG = "not the right password"
NEW = "a quite different pass phrase"


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count comparisons with a real hash, made cheap: what is counted here is attempts, not time."""
    seen: list[str] = []

    def compare(password: str, kept: str | None) -> password_hashing.Checked:
        if kept is not None:
            seen.append(password)
        return password_hashing.Checked(right=kept is not None and password == PASSWORD)

    monkeypatch.setattr(password_hashing, "check", compare)
    return seen


def test_t096_of_a_thousand_guesses_from_a_thousand_addresses_few_are_checked(house: House, checked: list[str]) -> None:
    house.person("ada")
    browsers = [house.browser(f"198.51.{number // 250}.{number % 250}") for number in range(1000)]

    async def guess() -> None:
        for start in range(0, 1000, 50):
            await asyncio.gather(
                *(browser.submit("/session", login="ada", password=WRONG) for browser in browsers[start : start + 50])
            )

    asyncio.run(guess())
    assert len(checked) == 10


def test_t096_patience_does_not_help_much_either(house: House, checked: list[str]) -> None:
    """A guess every minute; NIST SP 800-63B-4 §3.2.2 lets a hundred failures pass, no more."""
    house.person("ada")
    for number in range(150):
        house.browser(f"198.51.{number // 250}.{number % 250}").sign_in("ada", WRONG)
        house.later(minutes=1)
    assert len(checked) <= 100


def test_t096_one_address_is_stopped_whatever_accounts_it_tries(house: House, checked: list[str]) -> None:
    for number in range(15):
        house.person(f"user{number}x")
    browser = house.browser()
    answers = [browser.sign_in(f"user{number % 15}x", WRONG) for number in range(110)]
    assert len(checked) <= 100
    assert [query(answer)["error"] for answer in answers[-10:]] == ["throttled"] * 10
    assert query(house.browser("203.0.113.9").sign_in("user1x", PASSWORD)).get("error") is None


def lock(house: House, times: int = 15) -> None:
    for number in range(times):
        house.browser(f"198.51.100.{number}").sign_in("ada", WRONG)


def test_t096_the_owner_gets_in_on_a_device_that_is_known(house: House) -> None:
    house.person("ada")
    owner = house.browser()
    owner.sign_in()
    owner.post("/session/end")
    lock(house)
    assert query(house.browser().sign_in())["error"] == "credentials"
    assert path(owner.sign_in()) == "/account"


def test_t096_the_owner_gets_in_by_a_reset_while_the_guessing_goes_on(house: House) -> None:
    house.person("ada")
    lock(house)
    owner = house.browser()
    owner.post("/account/password_reset", email="ada@example.org")
    owner.post("/account/password_reset/new", token=house.token("ada@example.org"), password=NEW)
    lock(house)
    assert path(owner.sign_in("ada", NEW)) == "/account"


def test_t096_a_known_device_has_a_limit_of_its_own(house: House, checked: list[str]) -> None:
    house.person("ada")
    thief = house.browser()
    thief.sign_in()
    thief.post("/session/end")
    checked.clear()
    for _ in range(30):
        thief.sign_in("ada", WRONG)
    assert len(checked) == 10


def test_t096_a_device_known_to_one_account_is_a_stranger_to_another(house: House, checked: list[str]) -> None:
    house.person("ada")
    house.person("eve")
    eve = house.browser()
    eve.sign_in("eve")
    lock(house)
    checked.clear()
    eve.sign_in("ada", PASSWORD)
    assert not checked


def test_t096_what_was_counted_survives_a_restart(house: House, checked: list[str], tmp_path: Path) -> None:
    house.person("ada")
    lock(house)
    again = House(house.settings.database_url, tmp_path)
    checked.clear()
    again.browser("203.0.113.1").sign_in("ada", WRONG)
    assert not checked
    again.close()


def test_t097_fifty_parallel_guesses_are_counted_one_by_one(house: House, checked: list[str]) -> None:
    house.person("ada")
    browsers = [house.browser(f"198.51.100.{number}") for number in range(50)]
    together(*(browser.submit("/session", login="ada", password=WRONG) for browser in browsers))
    assert len(checked) == 10


def test_t097_name_address_and_letter_case_share_one_counter(house: House, checked: list[str]) -> None:
    house.person("ada")
    spellings = ("ada", "ADA", "Ada ", "ada@example.org", "ADA@EXAMPLE.ORG", " ada@example.org", "\uff41da")
    for number in range(42):
        house.browser(f"198.51.100.{number}").sign_in(spellings[number % len(spellings)], WRONG)
    assert len(checked) == 10


def test_t097_asking_again_counts_on_the_same_counter(house: House, checked: list[str]) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    checked.clear()
    guesses = [
        lambda: browser.sign_in("ada", WRONG),
        lambda: browser.post("/account/password", current_password=WRONG, password=NEW),
        lambda: browser.post("/account/email", email="new@example.org", password=WRONG),
    ]
    for number in range(30):
        guesses[number % 3]()
    assert len(checked) == 10


def test_t097_signing_in_rightly_a_hundred_times_is_nobody_s_attack(house: House, checked: list[str]) -> None:
    house.person("ada")
    browser = house.browser()
    for _ in range(120):
        assert path(browser.sign_in()) == "/account"
    assert len(checked) == 120


def test_t152_two_hundred_sign_ins_at_once_delay_nobody_else(sqlite_url: str, tmp_path: Path) -> None:
    house = House(sqlite_url, tmp_path, RATE_LIMIT_FACTOR="1000")
    house.person("ada")
    pauses: list[float] = []

    async def storm() -> list[int]:
        done = asyncio.Event()

        async def others() -> None:
            visitor = Browser(house, "203.0.113.1")
            while not done.is_set():
                begun = time.perf_counter()
                assert (await visitor.send("GET", "/healthz")).status_code == 200
                pauses.append(time.perf_counter() - begun)
                await asyncio.sleep(0.01)

        watching = asyncio.create_task(others())
        answers = await asyncio.gather(
            *(Browser(house, "203.0.113.2").submit("/session", login="ada", password=WRONG) for _ in range(200))
        )
        done.set()
        await watching
        return [answer.status_code for answer in answers]

    assert set(asyncio.run(storm())) == {303}
    assert len(house.runner._slow._threads) <= 4  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
    ordered = sorted(pauses)
    assert ordered[int(len(ordered) * 0.95)] < 0.2
    house.close()


def test_t152_when_too_many_wait_the_next_is_asked_to_come_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oauth2system.runtime.runner.SLOW_QUEUE", 3)
    house.person("ada")
    browsers = [house.browser(f"198.51.100.{number}") for number in range(8)]
    answers = together(*(browser.submit("/session", login="ada", password=PASSWORD) for browser in browsers))
    errors = [query(answer).get("error") for answer in answers]
    assert None in errors
    assert set(errors) <= {None, "throttled", "credentials"}
