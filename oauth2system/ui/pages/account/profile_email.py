"""The address of an account: shown, and changed by a native form, because it asks for the password."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import field, native_form, notice, password_field, sentence, submit
from oauth2system.ui.query import Address, problem, read_typed
from oauth2system.ui.state import Visitor


def address(email: str, pending: str) -> rx.Component:
    """Show the address and the native form that changes it."""
    return layout.section(
        _("Your address"),
        None,
        rx.el.p(
            rx.el.b(email, class_name="breaks"),
            " ",
            rx.cond(
                Visitor.email_confirmed,
                rx.el.span(_("confirmed"), class_name="badge good"),
                rx.el.span(_("not confirmed"), class_name="badge warn"),
            ),
        ),
        rx.cond(
            pending != "",
            notice(sentence(_("Waiting for you to confirm {address}."), address=rx.el.b(pending, class_name="breaks"))),
        ),
        rx.el.details(
            rx.el.summary(_("Change email")),
            native_form(
                "/account/email",
                field(
                    _("New email"),
                    "email",
                    type="email",
                    problem=problem("email"),
                    default_value=read_typed("email"),
                    key=Address.form,
                    hint=_("Nothing changes until you press the button in the message we send there."),
                    auto_complete="email",
                    required=True,
                ),
                password_field(_("Current password"), problem=problem("password")),
                submit(_("Send the message"), kind=""),
            ),
            open=(problem("email") != "") | (problem("password") != ""),
        ),
    )
