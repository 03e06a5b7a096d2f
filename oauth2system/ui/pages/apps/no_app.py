"""What every page of an app shows where the visitor has no such app."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import empty


def missing_app() -> rx.Component:
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
