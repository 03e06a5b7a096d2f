"""Feedback: notices, empty states, loading, and a lost connection."""

import reflex as rx
from reflex.event import EventType
from reflex_components_core.core.banner import has_connection_errors

from oauth2system.i18n import _
from oauth2system.markup.parts import Content
from oauth2system.ui.components.reflex_parts import parts

icon, notice = parts.icon, parts.notice
KINDS = ("good", "bad", "warn", "info")


def notice_place(text: Content, kind: Content) -> rx.Component:
    """Return the place where a notice appears; it is there from the start, so screen readers announce it."""
    shown = [(kind_, rx.el.div(icon(kind_), rx.el.div(text), class_name=f"notice {kind_}")) for kind_ in KINDS[:-1]]
    other = rx.el.div(icon("info"), rx.el.div(text), class_name="notice info")
    return rx.el.div(
        rx.cond(text != "", rx.fragment(rx.match(kind, *shown, other))),
        class_name="notice-slot live",
        custom_attrs={"aria-live": "polite"},
    )


def saved_note(text: Content, undo: EventType[()] | None = None, *, can_undo: Content = True) -> rx.Component:
    """Show at a field that it was saved, with **Undo**."""
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


def skeleton(lines: int = 4) -> rx.Component:
    """Hold the place of content that is loading; quick answers never show it."""
    return rx.el.div(
        *(rx.el.i() for _line in range(lines)),
        rx.el.span(_("Loading…"), class_name="unseen"),
        class_name="skeleton",
        role="status",
    )


def needs_connection() -> rx.Component:
    """Say that the page needs script and a socket: at once without script, otherwise after a moment."""
    words = _("This page needs JavaScript and a live connection (a WebSocket) to this server.")
    advice = _(
        "Where a network or an extension blocks one, try another network or browser. Signing in to sites works without."
    )
    # `is_hydrated` turns true with the first answer over the socket. The sheet holds the words back for that moment,
    # unless browser_shims.js has seen that the socket was refused.
    said = rx.el.div(notice(words, "warn", rx.el.p(advice)), class_name="needs")
    return rx.cond(rx.State.is_hydrated, rx.fragment(), said)


def lost_connection() -> rx.Component:
    """Say that the connection is lost; the page reconnects by itself."""
    return rx.el.div(
        rx.cond(
            has_connection_errors,
            rx.el.p(_("The connection is gone. Trying again…"), class_name="lost"),
        ),
        custom_attrs={"aria-live": "polite"},
    )
