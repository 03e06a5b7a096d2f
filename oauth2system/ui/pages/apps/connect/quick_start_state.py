"""The quick start that an app's owner chose, filled with the app's values as they are at this moment."""

from collections.abc import Sequence

import reflex as rx

from oauth2system.services.apps import apps
from oauth2system.ui import live
from oauth2system.ui.docs.quick_starts.catalog import ALL
from oauth2system.ui.docs.quick_starts.start import Filled, QuickStart, SiteKind, fill, read_path, read_site
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.state import Who, event


class QuickStartState(AppState):
    """One quick start. The secret is not known here, so it is never in a text."""

    start: str = ""
    typed_site: str = ""
    site_problem: bool = False
    has_site: bool = True
    needs_public: bool = False
    proof: str = ""
    method: str = ""
    reads_environment: bool = False
    has_secret: bool = False
    is_simple: bool = False

    # The page on which this was opened.
    _path: str = ""

    @rx.var
    def site(self) -> str:
        """Return the address of the developer's site: what was typed, else what the app's addresses say."""
        return self.typed_site or _find_site(self.start, self.uris, self.simple_uri)

    @rx.var
    def install(self) -> str:
        """Return the command that installs what the program needs."""
        return _fill(self.start, self.origin, self.app_id, self.site, self.uris, self.simple_uri).install

    @rx.var
    def run(self) -> str:
        """Return the command that starts the program."""
        return _fill(self.start, self.origin, self.app_id, self.site, self.uris, self.simple_uri).run

    @rx.var
    def parts(self) -> list[dict[str, str]]:
        """Return the texts, each with its title."""
        filled = _fill(self.start, self.origin, self.app_id, self.site, self.uris, self.simple_uri)
        return [{"title": part.title, "text": part.text} for part in filled.parts]

    @rx.var
    def returns(self) -> list[str]:
        """Return the addresses that the program is called back at."""
        filled = _fill(self.start, self.origin, self.app_id, self.site, self.uris, self.simple_uri)
        return list(filled.returns)

    @event(Who.OWNER)
    def begin_start(self) -> None:
        """Open the page with the quick start that fits the app best."""
        self.start, self._path = "", self.router.url.path
        if self.stage == "ready":
            self._choose(ALL["simple-curl" if self.simple_flow else "page" if self.is_public else "curl"])
            live.watch(self, self.app_id, QuickStartState.follow)

    @event(Who.OWNER)
    async def follow(self) -> None:
        """Show the addresses that the app has now: another tab may have changed them."""
        if self.router.url.path != self._path:
            live.forget(self)
            return
        live.looked(self)
        self._show(await self.call(apps.view, self.app_id))

    @event(Who.OWNER)
    def choose_start(self, name: str) -> None:
        """Show another quick start."""
        if name in ALL:
            self._choose(ALL[name])

    @event(Who.OWNER)
    def write_site(self, typed: str) -> None:
        """Put the address of the developer's site into the texts."""
        site = read_site(typed)
        self.site_problem = not site
        self.typed_site = site or self.typed_site

    def _choose(self, start: QuickStart) -> None:
        self.start, self.typed_site, self.site_problem = start.name, "", False
        self.has_site = any(one.startswith("/") for one in start.returns)
        self.needs_public, self.method, self.proof = start.is_public, start.method, start.proof.value
        self.has_secret, self.reads_environment = not start.is_public, start.reads_environment
        self.is_simple = start.kind is SiteKind.SIMPLE


def _fill(  # noqa: PLR0913, PLR0917  (the values of an app that stand in a text)
    name: str, origin: str, client_id: str, site: str, uris: Sequence[str], simple_uri: str
) -> Filled:
    """Fill a quick start; nothing while none is chosen."""
    if name not in ALL:
        return Filled("", (), "", ())
    start = ALL[name]
    here = [uri for uri in _list_own(start, uris, simple_uri) if read_site(uri) == site]
    return fill(start, origin, client_id, site, read_path(next(iter(here), "")))


def _list_own(start: QuickStart, uris: Sequence[str], simple_uri: str) -> list[str]:
    """Return the app's addresses, first the one that the simple flow returns to where it is used."""
    return [simple_uri, *uris] if start.kind is SiteKind.SIMPLE else list(uris)


def _find_site(name: str, uris: Sequence[str], simple_uri: str) -> str:
    """Return the site that is registered for this very program, else one that stands for it."""
    if name not in ALL:
        return ""
    start = ALL[name]
    own = [(uri, site) for uri in _list_own(start, uris, simple_uri) if (site := read_site(uri))]
    if start.may_be_called_back_anywhere:
        return own[0][1] if own else start.site
    fits = [site for uri, site in own if any(f"{site}{path}" == uri for path in start.returns)]
    if start.kind is not SiteKind.SOFTWARE:
        fits += [site for _uri, site in own]
    return fits[0] if fits else start.site
