"""Confirm the e-mail address: sent, confirm by a press, expired, or still waiting in the middle of a flow."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import field, from_address, icon, mailbox, native_form, skeleton, submit, told
from oauth2system.ui.query import Address, typed
from oauth2system.ui.state import Visitor


@layout.page("/account/email_confirm", _("Confirm your email"), on_load=[Visitor.look, Address.read])
def email_confirm() -> rx.Component:
    """Never confirm by merely being opened: mail scanners open links, people press buttons."""
    return layout.single(
        _("Confirm your email"),
        rx.el.div(
            told(Visitor.told, Visitor.told_kind),
            rx.match(Address.stage, ("token", _press()), ("sent", _sent()), ("none", _waiting()), skeleton(3)),
            class_name="card",
        ),
    )


def _press() -> rx.Component:
    return rx.el.div(
        rx.el.p(_("One press, and the address is yours here.")),
        native_form("/account/email_confirm", from_address("token"), submit(_("Confirm email"))),
        class_name="stack",
    )


def _sent() -> rx.Component:
    return rx.el.div(
        rx.el.div(icon("mail", 30), class_name="tile"),
        rx.el.p(
            _("We have sent you a message with a link. Open it on any device and press "),
            rx.el.b(_("Confirm email")),
            ".",
        ),
        mailbox(Address.shows_mailbox),
        rx.el.p(
            _("Nothing there after some minutes? Look into the spam folder, or have it sent again."), class_name="quiet"
        ),
        _again(),
        class_name="stack",
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(
                Visitor.signed_in & ~Visitor.email_confirmed,
                _("Your account is there, but its address is not confirmed. Open the link in our message to go on."),
                _("We send a link to your address; open it and press the button there."),
            )
        ),
        _again(),
        class_name="stack",
    )


def _again() -> rx.Component:
    return native_form(
        "/account/email_confirm/resend",
        from_address("flow", "next"),
        rx.cond(
            Visitor.signed_in,
            rx.fragment(),
            field(
                _("Email"),
                "email",
                type="email",
                auto_complete="email",
                required=True,
                key=Address.form,
                default_value=typed("email"),
            ),
        ),
        submit(_("Send it again"), kind="whole"),
    )
