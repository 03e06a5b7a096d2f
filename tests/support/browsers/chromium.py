"""A real Chromium, driven by Playwright, that can reach the loopback and nothing else."""

import contextlib
import shutil
from collections.abc import Generator

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def listen(page: Page) -> Complaints:
    """Collect the page's console errors and uncaught exceptions from now on."""
    heard: Complaints = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard
