"""A real Chromium, driven by Playwright, that can reach the loopback and nothing else."""

# What closes has no limit in Playwright's own calls.
# pyright: reportPrivateUsage=false

import asyncio
import contextlib
import shutil
from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.support.patience import PATIENCE_S

# On a busy machine a Chromium may never answer that it has closed a profile in which a page was just left.
CLOSE_SECONDS = 20

# What a person would read as "the page is broken"; a test may look at them at its end.
Complaints = list[str]

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1",
)


@contextlib.contextmanager
def chromium() -> Generator[Browser]:
    """Run the system's Chromium without a window."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("Chromium is not installed; on Debian: sudo apt install chromium")
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        patch.setattr(BrowserContext, "close", _close)
        expect.set_options(timeout=PATIENCE_S * 1000)  # other waits of Playwright take as long by themselves
        try:
            yield browser
        finally:
            _close(browser)


def _close(what: Browser | BrowserContext, *, reason: str | None = None) -> None:
    """Close a browser or a profile of it; what does not answer ends with Playwright, when the module does."""
    inside: Any = what

    async def close_in_time() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await inside._impl_obj.close(reason=reason)

    inside._sync(close_in_time())


def listen(page: Page) -> Complaints:
    """Collect the page's console errors and uncaught exceptions from now on."""
    heard: Complaints = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard
