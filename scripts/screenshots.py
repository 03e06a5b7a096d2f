"""Take the screenshots in docs/screenshots/: the real pages, on phone and desktop, light and dark."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from playwright.sync_api import Browser, Page, ViewportSize

from oauth2system.build import ensure_built
from tests.support.browsers.chromium import chromium
from tests.support.servers.server import ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
PASSWORD = "correct horse battery staple"  # noqa: S105  (of a user who exists only during this script)

DEVICES: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 800},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class App(TypedDict):
    """The output of `app create --json`."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One page, and whether it is shown to an anonymous or a signed-in visitor."""

    name: str
    path: str
    signed_in: bool = False


def main() -> None:
    """Start a server with some users and apps, and take the screenshots."""
    ensure_built(print)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _world() as (server, before, after), chromium() as browser:
        _albums(browser, server, before)
        _agree(browser, server, before[-1].path)  # from here on consent is not asked again
        _albums(browser, server, after)
    print(f"{len(before + after) * len(DEVICES) * len(SCHEMES)} screenshots are in {FOLDER.relative_to(ROOT)}/")


@contextmanager
def _world() -> Generator[tuple[Server, list[Shot], list[Shot]]]:
    """Run a server where Grace's app asks Ada for consent; yield the pages to show before and after she agrees."""
    scratch = Path(tempfile.mkdtemp(prefix="oauth2system-pictures-"))
    server = Server(scratch / "var", settings={"RATE_LIMIT_FACTOR": "100"})
    try:
        server.run("migrate")
        for username, name in (("ada", "Ada Lovelace"), ("grace", "Grace Hopper")):
            person = ("user", "create", username, "--email", f"{username}@example.org", "--display-name", name)
            server.ask(*person, "--confirmed", "--password-stdin", given=PASSWORD)
        garden = _app(server, "Garden Club", "ada", "garden.example")
        _app(server, "Night Sky Atlas", "ada", "sky.example")
        asking = _app(server, "Harbour Library", "grace", "library.example")
        server.start()
        yield server, _shots(garden, asking), [Shot("connections", "/account/connections", signed_in=True)]
    finally:
        server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def _app(server: Server, name: str, owner: str, host: str) -> App:
    return server.ask("app", "create", name, "--owner", owner, "--redirect-uri", f"https://{host}/signed-in")


def _shots(garden: App, asking: App) -> list[Shot]:
    authorize = f"/oauth2/authorize?client_id={asking['client_id']}&scope=identify+email"
    return [
        Shot("home", "/"),
        Shot("registration", "/registration"),
        Shot("sign-in", "/login"),
        Shot("apps", "/apps", signed_in=True),
        Shot("app", f"/apps/{garden['client_id']}", signed_in=True),
        Shot("connect", f"/apps/{garden['client_id']}/connect", signed_in=True),
        Shot("activity", f"/apps/{garden['client_id']}/activity", signed_in=True),
        Shot("protocol", f"/apps/{garden['client_id']}/protocol", signed_in=True),
        Shot("consent", authorize, signed_in=True),
    ]


def _albums(browser: Browser, server: Server, shots: list[Shot]) -> None:
    for device, size in DEVICES.items():
        for scheme in SCHEMES:
            context = browser.new_context(viewport=size, color_scheme=scheme, base_url=server.url)
            _album(context.new_page(), shots, f"{device}-{scheme}")
            context.close()


def _album(page: Page, shots: list[Shot], kind: str) -> None:
    """Take the screenshots in one fresh browser, first anonymous pages, then signed in."""
    is_signed_in = False
    for shot in sorted(shots, key=lambda shot: shot.signed_in):
        if shot.signed_in and not is_signed_in:  # an anonymous browser has a cookie too
            _sign_in(page)
            is_signed_in = True
        page.goto(shot.path)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{shot.name}-{kind}.png", animations="disabled")


def _agree(browser: Browser, server: Server, path: str) -> None:
    """Press Authorize; the redirect fails, because the site does not exist."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    _sign_in(page)
    page.goto(path)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Authorize").click(no_wait_after=True)
    context.close()


def _sign_in(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("Username or email").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)


if __name__ == "__main__":
    main()
