"""The quick start that an app's owner chose, filled with the app's values."""

from oauth2system.ui.docs.quick_starts.catalog import ALL
from oauth2system.ui.docs.quick_starts.start import QuickStart, SiteKind, fill, read_path, read_site
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.state import Who, event


class QuickStartState(AppState):
    """One quick start. The secret is not known here, so it is never in a text."""

    start: str = ""
    site: str = ""
    site_problem: bool = False
    has_site: bool = True
    needs_public: bool = False
    proof: str = ""
    method: str = ""
    reads_environment: bool = False
    has_secret: bool = False
    is_simple: bool = False
    install: str = ""
    run: str = ""
    parts: list[dict[str, str]] = []
    returns: list[str] = []

    @event(Who.OWNER)
    def begin_start(self) -> None:
        """Open the page with the quick start that fits the app best."""
        self.start, self.site = "", ""
        if self.stage == "ready":
            first = "simple-curl" if self.simple_flow else "page" if self.is_public else "curl"
            self._show_start(ALL[first], "")

    @event(Who.OWNER)
    def choose_start(self, name: str) -> None:
        """Show another quick start."""
        if name in ALL:
            self._show_start(ALL[name], "")

    @event(Who.OWNER)
    def write_site(self, typed: str) -> None:
        """Put the address of the developer's site into the texts."""
        site = read_site(typed)
        self.site_problem = not site
        if site:
            self._show_start(ALL[self.start], site)

    def _show_start(self, start: QuickStart, site: str) -> None:
        self.start, self.site_problem = start.name, False
        self.site = site or self._find_site(start)
        filled = fill(start, self.origin, self.app_id, self.site, self._find_path(start))
        self.has_site = any(one.startswith("/") for one in start.returns)
        self.needs_public, self.method, self.proof = start.is_public, start.method, start.proof.value
        self.has_secret, self.reads_environment = not start.is_public, start.reads_environment
        self.is_simple = start.kind is SiteKind.SIMPLE
        self.install, self.run = filled.install, filled.run
        self.parts = [{"title": part.title, "text": part.text} for part in filled.parts]
        self.returns = list(filled.returns)

    def _list_own(self, start: QuickStart) -> list[str]:
        """Return the app's addresses, first the one that the simple flow returns to where it is used."""
        return [self.simple_uri, *self.uris] if start.kind is SiteKind.SIMPLE else list(self.uris)

    def _find_path(self, start: QuickStart) -> str:
        """Return the path at which the site is registered to be called back."""
        here = [uri for uri in self._list_own(start) if read_site(uri) == self.site]
        return read_path(next(iter(here), ""))

    def _find_site(self, start: QuickStart) -> str:
        """Return the site that is registered for this very program, else one that stands for it."""
        own = [(uri, site) for uri in self._list_own(start) if (site := read_site(uri))]
        if start.may_be_called_back_anywhere:
            return own[0][1] if own else start.site
        fits = [site for uri, site in own if any(f"{site}{path}" == uri for path in start.returns)]
        if start.kind is not SiteKind.SOFTWARE:
            fits += [site for _uri, site in own]
        return fits[0] if fits else start.site
