"""The username of an account: shown, and changed by a form that the browser itself posts."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import field, native_form, submit
from oauth2system.ui.query import Address, problem, read_typed


def change_username(username: str) -> rx.Component:
    """Show the username and the native form that changes it."""
    return layout.section(
        _("Your username"),
        _("You sign in with it, and sites may show it. They keep knowing you when it changes."),
        rx.el.p(rx.el.b(username, class_name="breaks")),
        rx.el.details(
            rx.el.summary(_("Change username")),
            native_form(
                "/account/username",
                field(
                    _("New username"),
                    "username",
                    problem=problem("username"),
                    good=_("This one is free."),
                    hint=_(
                        "Three times a year at most. Nobody else gets the old one for a year; you may take it back."
                    ),
                    default_value=read_typed("username"),
                    key=Address.form,
                    auto_complete="off",
                    auto_capitalize="none",
                    spell_check=False,
                    required=True,
                    max_length=64,
                    custom_attrs={"data-judged-by": "/account/username"},
                ),
                submit(_("Change username"), kind=""),
            ),
            open=problem("username") != "",
        ),
    )
