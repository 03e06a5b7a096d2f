"""A small inhabited server for tests of the pages: people, an app, a connection, and every page's address."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page

from oauth2system.ui.layout import APP_TABS
from tests.support import catalogues as catalogues_module
from tests.support.browsers.chromium import Complaints, listen
from tests.support.servers.server import Server

PASSWORD = "correct horse battery staple"
NOBODY = ""
PHONE, DESKTOP = 390, 1280
SETTINGS = {"RATE_LIMIT_FACTOR": "1000"}
Scheme = Literal["light", "dark"]
# Nothing was drawn and nothing fetched for a tenth of a second; a page that never rests is waited for one second.
STAYS_THE_SAME = """() => new Promise(done => {
  const began = performance.now();
  let last = began;
  const change = () => { last = performance.now(); };
  const drawn = new MutationObserver(change), fetched = new PerformanceObserver(change);
  drawn.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  fetched.observe({type: "resource"});
  const look = setInterval(() => {
    if (performance.now() - last < 100 && performance.now() - began < 1000) return;
    clearInterval(look);
    drawn.disconnect();
    fetched.disconnect();
    done();
  }, 20);
})"""


@dataclass(frozen=True, slots=True)
class World:
    """A running server and what is in it: grace owns the app, ada looks after everything, pat is unconfirmed."""

    server: Server
    client_id: str
    asking_id: str

    @property
    def url(self) -> str:
        return self.server.url

    def pages(self) -> dict[str, list[str]]:
        """Return, for each who, the addresses of every page in every state that an address can bring about."""
        strangers = [
            *(
                "/",
                "/accessibility",
                "/docs",
                "/docs/simple-flow",
                "/docs/sign-out",
                "/docs/reference",
                "/docs/reference/tokens",
                "/docs/reference/more#register",
                "/login",
                "/login?error=credentials",
                "/registration",
                "/registration?error=form",
            ),
            *("/account/email_confirm", "/account/email_confirm?sent=1", "/account/email_confirm?token=x"),
            *("/account/password_reset", "/account/password_reset?sent=1", "/account/password_reset?token=x"),
            *("/setup", "/setup?token=x", "/login?notice=confirmed", "/login/second_factor"),
        ]
        users = [
            "/apps",
            *(f"/apps/{self.client_id}{part}" for part, _words in APP_TABS),
            *("/apps/1", "/apps/1/secrets", "/apps/1/protocol", "/apps/1/activity", "/apps/1/playground"),
            *("/account", "/account/security", "/account/authenticator", "/account/recovery_codes", "/account/terms"),
            *("/account/connections", "/account/activity", "/account/data", "/consent?flow=gone"),
            *("/device", "/device?user_code=BCDF-GHJK", "/device?notice=device_allowed"),
            f"/oauth2/authorize?client_id={self.asking_id}&scope=identify+email",
        ]
        unconfirmed = ["/apps", "/account", "/account/email_confirm"]
        return {
            NOBODY: strangers,
            "grace": users,
            "pat": unconfirmed,
            "ada": ["/admin", "/admin/invitations", "/admin/settings"],
        }

    @contextmanager
    def visit(  # noqa: PLR0913  (what differs between browsers)
        self,
        browser: Browser,
        who: str = NOBODY,
        *,
        width: int = DESKTOP,
        scheme: Scheme = "light",
        script: bool = True,
        language: str = "en-US",
    ) -> Generator[tuple[Page, Complaints]]:
        """Open a fresh browser profile, signed in as somebody or not."""
        context = browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
            reduced_motion="reduce",
            java_script_enabled=script,
            locale=language,
        )
        try:
            if who:
                self._sign_in(context, who)
            page = context.new_page()
            yield page, listen(page)
        finally:
            context.close()

    def tour(
        self, browser: Browser, width: int, *, scheme: Scheme = "light", language: str = "en-US"
    ) -> Generator[tuple[Page, str, Complaints]]:
        """Go through every page as everybody whom it is for."""
        for who, paths in self.pages().items():
            with self.visit(browser, who, width=width, scheme=scheme, language=language) as (page, complaints):
                for path in paths:
                    complaints.clear()
                    arrive(page, path)
                    yield page, path, complaints

    def _sign_in(self, context: BrowserContext, who: str) -> None:
        answer = context.request.post(
            "/session", form={"login": who, "password": PASSWORD}, headers={"origin": self.url}, max_redirects=0
        )
        assert answer.status == 303, answer.text()


def arrive(page: Page, path: str) -> None:
    """Open a page and wait until its content has come."""
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page has heard from the server, waits for no content, and has been the same for a moment."""
    page.wait_for_function("() => !document.querySelector('.skeleton, .needs')")
    page.evaluate(STAYS_THE_SAME)


@contextmanager
def world(folder: Path, catalogues: Path | None = None) -> Generator[World]:
    """Start a server with people in it; it speaks the languages of a folder of catalogues, if one is given."""
    var, garden, asking = _inhabited()
    server = Server(Path(shutil.copytree(var, folder / "var")), settings=SETTINGS)
    if catalogues is not None:
        server.variables |= catalogues_module.speaking(catalogues, folder)
    try:
        yield World(server.start(), garden, asking)
    finally:
        server.stop()


@functools.cache
def _inhabited() -> tuple[Path, str, str]:
    """Make the people and the apps once, in a folder that every world gets a copy of; returns it with the apps' ids."""
    folder = Path(tempfile.mkdtemp(prefix="oauth2system-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = Server(folder / "var", settings=SETTINGS)
    for name, flags in (("ada", ("--confirmed", "--admin")), ("grace", ("--confirmed",)), ("pat", ())):
        person = ("user", "create", name, "--email", f"{name}@example.org", "--display-name", name.title())
        server.ask(*person, *flags, "--password-stdin", given=PASSWORD)
    return server.var, _app(server, "Garden Club"), _app(server, "Harbour Library")


def _app(server: Server, name: str) -> str:
    uri = "https://garden.example/signed-in"
    return server.ask("app", "create", name, "--owner", "grace", "--redirect-uri", uri)["client_id"]
