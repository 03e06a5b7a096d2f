"""The part of an app's page that deletes it, with the number of people who use it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, field, sentence
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.query import problem


def danger() -> rx.Component:
    """Return the part that deletes the app; it is closed until somebody opens it."""
    return layout.section(
        _("Delete this app"),
        None,
        rx.el.div(
            rx.cond(AppState.deleting, _delete_form(), _delete_button()),
            class_name="danger stack",
        ),
    )


def _delete_button() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            sentence(
                _("Its secrets and every sign-in through it end for good. Used by: {people}."),
                people=rx.el.b(AppState.people),
            ),
        ),
        button(_("Delete app"), AppState.ask_delete, kind="harm"),
        class_name="row apart",
    )


def _delete_form() -> rx.Component:
    return rx.el.form(
        rx.el.p(
            sentence(
                _(
                    "This cannot be undone. Used by: {people}. "
                    "They can no longer sign in to your site with their account here."
                ),
                people=rx.el.b(AppState.people),
            ),
            role="alert",
        ),
        field(
            _("Type the app's name to be sure"),
            "typed_name",
            problem=problem("typed_name"),
            hint=AppState.name,
            auto_complete="off",
            auto_focus=True,
        ),
        rx.el.div(
            rx.el.button(
                _("Delete for good"), type="submit", class_name="button harm main", custom_attrs={"data-waits": ""}
            ),
            button(_("Keep it"), AppState.ask_delete),
            class_name="row",
        ),
        on_submit=AppState.delete,
        no_validate=True,
        class_name="form",
    )
