"""Sign in: two fields, posted natively, so that it works with script off and nothing is kept in a state."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import field, from_address, native_form, notice, password_field, submit, told
from oauth2system.ui.query import Address, typed
from oauth2system.ui.state import Visitor


@layout.page(
    "/login", _("Sign in"), description=_("Sign in with your one account."), on_load=[Visitor.look, Address.read]
)
def login() -> rx.Component:
    """Show the form in any case; whoever is signed in may go on without it."""
    return layout.single(
        _("Sign in"),
        rx.el.div(
            told(Visitor.told, Visitor.told_kind),
            rx.cond(Visitor.signed_in, rx.cond(Address.asks_anew, _again(), _already())),
            native_form(
                "/session",
                from_address("flow", "next"),
                field(
                    _("Username or email"),
                    "login",
                    default_value=typed("login"),
                    key=typed("login"),
                    auto_complete="username",
                    auto_capitalize="none",
                    spell_check=False,
                    required=True,
                    auto_focus=True,
                ),
                password_field(_("Password")),
                submit(_("Sign in")),
            ),
            rx.el.p(
                rx.el.a(_("Forgot your password?"), href="/account/password_reset", class_name="link-line"),
                class_name="aside",
            ),
            class_name="card",
        ),
        rx.cond(Address.in_flow, _cancel()),
        rx.el.p(
            _("New here?"),
            " ",
            rx.el.a(_("Create account"), href="/registration" + Address.carried, class_name="link-line"),
            class_name="aside",
        ),
    )


def _cancel() -> rx.Component:
    """Let a person go back to the site without signing in; a session they have stays as it is (T105)."""
    return native_form(
        "/consent",
        from_address("flow"),
        rx.el.button(_("Cancel"), type="submit", name="decision", value="cancel", class_name="button bare"),
        class_name="aside",
    )


def _again() -> rx.Component:
    """Offer no way on without a sign-in, where the site takes none of before (OIDC Core §3.1.2.1)."""
    words = rx.fragment(
        _("You are signed in as "), rx.el.b(Visitor.username), _(", but this site asks you to sign in again.")
    )
    return rx.el.div(notice(words), class_name="notice-slot")


def _already() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.span(_("You are signed in as "), rx.el.b(Visitor.username), "."),
            rx.el.a(_("Continue"), href=Address.onward, class_name="button", reload_document=True),
            class_name="notice info already",
        ),
        rx.el.p(_("Or use another account:"), class_name="strong between"),
    )
