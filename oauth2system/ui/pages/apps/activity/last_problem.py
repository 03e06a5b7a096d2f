"""What was refused to an app last, in one line; the page of its activity has all of it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import sentence
from oauth2system.ui.pages.apps.app_state import AppState


def last_problem() -> rx.Component:
    """Return the line, or one that says there is nothing yet."""
    return layout.section(
        _("Activity"),
        None,
        rx.cond(
            AppState.problem != "",
            rx.el.p(
                rx.el.b(AppState.problem, class_name="breaks"),
                " ",
                rx.el.span(sentence(_("The last problem was {when}."), when=AppState.problem_when), class_name="faint"),
            ),
            rx.el.p(_("Nothing was refused so far."), class_name="faint"),
        ),
        rx.el.p(rx.el.a(_("See what happens, live"), href="/apps/" + AppState.app_id + "/activity")),
    )
