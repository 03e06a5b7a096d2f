"""The frame of an app's pages: its name, its tabs, and what stands there where the visitor has no such app."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import Content, notice, notice_place
from oauth2system.ui.pages.apps.no_app import missing_app
from oauth2system.ui.state import Visitor


def show_app(state: Any, part: str, title: str, *children: Content) -> rx.Component:  # noqa: ANN401  (a state's class)
    """Return one page of an app; `part` is what follows the app's id in its address.

    The state knows how far the page is (`stage`), and the app: its `app_id`, its `name`, and whether it is `disabled`.
    """
    named = rx.fragment(state.name, rx.el.span(": ", title, class_name="unseen")) if part else state.name
    ready = rx.el.div(
        layout.heading(named),
        layout.app_tabs(state.app_id, part),
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            state.disabled,
            notice(_("An administrator has disabled this app: nobody can sign in with it for now."), "bad"),
        ),
        *children,
    )
    return layout.wide(
        layout.back("/apps", _("Your apps")),
        rx.match(state.stage, ("ready", ready), ("missing", missing_app()), layout.waiting_page(title)),
        current="/apps",
        class_name="read",
    )
