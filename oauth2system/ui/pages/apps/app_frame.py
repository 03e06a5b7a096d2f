"""The frame of an app's pages: its name, its tabs, and what stands there where the visitor has no such app."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import Content, empty, notice, notice_place
from oauth2system.ui.state import Visitor


def show_app(state: Any, part: str, title: str, *children: Content, lead: Content = None) -> rx.Component:
    """Return one page of an app; `part` is what follows the app's id in its address.

    The state knows how far the page is (`stage`), and the app: its `app_id`, its `name`, and on most pages whether an
    administrator has `disabled` it.
    """
    named = rx.fragment(state.name, rx.el.span(": ", title, class_name="unseen")) if part else state.name
    is_disabled: Content = getattr(state, "disabled", False)
    ready = rx.el.div(
        layout.heading(named),
        layout.app_tabs(state.app_id, part),
        rx.el.p(lead, class_name="lead") if lead is not None else rx.fragment(),
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            is_disabled,
            notice(_("An administrator has disabled this app: nobody can sign in with it for now."), "bad"),
        ),
        *children,
    )
    return layout.wide(
        layout.back("/apps", _("Your apps")),
        rx.match(state.stage, ("ready", ready), ("missing", _missing()), layout.waiting_page(title)),
        current="/apps",
        class_name="read",
    )


def _missing() -> rx.Component:
    """Return the page of an app that was deleted, or that belongs to somebody else: they are the same (T118)."""
    return rx.fragment(
        layout.heading(_("No such app")),
        rx.el.div(
            empty(
                _("There is nothing here"),
                _("The app was deleted, or it belongs to somebody else."),
                rx.el.a(_("Your apps"), href="/apps", class_name="button main"),
            ),
            class_name="card flat",
        ),
    )
