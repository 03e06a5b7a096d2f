"""The state of the settings page: each control saves at once and can be undone."""

from dataclasses import asdict
from typing import Any

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.services.admin import settings
from oauth2system.services.admin.settings import ShownSettings
from oauth2system.ui.state import Visitor, Who, event

CHOICES = ("registration", "second_factor")
TEXTS = ("mail_domains", "reads_kept_days", "terms_url", "terms_version")
LONGEST = 10_000


class SettingsState(Visitor):
    """The settings of this server."""

    ready: bool = False
    values: dict[str, str] = {}
    fixed: list[str] = []
    # A new number sets every control back to its value.
    round: int = 0

    _before: dict[str, Any] = {}
    _field: str = ""

    @event(Who.ADMIN)
    async def load(self) -> None:
        """Load the settings."""
        self._show(await self.call(settings.show))
        self.round += 1
        self.ready = True

    def _show(self, shown: ShownSettings) -> None:
        self.values = {
            name: " ".join(value) if isinstance(value, tuple) else str(value)
            for name, value in asdict(shown.settings).items()
        }
        self.fixed = sorted(shown.fixed)

    async def _change(self, field: str, changes: dict[str, Any]) -> None:
        try:
            done = await self.call(settings.change, changes)
        except Invalid:
            self.round += field in CHOICES
            raise
        self._show(done)
        self.clear_notice()
        self._field, self._before = field, dict(done.before)
        self.saved, self.can_undo = (field, True) if done.before else ("", False)

    @event(Who.ADMIN)
    async def choose(self, name: str, value: str) -> None:
        """Choose one of several."""
        if name not in CHOICES:
            raise Invalid(form=N_("There is no such setting."))
        await self._change(name, {name: value})

    @event(Who.ADMIN)
    async def write(self, name: str, value: str) -> None:
        """Save a text when its field is left; one that is refused stays, so that it can be fixed."""
        if name not in TEXTS:
            raise Invalid(form=N_("There is no such setting."))
        if value.split() != self.values.get(name, "").split():
            await self._change(name, {name: value[:LONGEST]})

    @event(Who.ADMIN)
    async def undo(self) -> None:
        """Undo the last change."""
        before, self._before = self._before, {}
        if before:
            await self._change(self._field, before)
            self.can_undo, self._before = False, {}
            self.round += 1
