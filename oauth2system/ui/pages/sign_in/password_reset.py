"""A forgotten password: ask for a link, choose a new one, done."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import (
    field,
    from_address,
    icon,
    mailbox,
    native_form,
    password_field,
    skeleton,
    submit,
    told,
)
from oauth2system.ui.query import Address, problem, typed
from oauth2system.ui.state import Visitor


@layout.page("/account/password_reset", _("New password"), on_load=[Visitor.look, Address.read])
def password_reset() -> rx.Component:
    """Show one of three steps, told apart by the address."""
    return layout.single(
        _("Choose a new password"),
        rx.el.div(
            told(Visitor.told, Visitor.told_kind),
            rx.match(Address.stage, ("token", _choose()), ("sent", _sent()), ("none", _ask()), skeleton(3)),
            class_name="card",
        ),
        rx.el.p(rx.el.a(_("Back to signing in"), href="/login", class_name="link-line"), class_name="aside"),
    )


def _ask() -> rx.Component:
    return native_form(
        "/account/password_reset",
        rx.el.p(_("Tell us the address of your account. We send a link that lets you choose a new password.")),
        field(
            _("Email"),
            "email",
            type="email",
            problem=problem("email"),
            default_value=typed("email"),
            key=Address.form,
            auto_complete="email",
            required=True,
            auto_focus=True,
        ),
        submit(_("Send the link")),
    )


def _sent() -> rx.Component:
    return rx.el.div(
        rx.el.div(icon("mail", 30), class_name="tile"),
        rx.el.p(_("If an account has this address, a link is on its way. It works for 30 minutes.")),
        mailbox(Address.shows_mailbox),
        rx.el.p(_("Nothing there after some minutes? Look into the spam folder."), class_name="quiet"),
        rx.el.a(_("Ask again"), href="/account/password_reset", class_name="button whole", reload_document=True),
        class_name="stack",
    )


def _choose() -> rx.Component:
    return native_form(
        "/account/password_reset/new",
        from_address("token"),
        password_field(
            _("Password"),
            new=True,
            problem=problem("password"),
            hint=_("8 characters or more. Every device that is signed in now will be signed out."),
            auto_focus=True,
        ),
        submit(_("Set the new password")),
    )
