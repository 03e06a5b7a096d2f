"""The state of the connections page: apps with access, what each read, and a revocation that can be undone."""

from oauth2system.i18n import _
from oauth2system.services.authorization import connected_apps, read_views
from oauth2system.services.authorization.connected_apps import Connections, ConnectionView, FormerView
from oauth2system.services.authorization.read_views import ReadView
from oauth2system.ui import words
from oauth2system.ui.state import Visitor, Who, event

Row = dict[str, str]


class ConnectionsState(Visitor):
    """The apps the visitor has agreed to, and those that have a record of reads."""

    ready: bool = False
    sites: list[Row] = []
    former: list[Row] = []
    # By the id of the app.
    allowed: dict[str, list[Row]] = {}
    reads: dict[str, list[Row]] = {}
    has_several: bool = False

    # The app about which the page asks: whether it should lose its access.
    asks_about: str = ""
    asks_about_all: bool = False
    can_restore: bool = False

    # The app whose reads are all listed, and the page of them.
    history_of: str = ""
    history: list[Row] = []
    history_page: int = 0
    has_older: bool = False

    _undo: str = ""

    @event(Who.USER)
    async def load(self) -> None:
        """Open the page."""
        self.asks_about, self.asks_about_all, self.history_of = "", False, ""
        self.can_restore, self._undo = False, ""
        self._show(await connected_apps.list_connections(self.call))
        self.ready = True

    @event(Who.USER)
    async def refresh(self) -> None:
        """Show what was read meanwhile; what the page asks or lists stays."""
        self._show(await connected_apps.list_connections(self.call))

    def _show(self, found: Connections) -> None:
        rows = {
            "sites": [_make_site(one) for one in found.connected],
            "former": [_make_former(one) for one in found.former],
            "allowed": {one.client_id: _list_allowed(one) for one in found.connected},
            "reads": {one.client_id: [make_read(read) for read in one.reads] for one in _every(found)},
            "has_several": len(found.connected) > 1,
        }
        for name, value in rows.items():
            if getattr(self, name) != value:  # what is assigned is sent
                setattr(self, name, value)

    @event(Who.USER)
    def ask_about(self, client_id: str) -> None:
        """Ask once before a site loses its access, or take the question back."""
        self.asks_about = "" if self.asks_about == client_id else client_id

    @event(Who.USER)
    async def revoke(self, client_id: str) -> None:
        """Revoke a site's access at once; for ten seconds the page offers to undo it."""
        name = self._name(client_id)
        done = await self.call(connected_apps.revoke, client_id)
        self._show(done.connections)
        self.asks_about, self._undo, self.can_restore = "", done.undo, True
        self.report(_("{app} has no access any more. If you sign in there again, it asks you first.").format(app=name))

    @event(Who.USER)
    async def undo(self) -> None:
        """Undo the last revocation."""
        handle, self._undo, self.can_restore = self._undo, "", False
        self._show(await self.call(connected_apps.undo, handle))
        self.report(_("The site has access again. It may have to sign you in once more."))

    @event(Who.USER)
    async def narrow(self, client_id: str, scope: str) -> None:
        """Take an optional scope from a site."""
        name = self._name(client_id)
        self._show(await self.call(connected_apps.narrow, client_id, scope))
        self.report(_("{app} cannot use this any more. If it needs it, it asks you.").format(app=name))

    @event(Who.USER)
    async def show_reads(self, client_id: str, page: int) -> None:
        """List one page of everything that a site read."""
        found = await self.call(read_views.list_page, client_id, page)
        self.history_of, self.history_page, self.has_older = client_id, max(page, 0), found.has_more
        self.history = [make_read(one) for one in found.reads]

    @event(Who.USER)
    def hide_reads(self) -> None:
        """Close the list of all reads."""
        self.history_of, self.history = "", []

    @event(Who.USER)
    def ask_about_all(self) -> None:
        """Ask once more before all sites lose their access, or take the question back."""
        self.asks_about_all = not self.asks_about_all

    @event(Who.USER)
    async def revoke_all(self) -> None:
        """Revoke the access of all sites at once."""
        await self.call(connected_apps.revoke_all)
        self.sites, self.allowed, self.has_several = [], {}, False
        self.asks_about_all = self.can_restore = False
        self.report(_("No site has access any more. If you sign in to one again, it asks you first."))

    def _name(self, client_id: str) -> str:
        return next((site["name"] for site in self.sites if site["id"] == client_id), "")


def _every(found: Connections) -> tuple[ConnectionView | FormerView, ...]:
    return (*found.connected, *found.former)


def _make_site(one: ConnectionView) -> Row:
    return {
        "id": one.client_id,
        "name": one.app_name,
        "letter": one.app_name[:1],
        "logo": one.logo,
        "owner": one.owner_name,
        "home": one.home if one.home.startswith(("https://", "http://")) else "",
        "since": words.day(one.granted_at),
        "fetched": words.ago(one.fetched_at),
        "more": "yes" if one.has_more_reads else "",
    }


def _make_former(one: FormerView) -> Row:
    more = "yes" if one.has_more_reads else ""
    return {"id": one.client_id, "name": one.app_name, "letter": one.app_name[:1], "logo": one.logo, "more": more}


def _list_allowed(one: ConnectionView) -> list[Row]:
    return [
        {
            "id": f"{one.client_id}-{scope.name}",
            "app": one.client_id,
            "name": scope.name,
            "words": _(scope.words),
            "fixed": "yes" if scope.fixed else "",
        }
        for scope in one.allowed
    ]


def make_read(one: ReadView) -> Row:
    """Return one line of the record in words: what the site got, how often and when, and from where."""
    when = words.times(one.times, one.last_at)
    if one.network:
        when = _("{when}, from {network}").format(when=when, network=one.network)
    return {"what": _say_what(one), "when": when, "refused": "yes" if one.is_refused else ""}


def _say_what(one: ReadView) -> str:
    if one.is_refused:
        return _("Tried to read your data and was refused")
    fields = words.listed([_(field) for field in one.fields])
    if one.is_check:
        return _("{fields} (when it checked a token)").format(fields=fields)
    return _("{fields} (at a sign-in)").format(fields=fields) if one.is_sign_in else fields
