"""The client ids that no app has, on the page of administrators: often an app that was deleted, or a slip."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.admin import unknown_apps
from oauth2system.ui import layout, words
from oauth2system.ui.state import Visitor, Who, event


class UnknownAppsState(Visitor):
    """The newest of these ids."""

    unknown: list[dict[str, str]] = []

    @event(Who.ADMIN)
    async def load(self) -> None:
        """Show the newest."""
        found = await unknown_apps.open_unknown(self.call)
        self.unknown = [
            {"id": one.sent_id, "stage": one.stage, "when": words.times(one.times, one.last_at)} for one in found
        ]


def unknown() -> rx.Component:
    """Return the list; nothing while there is none."""
    return rx.cond(
        UnknownAppsState.unknown,
        layout.section(
            _("Unknown apps"),
            _("Requests named these client ids, and no app has them: an app was deleted, or its id was mistyped."),
            rx.el.ul(rx.foreach(UnknownAppsState.unknown, _one), class_name="list"),
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.code(one["id"], class_name="breaks"), " ", rx.el.span(one["stage"], class_name="small")),
        rx.el.p(one["when"], class_name="small quiet"),
    )
