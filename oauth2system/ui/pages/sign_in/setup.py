"""The first administrator, by the one-time link that the server prints."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import empty, from_address, icon, native_form, skeleton, submit, told
from oauth2system.ui.pages.sign_in.person_fields import display_name, email, new_password, username
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor


@layout.page("/setup", _("Set up"), on_load=[Visitor.look, Address.read])
def setup() -> rx.Component:
    """Make the first account, or say where the link is found."""
    return layout.single(
        _("Set up this server"),
        rx.el.div(
            told(Visitor.told, Visitor.told_kind),
            rx.match(Address.stage, ("token", _form()), ("none", _no_link()), skeleton(5)),
            class_name="card",
        ),
    )


def _form() -> rx.Component:
    return native_form(
        "/setup",
        from_address("token"),
        rx.el.p(_("You are the first one here. This account may look after all others.")),
        username(),
        display_name(),
        email(_("It counts as confirmed, since the link came from your own server.")),
        new_password(),
        submit(_("Create account")),
    )


def _no_link() -> rx.Component:
    return empty(
        _("The link is missing"),
        _(
            "When the server starts without an administrator, it prints a one-time link. Open that one; "
            "start the server again for a new one."
        ),
        rx.el.a(_("Go to the home page"), href="/", class_name="button"),
        drawing=icon("info", 40, "faint"),
    )
