"""Create an account: four fields, judged while typing where that helps, posted natively."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services import accounts
from oauth2system.ui import layout
from oauth2system.ui.address import Address, problem, typed
from oauth2system.ui.components import field, from_address, native_form, password_field, submit, told
from oauth2system.ui.state import Visitor, Who, event


class RegistrationState(Visitor):
    """What the username field says while it is typed."""

    free: str = ""

    @event(Who.ANYONE)
    async def check(self, name: str) -> None:
        """Say what is wrong with this username, or that it is free; an empty field is left in peace."""
        sentence = await self.call(accounts.username_problem, name[:100]) if name.strip() else ""
        self.problems = {**self.problems, "username": sentence or ""}
        self.free = _("This one is free.") if sentence is None else ""


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
                _username(),
                _display_name(),
                _email(),
                password_field(
                    _("Password"),
                    new=True,
                    problem=problem("password"),
                    hint=_("8 characters or more. A few words in a row are strong and easy to keep."),
                ),
                submit(_("Create account")),
            ),
            class_name="card",
        ),
        rx.el.p(
            _("Have an account?"), " ", rx.el.a(_("Sign in"), href="/login" + Address.carried, class_name="link-line"),
            class_name="aside",
        ),
    )


def _username() -> rx.Component:
    return field(
        _("Username"),
        "username",
        hint=_("3 to 32 of a-z, 0-9 and . _ - . Sites see it, and it stays."),
        problem=problem("username"),
        good=RegistrationState.free,
        default_value=typed("username"),
        key=Address.form,
        on_change=RegistrationState.check.debounce(300),
        auto_complete="username",
        auto_capitalize="none",
        spell_check=False,
        required=True,
        max_length=64,
    )


def _display_name() -> rx.Component:
    return field(
        _("Display name"),
        "display_name",
        hint=_("How sites greet you. You can change it any time."),
        problem=problem("display_name"),
        default_value=typed("display_name"),
        key=Address.form,
        auto_complete="name",
        max_length=64,
    )


def _email() -> rx.Component:
    return field(
        _("Email"),
        "email",
        type="email",
        hint=_("We send one message, to see that it is yours."),
        problem=problem("email"),
        default_value=typed("email"),
        key=Address.form,
        auto_complete="email",
        required=True,
        max_length=254,
    )
