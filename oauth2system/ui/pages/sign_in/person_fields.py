"""The four fields of a new account, used by registration and by the set-up of the first administrator."""

import reflex as rx

from oauth2system.i18n import _, translate
from oauth2system.services.accounts import profile
from oauth2system.ui.components import field, password_field
from oauth2system.ui.query import Address, problem, typed
from oauth2system.ui.state import Visitor, Who, event


class UsernameState(Visitor):
    """What the username field says while it is typed."""

    free: str = ""

    @event(Who.ANYONE)
    async def check(self, name: str) -> None:
        """Say what is wrong with this username, or that it is free; an empty field is left in peace."""
        sentence = await self.call(profile.username_problem, name[:100]) if name.strip() else ""
        self.problems = {**self.problems, "username": translate(sentence or "")}
        self.free = _("This one is free.") if sentence is None else ""


def username() -> rx.Component:
    """Return the field that is judged while it is typed."""
    return field(
        _("Username"),
        "username",
        hint=_("3 to 32 of a-z, 0-9 and . _ -. Sites see it, and it stays."),
        problem=problem("username"),
        good=UsernameState.free,
        default_value=typed("username"),
        key=Address.form,
        on_change=UsernameState.check.debounce(300),
        auto_complete="username",
        auto_capitalize="none",
        spell_check=False,
        required=True,
        max_length=64,
    )


def display_name() -> rx.Component:
    """Return the field for the name others read."""
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


def email(hint: str) -> rx.Component:
    """Return the field for the address."""
    return field(
        _("Email"),
        "email",
        type="email",
        hint=hint,
        problem=problem("email"),
        default_value=typed("email"),
        key=Address.form,
        auto_complete="email",
        required=True,
        max_length=254,
    )


def new_password() -> rx.Component:
    """Return the field for a new password."""
    return password_field(
        _("Password"),
        new=True,
        problem=problem("password"),
        hint=_("8 characters or more. A few words in a row are strong and easy to keep."),
    )
