"""The state of the activity page: one page of the person's own log, and the part of it that is shown."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _, moment_in_words
from oauth2system.services.accounts.security import activity
from oauth2system.services.accounts.security.activity import ActivityLine
from oauth2system.services.accounts.security.activity_words import LogPart
from oauth2system.ui import words
from oauth2system.ui.state import Visitor, Who, event

PARTS = frozenset(one.value for one in LogPart)


class AccountActivityState(Visitor):
    """What happened to the account, newest first."""

    ready: bool = False
    part: str = ""
    lines: list[dict[str, str]] = []
    has_older: bool = False
    has_newer: bool = False

    # Before which events the pages begin that lead to this one.
    _before: list[str] = []

    @event(Who.USER)
    async def load(self) -> None:
        """Open the page: the newest events of all parts."""
        await self._open("", [""])

    @event(Who.USER)
    async def show(self, part: str) -> None:
        """Show one part of the log, or all of it."""
        await self._open(part, [""])

    @event(Who.USER)
    async def show_older(self) -> None:
        """Turn to older events."""
        if self.lines:
            await self._open(self.part, [*self._before, self.lines[-1]["id"]])

    @event(Who.USER)
    async def show_newer(self) -> None:
        """Turn back to newer events."""
        await self._open(self.part, self._before[:-1] or [""])

    async def _open(self, part: str, before: list[str]) -> None:
        found = await self.call(activity.list_page, part, before[-1])
        self.part, self._before = part if part in PARTS else "", before
        self.lines = [_make_row(one) for one in found.lines]
        self.has_older, self.has_newer, self.ready = found.has_older, len(before) > 1, True

    @event(Who.USER)
    async def disown(self, event_id: str) -> Any:
        """Answer that an event was not the person's doing, and lead to a new password."""
        notice = await self.call(activity.disown, event_id)
        return rx.redirect(f"/account/security?notice={notice}")


def _make_row(one: ActivityLine) -> dict[str, str]:
    seen = (_(one.browser) if one.browser else "", one.network, _(one.by) if one.by else "")
    return {
        "id": one.id,
        "what": _(one.sentence),
        "when": words.ago(one.at),
        "at": _("{moment} UTC").format(moment=moment_in_words(one.at)),
        "seen": " · ".join(filter(None, seen)),
        "here": "yes" if one.is_here else "",
        "asks": "yes" if one.can_disown else "",
    }
