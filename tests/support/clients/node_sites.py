"""Sites of ours on Node, signing people in with openid-client or oauth4webapi: one process for all of them."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD
from tests.support.clients import node
from tests.support.servers.processes import stop
from tests.support.servers.server import Server


class Refused(Exception):
    """What the library threw: its name, code and message, and the server's error and description."""

    def __init__(self, told: Mapping[str, Any], stack: str) -> None:
        super().__init__(f"{json.dumps(told)}\n{stack}")
        self.told = told

    @property
    def answer(self) -> tuple[int, str, str]:
        """Return the status, error and description the server answered with."""
        return self.told["status"], self.told["error"], self.told["description"]


class Site:
    """One site: its addresses, its client, and what it was brought."""

    def __init__(self, sites: "NodeSites", told: Mapping[str, str]) -> None:
        self._sites = sites
        self.name, self.url = told["name"], told["url"]
        self.callback, self.bye, self.backchannel = told["callback"], told["bye"], told["backchannel"]

    def do(self, order: str, **given: Any) -> Any:
        """Have the site do something with its library; raises Refused with what the library threw."""
        return self._sites.order(order, site=self.name, **given)

    @property
    def tokens(self) -> dict[str, Any]:
        """Return what the token endpoint brought, with the claims of the checked ID token."""
        return self.do("brought")

    def sign_in(self, page: Page, who: str) -> dict[str, Any]:
        """Come to the site as a stranger to the server: sign in there, agree, be greeted here."""
        page.goto(f"{self.url}/")
        page.get_by_role("link", name="Sign in").click()
        self.fill_in(page)
        return self.agree(page, who)

    def fill_in(self, page: Page) -> None:
        """Sign in on the server's page."""
        sign_in(page, "ada", PASSWORD)

    def visit(self, page: Page, who: str) -> dict[str, Any]:
        """Come to the site signed in with the server: agree, be greeted here."""
        page.goto(f"{self.url}/login")
        return self.agree(page, who)

    def agree(self, page: Page, who: str) -> dict[str, Any]:
        """Press Authorize, and be greeted by the site."""
        page.get_by_role("button", name="Authorize").click()
        expect(page.get_by_text(f"Hello {who}")).to_be_visible()
        return self.tokens


class NodeSites:
    """The process, for one server under test; it ends when its stdin does."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        program = shutil.which("node", path=node.path())
        if program is None:
            raise RuntimeError("Node is missing; `make setup` installs it.")
        self._process = subprocess.Popen(
            [program, "driver.mjs"],
            cwd=node.install(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def site(self, library: str, **given: Any) -> Site:
        """Open a site; `given` is what its developer decided: parameters, method, key, par, jar, dpop, hold."""
        return Site(self, self.order("open", library=library, issuer=self._issuer, given=given))

    def order(self, order: str, **given: Any) -> Any:
        """Give an order and return what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"order": order, **given}).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The Node sites ended with {self._process.wait(10)}; their words are on stderr.")
        answer = json.loads(line)
        if "refused" in answer:
            raise Refused(answer["refused"], answer["stack"])
        return answer["done"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        stop(self._process)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass(frozen=True, slots=True)
class Here:
    """What the journeys share: the server under test, the sites, and Ada, who owns every app and signs in at them."""

    server: Server
    sites: NodeSites
    ada: str
    initial: str

    def app(self, site: Site, *options: str) -> dict[str, str]:
        """Make an app for a site by the operator's command."""
        back = ("--redirect-uri", site.callback)
        return self.server.ask("app", "create", f"App {site.name}", "--owner", "ada", *back, *options)

    def register(
        self, library: str, given: Mapping[str, Any] | None = None, *, hears: bool = False, **metadata: Any
    ) -> Site:
        """Open a site that registers itself by its library; one that `hears` wants to be told of sign-outs."""
        given = given or {}
        site = self.sites.site(library, **given)
        plain: dict[str, Any] = {
            "client_name": f"Site {site.name}",
            "redirect_uris": [site.callback],
            "post_logout_redirect_uris": [site.bye],
            "grant_types": ["authorization_code", "refresh_token"],
            **({"backchannel_logout_uri": site.backchannel} if hears else {}),
            **given.get("metadata", {}),
        }
        method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
        site.do("register", token=self.initial, method=method, metadata={**plain, **metadata})
        return site
