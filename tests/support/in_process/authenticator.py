"""An authenticator app in a test: it learns its seed from the set-up page, and shows codes by the house's clock."""

import re
from pathlib import Path

from pyotp.totp import TOTP

from tests.support.in_process.browsers import Browser, House
from tests.support.in_process.pages import Read, visited

SET_UP = "/account/authenticator"
_KEY = re.compile(r"<code[^>]*>((?:[A-Z2-7]{4} ?){8})</code>")
_RECOVERY_CODE = re.compile(r"<code[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</code>")


class Authenticator:
    """One app on a phone."""

    def __init__(self, house: House, seed: str) -> None:
        self.house = house
        self.seed = seed

    def code(self, away: int = 0) -> str:
        """Return the code of now, or of so many steps away."""
        return TOTP(self.seed).at(self.house.now, counter_offset=away)

    def wrong(self) -> str:
        """Return a code that is none of the accepted ones."""
        right = {self.code(away) for away in (-1, 0, 1)}
        return next(code for code in (f"{number:06d}" for number in range(9)) if code not in right)


def seed_on(page: Read) -> str:
    """Read the key from the set-up page."""
    found = _KEY.search(page.answer.text)
    assert found is not None, page.text
    return found[1].replace(" ", "")


def set_up(house: House, browser: Browser, folder: Path) -> tuple[Authenticator, list[str]]:
    """Set up an authenticator app in a browser that is signed in; returns it with the recovery codes."""
    browser.post(SET_UP)
    app = Authenticator(house, seed_on(visited(house, browser, SET_UP, folder)))
    answer = browser.post("/account/authenticator/confirm", code=app.code())
    codes = _RECOVERY_CODE.findall(visited(house, browser, answer.headers["location"], folder).answer.text)
    house.later(seconds=30)
    return app, codes


def second_step(browser: Browser, code: str, **more: str) -> str:
    """Send a code from the page of the second step; returns where the answer leads."""
    return browser.post("/session/second_factor", code=code, **more).headers["location"]
