"""Browsers that lack something, and what a person does in them on the way in."""

import re
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browsers.populated_server import World

BROKEN = re.compile(r"Application Error|This page does not work|\bat \S+\.js:\d+|SecurityError|Traceback|Loading…")
THROWS = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { configurable: true, get() { throw new DOMException("", "SecurityError"); } });
"""
# What a browser's translation does: each text goes into an element of its own, again and again.
TRANSLATES = """addEventListener("DOMContentLoaded", () => setInterval(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const around = text.parentNode;
    if (!text.data.trim() || around.closest("font, script, style, textarea")) continue;
    const font = document.createElement("font");
    around.replaceChild(font, text);
    font.append(text);
  }
}, 50));"""


def no_script(context: BrowserContext) -> None:
    """Nothing more: the context was made without."""
    del context


def no_socket(context: BrowserContext) -> None:
    context.route_web_socket(re.compile("/_event"), lambda socket: socket.close())


def no_storage(context: BrowserContext) -> None:
    context.add_init_script(THROWS)


def translated(context: BrowserContext) -> None:
    context.add_init_script(TRANSLATES)


def as_it_is(context: BrowserContext) -> None:
    """Nothing more: the context was made with its size."""
    del context


CONDITIONS: dict[str, tuple[dict[str, Any], Callable[[BrowserContext], None]]] = {
    "script off": ({"java_script_enabled": False}, no_script),
    "socket blocked": ({}, no_socket),
    "storage throwing": ({}, no_storage),
    "translated": ({}, translated),
    "slow": ({}, as_it_is),
    "360 px": ({"viewport": {"width": 360, "height": 740}}, as_it_is),
    "200 %": ({"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}, as_it_is),
}


@contextmanager
def visitor(browser: Browser, here: World, condition: str) -> Generator[Page]:
    given, prepare = CONDITIONS[condition]
    context = browser.new_context(base_url=here.url, reduced_motion="reduce", **given)
    prepare(context)
    page = context.new_page()
    if condition == "slow":
        line = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)  # pyright: ignore[reportUnknownMemberType]  (Playwright is only partly typed)
    try:
        yield page
    finally:
        context.close()


def whole(page: Page) -> None:
    """Look at a page as a person does: one heading, nothing broken, nothing wider than the screen."""
    page.wait_for_load_state()
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("body")).not_to_contain_text("Loading…", use_inner_text=True)
    found = BROKEN.search(page.locator("body").inner_text())
    assert found is None, f"{page.url}: {found}"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def press(page: Page, button: str) -> None:
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def link_of(here: World, address: str, newer_than: str = "") -> str:
    """Return the link of the newest mail to an address, once it has been sent."""
    return mailed_link(here.url, address, newer_than)


def mailed_link(server_url: str, address: str, newer_than: str = "") -> str:
    """Return the link of the newest mail that this server sent to an address, once it has."""
    for _attempt in range(300):
        text = httpx.get(f"{server_url}/dev/mailbox").text
        mails = [mail for mail in text.split("<article") if address in mail]
        found = re.search(r"https?://[^\s<\"]+token=[\w-]+", mails[0]) if mails else None
        if found and found[0] != newer_than:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address}")


def authorize_url(here: World, app: dict[str, str], **more: str) -> str:
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": app["uri"],
        "response_type": "code",
        "scope": "openid email",
    }
    return f"{here.url}/oauth2/authorize?{httpx.QueryParams({**asked, **more})}"


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Sign in")


def user_code(here: World, app: dict[str, str]) -> str:
    asked = {"client_id": app["client_id"], "scope": "openid"}
    auth = (app["client_id"], app["client_secret"])
    answer = httpx.post(f"{here.url}/oauth2/device_authorization", data=asked, auth=auth)
    return answer.json()["user_code"]


def program() -> str:
    """Return the system's Chromium."""
    return shutil.which("chromium") or ""
