"""Measure the way in, in Chromium: weights, times until a page can be used, and the way from set-up to a user's JSON.

`python -m scripts.page_measures [CHECKOUT…]` compares checkouts in one run; each needs its own .venv and built pages.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import httpx
from playwright.sync_api import Browser, Page

from oauth2system.build import ensure_built
from tests.support.browsers import page_weights
from tests.support.browsers.chromium import chromium
from tests.support.servers.redirecting_site import site
from tests.support.servers.server import ROOT, Server

PASSWORD = "correct horse battery staple"  # noqa: S105  (of people who exist only during this script)
ROUNDS = 5
# A page, and what a person waits for on it.
PAGES = {
    "sign-in": ("/login", "Sign in"),
    "registration": ("/registration", "Create account"),
    "confirmation": ("/account/email_confirm?sent=1", "Send"),
    "reset": ("/account/password_reset", "Send the link"),
    "consent": ("/oauth2/authorize?client_id={id}&scope=identify+email", "Authorize"),
    "device": ("/device", "Continue"),
    "sign-out": ("/oauth2/end_session?client_id={id}", "Sign out"),
}


@dataclass
class Measured:
    """One page: bytes for the first usable paint, bytes in all, requests, and seconds until it can be used."""

    first: int = 0
    whole: int = 0
    requests: int = 0
    ready: list[float] = field(default_factory=list[float])
    slow: list[float] = field(default_factory=list[float])


@dataclass
class Steps:
    """What a person does from the set-up link to the first JSON."""

    fields: int = 0
    clicks: int = 0

    def fill(self, page: Page, label: str, value: str) -> None:
        """Fill one field."""
        page.get_by_label(label, exact=True).first.fill(value)
        self.fields += 1

    def click(self, page: Page, name: str, role: Any = "button") -> None:
        """Click one button or link."""
        page.get_by_role(role, name=name, exact=True).first.click()
        self.clicks += 1


def main() -> None:
    """Print one table for all checkouts."""
    roots = [Path(one).resolve() for one in sys.argv[1:]] or [ROOT]
    ensure_built(print)
    with chromium() as browser:
        results = [_measure(browser, root) for root in roots]
    print("| page |" + "".join(f" {root.name}: first paint kB, all kB, requests, ready s, slow s |" for root in roots))
    print("|---|" + "---|" * len(roots))
    for name in PAGES:
        print(f"| {name} |" + "".join(f" {_row(pages[name])} |" for pages, _steps in results))
    print("| set-up to JSON |" + "".join(f" {one.fields} fields, {one.clicks} clicks |" for _pages, one in results))


def _row(one: Measured) -> str:
    times = f"{median(one.ready):.2f}, {median(one.slow):.2f}"
    return f"{one.first / 1000:.0f}, {one.whole / 1000:.0f}, {one.requests}, {times}"


def _measure(browser: Browser, root: Path) -> tuple[dict[str, Measured], Steps]:
    folder = Path(tempfile.mkdtemp())
    server = Server(folder / "var", settings={"RATE_LIMIT_FACTOR": "1000"}, root=root)
    try:
        server.run("migrate").check_returncode()
        server.start()
        steps = _set_up(browser, server)
        made = server.ask("app", "create", "Harbour", "--owner", "ada", "--redirect-uri", "https://harbour.example/cb")
        return {name: _page(browser, server, name, made["client_id"]) for name in PAGES}, steps
    finally:
        server.stop()
        shutil.rmtree(folder)


def _page(browser: Browser, server: Server, name: str, client_id: str) -> Measured:
    path, button = PAGES[name]
    address, measured = path.format(id=client_id), Measured()
    for slow in (False, True):
        for _round in range(ROUNDS):
            with _visit(browser, server, signed_in=name in {"consent", "device", "sign-out"}) as page:
                weight = page_weights.weigh(page)
                if slow:
                    page_weights.slow_down(page)
                began = monotonic()
                page.goto(address, wait_until="commit")
                page.get_by_role("main").get_by_role("button", name=re.compile(f"^{button}")).first.wait_for()
                (measured.slow if slow else measured.ready).append(monotonic() - began)
                page.wait_for_load_state("networkidle")
                measured.first = weight.bytes_of("document", "stylesheet")
                measured.whole, measured.requests = weight.bytes_of(), len(weight.requests)
    return measured


@contextmanager
def _visit(browser: Browser, server: Server, *, signed_in: bool = False) -> Generator[Page]:
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    try:
        if signed_in:
            form: dict[str, str | float | bool] = {"login": "ada", "password": PASSWORD}
            context.request.post("/session", form=form, headers={"origin": server.url}, max_redirects=0)
        yield context.new_page()
    finally:
        context.close()


def _set_up(browser: Browser, server: Server) -> Steps:
    """Go from the printed link to the JSON of the first user, and count what a person does."""
    link = re.search(r"http\S+/setup\?token=[\w-]+", server.log)
    if link is None:
        raise SystemExit(f"No set-up link in the log of {server.root}.")
    steps = Steps()
    with _visit(browser, server) as page, site() as there:
        page.goto(link[0])
        for label, value in (
            ("Username", "ada"), ("Display name", "Ada"), ("Email", "ada@example.org"), ("Password", PASSWORD),
        ):  # fmt: skip
            steps.fill(page, label, value)
        steps.click(page, "Create account")
        steps.click(page, "Apps", "link")
        steps.fill(page, "App name", "Demo")
        steps.click(page, "Create app")
        secret = page.locator("section.once code").first
        secret.wait_for()
        steps.clicks += 2  # Copy, for the id and for the secret
        credentials = {"client_secret": secret.inner_text(), "client_id": page.url.rpartition("/")[2].partition("?")[0]}
        steps.fill(page, "Redirect URI", f"http://localhost:{there.port}/back")
        form = page.locator("form", has=page.get_by_label("Redirect URI", exact=True))
        form.get_by_role("button").first.click()
        page.get_by_text(f"localhost:{there.port}/back").first.wait_for()
        page.wait_for_timeout(500)
        page.goto(f"/oauth2/authorize?client_id={credentials['client_id']}&scope=identify+email")
        steps.clicks += 2  # that one, and the site's link
        steps.click(page, "Authorize")
        page.get_by_text("arrived", exact=True).wait_for()
        code = httpx.URL(page.url).params["code"]
        answer = httpx.get(f"{server.url}/api/user", params={"oauth_token": code, **credentials})
        if answer.json().get("username") != "ada":
            raise SystemExit(answer.text)
    return steps


if __name__ == "__main__":
    main()
