"""The state of an app's page; every verb goes through a service that finds only the actor's own apps."""

from typing import Any

import reflex as rx

from oauth2system.errors import NotFound, Refusal
from oauth2system.i18n import _
from oauth2system.services.apps import apps, redirect_uris
from oauth2system.services.apps.views import App
from oauth2system.ui import live, words
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.state import Visitor, Who, event

VERBS = {"name": apps.rename, "description": apps.describe, "reread_seconds": apps.allow_rereading}


class AppState(Visitor):
    """One app, as its owner sees it."""

    stage: str = ""
    app_id: str = ""
    name: str = ""
    description: str = ""
    logo: str = ""
    uris: list[str] = []
    simple_flow: bool = False
    simple_uri: str = ""
    reread: str = "0"
    takes_secret: bool = True
    # What was refused last, and when.
    problem: str = ""
    problem_when: str = ""
    scopes: list[str] = []
    takes_links: bool = False
    require_pkce: bool = True
    people: str = ""
    is_public: bool = False
    disabled: bool = False
    made: str = ""

    # The address that was probably meant by what is typed.
    uri_meant: str = ""
    uri_round: int = 0
    field_round: int = 0
    switch_round: int = 0
    deleting: bool = False

    _before: dict[str, Any] = {}

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the app whose page this is."""
        self.stage, self.saved, self.deleting = "", "", False
        self.app_id = find_app_id(self)
        try:
            self._show(await apps.open_app(self.call, self.app_id))
        except NotFound:
            self.stage = "missing"
            return
        self.uri_meant = ""
        self.stage = "ready"

    def _show(self, view: App) -> None:
        self.name, self.description, self.logo = view.name, view.description, view.logo
        self.uris, self.simple_flow = list(view.redirect_uris), view.simple_flow
        self.simple_uri, self.reread = view.simple_redirect_uri or "", str(view.reread_seconds)
        self.is_public, self.disabled = view.is_public, view.disabled
        self.people, self.made = words.people(view.people), words.day(view.created_at)
        self.takes_secret = view.takes_secret
        self.scopes = sorted(view.scopes)
        self.takes_links, self.require_pkce = view.takes_links, view.require_pkce
        last = next(iter(view.refusals), None)
        self.problem, self.problem_when = (_(last.detail), words.ago(last.last_at)) if last else ("", "")

    def _done(self, view: App, field: str, *, undo: Any = None) -> None:
        """Show the app after a change, say at the field that it is saved, and keep the old value."""
        self._show(view)
        live.announce(self.app_id)
        self.clear_notice()
        self.saved, self.can_undo = field, undo is not None
        self._before = {} if undo is None else {"field": field, "value": undo}

    @event(Who.OWNER)
    async def rename(self, name: str) -> None:
        """Save the name when its field is left."""
        before = self.name
        if " ".join(name.split()) != before:
            app = await self.call(apps.rename, self.app_id, name)
            self._done(app, "name", undo=before)

    @event(Who.OWNER)
    async def describe(self, description: str) -> None:
        """Save the description when its field is left."""
        before = self.description
        if " ".join(description.split()) != before:
            app = await self.call(apps.describe, self.app_id, description)
            self._done(app, "description", undo=before)

    @event(Who.OWNER)
    async def undo(self) -> None:
        """Put the field that was saved last back as it was."""
        before, self._before = self._before, {}
        if before:
            app = await self.call(VERBS[before["field"]], self.app_id, before["value"])
            self._done(app, before["field"])
            self.field_round += 1
            self.switch_round += 1

    @event(Who.OWNER)
    async def check_uri(self, uri: str) -> None:
        """Judge a redirect URI while it is typed."""
        found = await self.call(redirect_uris.find_problem, uri[:2100]) if uri.strip() else None
        self.problems = {**self.problems, "redirect_uri": _(found.sentence) if found else ""}
        self.uri_meant, self.saved = (found.meant or "") if found else "", ""

    @event(Who.OWNER)
    async def add_uri(self, form: dict[str, Any]) -> None:
        """Register one more redirect URI."""
        await self._add(str(form.get("redirect_uri", "")))

    @event(Who.OWNER)
    async def register(self, uri: str) -> None:
        """Register an address as it stands: one that was probably meant, or one that a request brought."""
        await self._add(uri)

    async def _add(self, uri: str) -> None:
        app = await self.call(redirect_uris.add, self.app_id, uri)
        self._done(app, "uris")
        self.uri_meant = ""
        self.uri_round += 1

    @event(Who.OWNER)
    async def look_again(self) -> None:
        """Show the app as it is now: what was refused, and what another tab has changed."""
        before = self.name, self.description
        self._show(await apps.open_app(self.call, self.app_id))
        if (self.name, self.description) != before:
            self.field_round += 1

    @event(Who.OWNER)
    async def remove_uri(self, uri: str) -> None:
        """Take a redirect URI away; visitors are not sent there from now on."""
        app = await self.call(redirect_uris.remove, self.app_id, uri)
        self._done(app, "uris")

    @event(Who.OWNER)
    async def choose_uri(self, uri: str) -> None:
        """Let the simple flow return to this one."""
        app = await self.call(redirect_uris.choose_for_simple_flow, self.app_id, uri)
        self._done(app, "simple")

    @event(Who.OWNER)
    async def switch_simple(self, on: bool) -> None:  # noqa: FBT001  (what a checkbox sends)
        """Switch the simple flow."""
        try:
            app = await self.call(apps.switch_simple_flow, self.app_id, bool(on))
        except Refusal:
            self.switch_round += 1  # back to how it is
            raise
        self._done(app, "simple")

    @event(Who.OWNER)
    async def choose_reread(self, seconds: str) -> None:
        """Say how long one value may be read again."""
        before = int(self.reread)
        app = await self.call(apps.allow_rereading, self.app_id, int(seconds) if seconds.isdecimal() else -1)
        self._done(app, "reread_seconds", undo=before)

    @event(Who.OWNER)
    async def ask_delete(self) -> None:
        """Open the danger zone with the number of people affected as it is now, or close it."""
        self.clear_notice()
        self.deleting = not self.deleting
        self.people = words.people(await self.call(apps.count_people, self.app_id))

    @event(Who.OWNER)
    async def delete(self, form: dict[str, Any]) -> Any:
        """Delete the app; its name was typed to be sure."""
        await self.call(apps.delete, self.app_id, str(form.get("typed_name", "")))
        return rx.redirect("/apps?notice=app_deleted")
