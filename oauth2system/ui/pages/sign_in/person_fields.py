"""The four fields of a new account, used by registration and by the set-up of the first administrator."""

from oauth2system.i18n import _
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.ui.pages.sign_in.frame import problem_of


def fields(seen: PageVisit, email_hint: str) -> list[Html]:
    """Return all four, with what was typed before and what is wrong with it."""
    return [_username(seen), _display_name(seen), email(seen, email_hint), _new_password(seen)]


def _username(seen: PageVisit) -> Html:
    """Return the field that a script has judged while it is typed; without it, the form is judged when sent."""
    return parts.field(
        _("Username"),
        "username",
        hint=_(
            "3 to 32 characters: a-z, 0-9, dot, dash, underscore. Sites see it; you can change it a few times a year."
        ),
        problem=problem_of(seen, "username"),
        good=_("This one is free."),
        default_value=seen.values.get("username", ""),
        auto_complete="username",
        auto_capitalize="none",
        spell_check=False,
        required=True,
        max_length=64,
        custom_attrs={"data-judged-by": "/registration/username"},
    )


def _display_name(seen: PageVisit) -> Html:
    return parts.field(
        _("Display name"),
        "display_name",
        hint=_("How sites greet you. You can change it any time."),
        problem=problem_of(seen, "display_name"),
        default_value=seen.values.get("display_name", ""),
        auto_complete="name",
        max_length=64,
    )


def email(seen: PageVisit, hint: str | None = None) -> Html:
    """Return the field for the address."""
    return parts.field(
        _("Email"),
        "email",
        type="email",
        hint=hint,
        problem=problem_of(seen, "email"),
        default_value=seen.values.get("email", ""),
        auto_complete="email",
        required=True,
        max_length=254,
    )


def _new_password(seen: PageVisit) -> Html:
    return parts.password_field(
        _("Password"),
        new=True,
        problem=problem_of(seen, "password"),
        hint=_("8 characters or more. A few words in a row are strong and easy to keep."),
    )
