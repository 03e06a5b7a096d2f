"""A notice on account pages that asks about a sign-in in a browser that was not known."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.sessions import new_sign_ins
from oauth2system.services.sessions.new_sign_ins import NewSignIn
from oauth2system.ui import words
from oauth2system.ui.components import button
from oauth2system.ui.state import Visitor, Who, event


class NewSignInsState(Visitor):
    """The sign-ins that the person is asked about in this browser."""

    asked: list[dict[str, str]] = []

    @event(Who.USER)
    async def load(self) -> None:
        """Load them."""
        self.asked = [_make_row(one) for one in await self.call(new_sign_ins.list_questions)]

    @event(Who.USER)
    async def accept(self, handle: str) -> None:
        """Answer that it was the person."""
        await self.call(new_sign_ins.accept, handle)
        self.asked = [one for one in self.asked if one["handle"] != handle]

    @event(Who.USER)
    async def disown(self, handle: str) -> Any:
        """End the sign-in, and lead to a new password."""
        await self.call(new_sign_ins.disown, handle)
        self.asked = [one for one in self.asked if one["handle"] != handle]
        return rx.redirect("/account/security?notice=sign_in_disowned")


def _make_row(one: NewSignIn) -> dict[str, str]:
    return {
        "handle": one.handle,
        "browser": words.browser(one.agent),
        "ip": " · ".join(filter(None, (one.ip, one.place))),
        "began": words.ago(one.created_at),
    }


def ask() -> rx.Component:
    """Return the place of these notices; what happens in another browser shows here within seconds."""
    return rx.el.div(rx.foreach(NewSignInsState.asked, _show_one), custom_attrs={"aria-live": "polite"})


def _show_one(one: dict[str, str]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(rx.el.b(_("A new sign-in to your account. Was this you?"))),
            rx.el.p(one["browser"], ", ", one["ip"], ", ", one["began"], class_name="breaks"),
            rx.el.div(
                button(_("It was me"), NewSignInsState.accept(one["handle"])),
                button(_("This was not me"), NewSignInsState.disown(one["handle"]), kind="harm"),
                class_name="row",
            ),
            class_name="stack tight",
        ),
        class_name="notice warn",
        role="status",
    )
