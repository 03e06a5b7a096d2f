"""What was refused to an app lately, in words: what was sent, what is registered, and the mend."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.pages.app_state import AppState


def refusals() -> rx.Component:
    """Return the list, or what will stand here one day."""
    return layout.section(
        _("What did not work"),
        _("Whenever we refuse something your site sends, the reason and the repair stand here."),
        rx.cond(
            AppState.was_refused,
            rx.el.ul(rx.foreach(AppState.refused, _one), class_name="list"),
            rx.el.p(_("Nothing was refused so far."), class_name="faint"),
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(one["detail"], class_name="breaks"),
            rx.cond(one["repair"] != "", rx.el.p(one["repair"])),
            rx.el.dl(
                _fact(_("Sent"), one["sent"]),
                _fact(_("Registered"), one["registered"]),
                _fact(_("Answered"), one["code"]),
                _fact(_("At"), one["stage"]),
                _fact(_("Last time"), one["when"]),
                _fact(_("Times"), one["times"]),
                class_name="facts breaks",
            ),
        ),
    )


def _fact(name: str, value: str | rx.Var[str]) -> rx.Component:
    return rx.cond(value != "", rx.el.div(rx.el.dt(name), rx.el.dd(value)))
