"""The state of what visitors see: the app's links, and the scopes that they may leave out."""

from typing import Any

from oauth2system.errors import Invalid, NotFound
from oauth2system.i18n import N_
from oauth2system.protocol.scopes import OPTIONAL
from oauth2system.services.apps import protocol_settings
from oauth2system.services.apps.protocol_settings import Changed, Protocol
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.state import Visitor, Who, event

LINKS = ("client_uri", "policy_uri", "tos_uri")
MARKED = "optional_scope"
LONGEST = 2000


class ConsentSettingsState(Visitor):
    """What an app's owner says about it for the page of consent, under the names of RFC 7591."""

    app_id: str = ""
    links: dict[str, str] = {}
    # The scopes of the app that can be optional, and those that are.
    markable: list[str] = []
    marked: list[str] = []
    round: int = 0

    _before: dict[str, Any] = {}
    _field: str = ""

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show what the app says about itself; the rest of the page says it if there is no such app."""
        self.app_id, self.links, self.markable = find_app_id(self), {}, []
        try:
            self._show(await self.call(protocol_settings.view, self.app_id))
        except NotFound:
            return
        self.round += 1

    def _show(self, view: Protocol) -> None:
        known = view.settings
        self.links = {name: str(known.get(name) or "") for name in LINKS}
        allowed, marked = known["scope"].split(), (known.get(MARKED) or "").split()
        self.markable = [name for name in OPTIONAL if name in allowed]
        self.marked = [name for name in self.markable if name in marked]

    async def _change(self, field: str, value: str) -> None:
        self._done(field, await self.call(protocol_settings.change, self.app_id, {field: value or None}))

    def _done(self, field: str, done: Changed, *, can_undo: bool = True) -> None:
        self._show(done.settings)
        self.clear_notice()
        self.saved, self.can_undo, self._field = field, can_undo and bool(done.before), field
        self._before = dict(done.before) if can_undo else {}

    @event(Who.OWNER)
    async def write(self, name: str, value: str) -> None:
        """Save a link when its field is left."""
        if name not in LINKS:
            raise Invalid(form=N_("There is no such setting."))
        text = value.strip()[:LONGEST]
        if text != self.links.get(name, ""):
            await self._change(name, text)

    @event(Who.OWNER)
    async def mark(self, scope: str, on: bool) -> None:  # noqa: FBT001  (what a checkbox sends)
        """Let visitors leave a scope out, or require it."""
        if scope not in OPTIONAL:
            raise Invalid(form=N_("There is no such setting."))
        marked = {*self.marked, scope} if on else {*self.marked} - {scope}
        await self._change(MARKED, " ".join(name for name in OPTIONAL if name in marked))

    @event(Who.OWNER)
    async def undo(self) -> None:
        """Put what was saved last back as it was."""
        before, self._before = self._before, {}
        if before:
            done = await self.call(protocol_settings.change, self.app_id, before)
            self._done(self._field, done, can_undo=False)
            self.round += 1
