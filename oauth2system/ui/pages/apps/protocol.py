"""An app's protocol settings: authentication, grants, requests, tokens and sign-out. For the developer of the app."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.ui import layout
from oauth2system.ui.components import button, named_value, shown_once, switch
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.protocol_authentication import keys, proof
from oauth2system.ui.pages.apps.protocol_controls import address, choice, flag, problem_place, saved_place, several
from oauth2system.ui.pages.apps.protocol_sign_out import sign_out
from oauth2system.ui.pages.apps.protocol_state import ProtocolState
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor


@layout.page(
    "/apps/[client_id]/protocol", _("Protocol settings"), on_load=[Visitor.look, Address.read, ProtocolState.load]
)
def app_protocol() -> rx.Component:
    """Show the settings, or say that there is no such app."""
    return show_app(
        ProtocolState,
        "/protocol",
        _("Protocol settings"),
        rx.cond(
            ProtocolState.secret != "",
            shown_once(
                _("CLIENT SECRET"),
                ProtocolState.secret,
                _("The new method needs this secret. Copy it now: it is shown this once, on this page alone."),
                button(_("I have copied it"), ProtocolState.close_secret),
            ),
        ),
        _start(),
        proof(),
        keys(),
        _asking(),
        _how(),
        _answers(),
        sign_out(),
        _fapi(),
        lead=_("OAuth 2.1 and OpenID Connect. Each change is saved at once and counts from the next request on."),
    )


def _start() -> rx.Component:
    return rx.el.section(
        named_value(_("Discovery address"), Visitor.origin + "/.well-known/openid-configuration"),
        rx.el.p(_("Most libraries need this address and the CLIENT ID, and find out the rest."), class_name="hint"),
        class_name="section",
    )


def _asking() -> rx.Component:
    return layout.section(
        _("Grants and scopes"),
        None,
        several(
            "grant_types",
            _("Grants: how the app gets tokens"),
            (
                (CODE_GRANT, "authorization_code", _("A person signs in in their browser. What most apps need.")),
                (REFRESH_GRANT, "refresh_token", _("The app stays connected after the first ten minutes.")),
                (DEVICE_GRANT, "device_code", _("A television or a command line: the person types a code elsewhere.")),
                (CLIENT_CREDENTIALS, "client_credentials", _("The app acts for itself, and no person is there.")),
            ),
        ),
        several(
            "scope",
            _("Scopes: what people can be asked to share"),
            (
                ("openid", "openid", _("Sign in, with an ID token")),
                ("profile", "profile", _("Username, display name and avatar")),
                ("email", "email", _("Email address")),
                (
                    "identify",
                    "identify",
                    _("Username, display name, user id and avatar, as in the simple flow"),
                ),
                ("offline_access", "offline_access", _("Keep the access while the person is away")),
            ),
        ),
    )


def _how() -> rx.Component:
    return layout.section(
        _("Requests"),
        None,
        flag(
            "require_pkce",
            _("PKCE is required"),
            rx.cond(
                ProtocolState.is_public,
                _("Always on for a public app: a stolen code is worth nothing without its verifier."),
                _("A stolen code is worth nothing without its verifier. Leave it on unless a library cannot do it."),
            ),
            disabled=ProtocolState.is_public | ProtocolState.is_fapi,
        ),
        flag(
            "require_pushed_authorization_requests",
            _("Pushed requests are required (PAR)"),
            _("Your server sends the request to us first, so nobody can change it in the browser."),
            disabled=ProtocolState.is_fapi,
        ),
        flag(
            "require_signed_request_object",
            _("Signed requests are required (JAR)"),
            _("Your app signs each request with one of its keys."),
        ),
    )


def _answers() -> rx.Component:
    return layout.section(
        _("Tokens"),
        None,
        choice(
            "access_token_format",
            _("Access tokens"),
            (
                ("opaque", _("Opaque: short, and ended the moment they are revoked"), ""),
                ("jwt", _("JWT: your own API can check them by itself"), ""),
            ),
            _("A JWT stays good at your API until it expires, up to ten minutes, also after it was revoked."),
        ),
        flag(
            "dpop_bound_access_tokens",
            _("Tokens are bound to a key (DPoP)"),
            _("A stolen token is of no use without the app's key. Every token request must then bring a DPoP proof."),
            disabled=ProtocolState.is_fapi,
        ),
        choice(
            "id_token_signed_response_alg",
            _("ID tokens are signed with"),
            (
                ("RS256", _("RS256: every library knows it"), "fapi"),
                ("ES256", _("ES256: shorter, recommended for a new app"), ""),
                ("EdDSA", _("EdDSA: shortest, with Ed25519"), ""),
                ("PS256", _("PS256: what FAPI names first"), ""),
            ),
            _(
                "Your library must know the algorithm; the key itself it finds by discovery. ES256 is as safe as "
                "RS256, and this server signs with it in a fraction of the time, so a busy site signs people in faster."
            ),
        ),
        flag(
            "id_token_userinfo_claims",
            _("Name and email in the ID token too"),
            _("For libraries that never ask userinfo. The token then holds what the granted scopes give there."),
        ),
        choice(
            "subject_type",
            _("People are known by"),
            (
                ("public", _("Their user id: the same at every app"), ""),
                ("pairwise", _("An id for this app alone: no two sites can compare"), ""),
            ),
            _("Changing this gives every person another id at your site. Decide it before the first person signs in."),
        ),
        rx.cond(
            (ProtocolState.values["subject_type"] == "pairwise")
            | (ProtocolState.values["sector_identifier_uri"] != "")
            | (problem("subject_type") != ""),
            address(
                "sector_identifier_uri",
                _("Sector document"),
                _(
                    "Only if the redirect URIs are on several hosts: a JSON list of all of them, at an address of "
                    "yours. People are then known by one name at all of these hosts."
                ),
                "https://example.org/sector.json",
            ),
        ),
    )


def _fapi() -> rx.Component:
    return layout.section(
        _("High security: FAPI 2.0"),
        _("The profile of banks and health care, as one switch."),
        switch(
            _("FAPI 2.0 Security Profile"),
            ProtocolState.is_fapi,
            ProtocolState.switch_fapi,
            own="profile",
            key=ProtocolState.round,
            hint=_(
                "Switches on PKCE, pushed requests and DPoP, signs ID tokens with PS256, ES256 or EdDSA, and ends the "
                "simple flow. The app must authenticate with private_key_jwt. Switching it off changes none of these."
            ),
        ),
        problem_place("profile"),
        saved_place("profile"),
    )
