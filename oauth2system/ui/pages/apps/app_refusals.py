"""What was refused to an app lately: the reason, what was sent, what is registered, and how to fix it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, icon, sentence
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
        rx.el.div(
            rx.el.span(sentence(_("As of {time}"), time=AppState.looked_at), class_name="faint small"),
            button(_("Look again"), AppState.look_again),
            class_name="row",
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
                _comparison(_("Sent"), one, "sent"),
                _comparison(_("Registered"), one, "nearest"),
                rx.cond(one["others"] != "", rx.el.div(rx.el.dt(_("Also")), rx.el.dd(rx.el.code(one["others"])))),
                class_name="compared",
            ),
        ),
        rx.match(
            one["offer"],
            ("near", _register(one)),
            ("far", rx.cond(AppState.asking_uri == one["sent"], _sure(one), _ask(one))),
            ("done", rx.el.p(_("This address is registered now."), class_name="faint small")),
            rx.fragment(),
        ),
        rx.cond(
            one["repair"] != "",
            rx.el.p(icon("good", 20), rx.el.span(one["repair"], class_name="breaks"), class_name="repair"),
        ),
        class_name=rx.cond(one["reference"] == AppState.reference, "asked-for", ""),
    )


def _comparison(name: str, one: dict[str, str], which: str) -> rx.Component:
    """Return an address with the part marked that differs, or the word that there was none."""
    before, differs, after = (one[f"{which}_{part}"] for part in ("before", "differs", "after"))
    address = rx.el.code(before, rx.cond(differs != "", rx.el.mark(differs)), after)
    nothing = rx.el.span(_("nothing"), class_name="faint")
    return rx.el.div(
        rx.el.dt(name), rx.el.dd(rx.cond((before != "") | (differs != "") | (after != ""), address, nothing))
    )


def _register(one: dict[str, str]) -> rx.Component:
    return rx.el.div(button(_("Register this address"), AppState.register(one["sent"])), class_name="row")


def _ask(one: dict[str, str]) -> rx.Component:
    return rx.el.div(button(_("Register this address"), AppState.ask_register(one["sent"])), class_name="row")


def _sure(one: dict[str, str]) -> rx.Component:
    """Ask about an address on a host that is new to the app: a sign-in there gives its owner the visitors' data."""
    return rx.el.div(
        rx.el.span(_("Anybody can send a request with an address of theirs. Is this one yours?"), class_name="strong"),
        button(_("Yes, register it"), AppState.register(one["sent"]), kind="main"),
        button(_("No"), AppState.ask_register("")),
        class_name="row",
        role="alert",
    )
