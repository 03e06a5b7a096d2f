"""The user whom the suite needs: a real browser that follows links, signs in, agrees, and takes screenshots."""

import base64
from html import escape
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import BrowserContext

from scripts.conformance.suite import Errand

LOOK_MS = 200
LOOKS = 300
SETTLED = 15  # unchanged looks after which a page counts as final


class Person:
    """A user with an account, in a fresh browser."""

    def __init__(self, context: BrowserContext, ours: str, login: str, password: str) -> None:
        self.page = context.new_page()
        self._ours, self._login, self._password = ours, login, password

    def go_on(self, *, stop_at_login: bool = False, answer: str | None = "Authorize") -> str | None:
        """Complete each page, until the browser is back at the suite.

        `answer` is the button to press on the consent page; None stops there. Returns None, or a screenshot (a
        data URL) of our page if the browser stays on it.
        """
        still, last = 0, ""
        for _ in range(LOOKS):
            self.page.wait_for_timeout(LOOK_MS)
            still, last = (still + 1 if self.page.url == last else 0), self.page.url
            if not last.startswith(self._ours):
                if self.page.locator("#submission_complete").count() or still > SETTLED:
                    return None
            elif stop_at_login and self._asks_for_password():
                return self.picture()
            elif self._act(answer):
                still = 0
            elif still > SETTLED:
                return self.picture()
        raise RuntimeError(f"The browser did not reach an end; it is at {self.page.url}")

    def picture(self) -> str:
        """Return a screenshot that is small enough for the suite."""
        taken = self.page.screenshot(type="jpeg", quality=40)
        return f"data:image/jpeg;base64,{base64.b64encode(taken).decode()}"

    def sees(self) -> str:
        """Return the text on the page, on one line."""
        return " ".join(self.page.locator("body").inner_text().split())[:200]

    def visit(self, errand: Errand) -> None:
        """Follow a link to an address, or submit a form to it."""
        if errand.method == "GET":
            self.page.goto(errand.url, wait_until="commit")
            return
        address, _, query = errand.url.partition("?")
        fields = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in parse_qsl(query)
        )
        self.page.set_content(f'<form method="post" action="{escape(address)}">{fields}<button>Go</button></form>')
        self.page.get_by_role("button", name="Go").click(no_wait_after=True)

    def _act(self, answer: str | None) -> bool:
        at = urlsplit(self.page.url)
        match at.path:
            case "/login" if "flow=" not in at.query:
                return False  # the page after a sign-out
            case "/login" if answer == "Cancel":
                return self._press(answer)
            case "/login" if self._asks_for_password():
                self.page.get_by_label("Username or email").fill(self._login)
                self.page.get_by_label("Password", exact=True).fill(self._password)
                return self._press("Sign in")
            case "/consent" if answer is not None:
                return self._press(answer)
            case "/oauth2/end_session":
                return self._press("Sign out")
            case _:
                return False

    def _asks_for_password(self) -> bool:
        return self.page.get_by_label("Password", exact=True).count() == 1

    def _press(self, name: str) -> bool:
        button = self.page.get_by_role("button", name=name, exact=True)
        if button.count() != 1 or not button.is_enabled():
            return False
        before = self.page.url
        button.click(no_wait_after=True)
        self.page.wait_for_url(lambda url: url != before, wait_until="commit")
        return True
