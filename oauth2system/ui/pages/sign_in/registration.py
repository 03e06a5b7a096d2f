"""Create an account: four fields, judged while typing where that helps, posted natively."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import from_address, native_form, submit, told
from oauth2system.ui.pages.sign_in.person_fields import display_name, email, new_password, username
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor


@layout.page(
    "/registration",
    _("Create account"),
    description=_("One account for all your sites."),
    on_load=[Visitor.look, Address.read],
)
def registration() -> rx.Component:
    """Ask for as little as an account needs."""
    return layout.single(
        _("Create account"),
        rx.el.div(
            told(Visitor.told, Visitor.told_kind),
            native_form(
                "/registration",
                from_address("flow", "next", "invite"),
                username(),
                display_name(),
                email(_("We send one message, to see that it is yours.")),
                new_password(),
                submit(_("Create account")),
            ),
            class_name="card",
        ),
        rx.el.p(
            _("Have an account?"),
            " ",
            rx.el.a(_("Sign in"), href="/login" + Address.carried, class_name="link-line"),
            class_name="aside",
        ),
    )
