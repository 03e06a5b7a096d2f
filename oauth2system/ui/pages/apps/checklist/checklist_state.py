"""The state of the checklist on an app's page: it looks again whenever something has happened to the app."""

from typing import Any

from oauth2system.errors import NotFound
from oauth2system.i18n import N_, _
from oauth2system.services.insight import checklist
from oauth2system.services.insight.checklist import Checklist, ChecklistStep, StepState
from oauth2system.ui import live, words
from oauth2system.ui.pages.apps.app_address import find_app_id, is_open
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.state import Visitor, Who, event

# What a screen reader says in place of the icon.
STATES = {
    StepState.WAITING: N_("Waiting"),
    StepState.DONE: N_("Works"),
    StepState.FAILED: N_("Does not work"),
}


class ChecklistState(Visitor):
    """The steps by which a site is connected, and how each stands."""

    app_id: str = ""
    steps: list[dict[str, str]] = []
    is_connected: bool = False
    has_problem: bool = False

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show how the connection stands; the rest of the page says it if there is no such app."""
        self.app_id, self.steps = find_app_id(self), []
        try:
            self._show(await checklist.open_checklist(self.call, self.app_id))
        except NotFound:
            return
        live.watch(self, self.app_id, ChecklistState.look_again)

    def _show(self, found: Checklist) -> None:
        self.steps = [_make_row(step) for step in found.steps]
        self.is_connected, self.has_problem = found.is_connected, found.has_problem

    @event(Who.OWNER)
    async def look_again(self) -> Any:
        """Show what has happened meanwhile; the rest of the page looks too when another tab changed the addresses."""
        if not self.steps or not is_open(self, self.app_id):
            live.forget(self)
            return None
        live.looked(self)
        found = await self.call(checklist.view, self.app_id)
        self._show(found)
        app = await self.get_state(AppState)
        is_changed = (tuple(app.uris), app.simple_uri) != (found.redirect_uris, found.simple_redirect_uri)
        return AppState.look_again if is_changed else None


def _make_row(step: ChecklistStep) -> dict[str, str]:
    problem = step.problem
    return {
        "state": step.state,
        "spoken": _(STATES[step.state]),
        "words": _(step.words),
        "hint": _(step.hint),
        "needed": "yes" if step.needed else "",
        "when": words.ago(step.last_at) if step.last_at else "",
        "problem": _(problem.detail) if problem else "",
        "repair": _(problem.repair) if problem else "",
        "reference": problem.reference if problem else "",
    }
