"""How an app authenticates: one method, and public keys for the methods that sign."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import notice, sentence
from oauth2system.ui.pages.apps.protocol_controls import address, problem_place, saved_place, text
from oauth2system.ui.pages.apps.protocol_state import KEYS, KEYS_AT, METHOD, SIGNED, ProtocolState

METHODS = (
    (
        "client_secret_basic",
        _("Secret in the header"),
        _("HTTP Basic, what most libraries do by themselves. Only for an app on a server."),
    ),
    (
        "client_secret_post",
        _("Secret in the form"),
        _("The same secret, sent as client_secret in the body. For libraries that cannot send a header."),
    ),
    (
        SIGNED,
        _("Its own key"),
        _("The app signs with a private key that never leaves it. The simple flow ends: it needs a secret."),
    ),
    (
        "client_secret_jwt",
        _("Signed with the secret"),
        _("The secret signs and is not sent. You get a new one, which we keep encrypted to check signatures."),
    ),
    (
        "none",
        _("Nothing: the app is public"),
        _("It runs in a browser or on a phone, where no secret is safe. PKCE is always on, the simple flow is off."),
    ),
)


def proof() -> rx.Component:
    """Return the choice of a method."""
    return layout.section(
        _("Client authentication"),
        _("An app has one method; any other is refused. Change it here and in your site at the same time."),
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend(_("Method"), class_name="unseen"),
                *(_method(value, words, means) for value, words, means in METHODS),
            ),
            rx.cond(
                ProtocolState.wanted != ProtocolState.values[METHOD],
                notice(_("One more step: give the app's public keys below. The method changes with them."), "info"),
            ),
            rx.cond(ProtocolState.has_idle_secrets, _idle()),
            problem_place(METHOD),
            saved_place(METHOD),
            class_name="stack tight",
        ),
    )


def _idle() -> rx.Component:
    """Say that the secrets of the earlier method are not accepted now."""
    return notice(
        sentence(
            _(
                "The app's client secrets are not accepted any more. They would be if it used a secret again: "
                "{retire_them} once you are sure."
            ),
            retire_them=rx.el.a(
                _("retire them"), href="/apps/" + ProtocolState.app_id + "/secrets", class_name="link-line"
            ),
        ),
        "info",
    )


def _method(value: str, words: str, means: str) -> rx.Component:
    own = f"method-{value}"
    return rx.el.label(
        rx.el.input(
            id=own,
            type="radio",
            name=METHOD,
            value=value,
            default_checked=ProtocolState.wanted == value,
            on_change=lambda _event: ProtocolState.choose_method(value),
            key=ProtocolState.round,
            disabled=ProtocolState.is_fapi if value != SIGNED else False,
        ),
        rx.el.span(
            rx.el.span(rx.el.b(words), " ", rx.el.code(value, class_name="faint")),
            rx.el.span(means, class_name="hint"),
            class_name="option",
        ),
        html_for=own,
        class_name="choice",
    )


def keys() -> rx.Component:
    """Return the fields for the app's public keys."""
    return layout.section(
        _("Public keys"),
        _("For an app that signs: with private_key_jwt, or in signed requests. Give the keys, or where we find them."),
        rx.el.details(
            rx.el.summary(_("Register public keys")),
            rx.el.div(
                address(
                    KEYS_AT,
                    _("Address of the keys (jwks_uri)"),
                    _("Best: you change keys by yourself. We read it when a key is unknown, once a minute at most."),
                    "https://example.org/jwks.json",
                ),
                text(
                    KEYS,
                    _("The keys themselves (JWKS)"),
                    _("Public keys only, as JSON. Take out the one before you fill in the other."),
                    area=True,
                    rows=6,
                    class_name="mono",
                ),
                class_name="stack",
            ),
            open=ProtocolState.has_keys | (ProtocolState.wanted == SIGNED),
        ),
    )
