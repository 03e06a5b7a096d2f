"""The page for an address without a page."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import empty, mark
from oauth2system.ui.state import Visitor


@layout.page("404", _("Not found"), on_load=Visitor.look)
def not_found() -> rx.Component:
    """Show the same, whether something is hidden here or never was."""
    return layout.single(
        _("There is nothing at this address"),
        rx.el.div(
            empty(
                _("Lost your way?"),
                _("The address may be mistyped, or what was here is gone."),
                rx.el.a(_("Go to the home page"), href="/", class_name="button main"),
                drawing=mark(56),
            ),
            class_name="card",
        ),
    )
