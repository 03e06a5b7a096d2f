"""What was refused to an app lately: the reason, what was sent, what is registered, and how to fix it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import icon
from oauth2system.ui.pages.apps.app_state import AppState


def refusals() -> rx.Component:
    """Return the list, or a line that says there is nothing yet."""
    return layout.section(
        _("What did not work"),
        _("Whenever we refuse something your app sends, the reason and the repair stand here, the newest first."),
        rx.cond(
            AppState.was_refused,
            rx.el.ul(rx.foreach(AppState.refused, _one), class_name="list refused"),
            rx.el.p(_("Nothing was refused so far."), class_name="faint"),
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(one["code"], class_name="badge bad"),
            rx.el.code(one["stage"], class_name="small"),
            rx.el.span(one["when"], class_name="faint small"),
            rx.el.span(_("Reference"), " ", rx.el.code(one["reference"]), class_name="faint small"),
            class_name="row",
        ),
        rx.el.b(one["detail"], class_name="breaks"),
        rx.cond(
            (one["sent"] != "") | (one["registered"] != ""),
            rx.el.dl(
                _compared(_("Sent"), one["sent"], _("nothing")),
                _compared(_("Registered"), one["registered"], _("nothing")),
                class_name="compared",
            ),
        ),
        rx.cond(
            one["repair"] != "",
            rx.el.p(icon("good", 20), rx.el.span(one["repair"], class_name="breaks"), class_name="repair"),
        ),
        class_name=rx.cond(one["reference"] == AppState.reference, "asked-for", ""),
    )


def _compared(name: str, value: rx.Var[str] | str, nothing: str) -> rx.Component:
    said = rx.cond(value != "", rx.el.code(value), rx.el.span(nothing, class_name="faint"))
    return rx.el.div(rx.el.dt(name), rx.el.dd(said))
