"""What the page says back: notices, empty states, waiting, and a lost connection."""

import reflex as rx
from reflex.event import EventType
from reflex_components_core.core.banner import has_connection_errors

from oauth2system.i18n import _
from oauth2system.ui.components.marks import icon
from oauth2system.ui.components.shown import Shown

KINDS = ("good", "bad", "warn", "info")


def notice(text: Shown, kind: str = "info", *more: Shown) -> rx.Component:
    """Return a notice that is always there, such as a standing warning."""
    return rx.el.div(icon(kind), rx.el.div(text, *more), class_name=f"notice {kind}")


def told(text: Shown, kind: Shown) -> rx.Component:
    """Return the place where a notice appears; the place is there from the start, so it is announced."""
    shown = [(kind_, rx.el.div(icon(kind_), rx.el.div(text), class_name=f"notice {kind_}")) for kind_ in KINDS[:-1]]
    other = rx.el.div(icon("info"), rx.el.div(text), class_name="notice info")
    return rx.el.div(
        rx.cond(text != "", rx.fragment(rx.match(kind, *shown, other))),
        class_name="notice-slot live",
        custom_attrs={"aria-live": "polite"},
    )


def saved(text: Shown, undo: EventType[()] | None = None, *, can_undo: Shown = True) -> rx.Component:
    """Say beside a field that it was saved, and offer the way back."""
    back = (
        rx.cond(can_undo, rx.el.button(_("Undo"), type="button", class_name="button bare", on_click=undo))
        if undo is not None
        else rx.fragment()
    )
    return rx.el.div(
        rx.cond(text != "", rx.el.span(icon("good", 18), text, back, class_name="saved")),
        class_name="live",
        custom_attrs={"aria-live": "polite"},
    )


def empty(title: str, text: str, *more: Shown, drawing: rx.Component | None = None) -> rx.Component:
    """Teach what this place is for while there is nothing in it."""
    return rx.el.div(
        drawing if drawing is not None else rx.fragment(),
        rx.el.h2(title),
        rx.el.p(text),
        *more,
        class_name="empty",
    )


def skeleton(lines: int = 4) -> rx.Component:
    """Hold the place of what is on its way; quick answers never show it."""
    return rx.el.div(
        *(rx.el.i() for _line in range(lines)),
        rx.el.span(_("Loading…"), class_name="unseen"),
        class_name="skeleton",
        role="status",
    )


def lost_connection() -> rx.Component:
    """Say that the page has lost the server; it comes back by itself."""
    return rx.el.div(
        rx.cond(
            has_connection_errors,
            rx.el.p(_("The connection is gone. Trying again… Nothing you typed is lost."), class_name="lost"),
        ),
        custom_attrs={"aria-live": "polite"},
    )


def mailbox(is_shown: Shown) -> rx.Component:
    """Say, on a laptop without a mail server, where its messages are."""
    return rx.cond(
        is_shown,
        rx.el.p(
            _("This server has no mail server yet. "),
            rx.el.a(_("Read its messages here"), href="/dev/mailbox", reload_document=True, class_name="strong"),
            ".",
            class_name="small quiet",
        ),
    )
