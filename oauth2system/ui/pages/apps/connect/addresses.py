"""The addresses that libraries and products ask for."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.protocol.discovery import PATHS
from oauth2system.ui import layout
from oauth2system.ui.components import code, named_value, sentence
from oauth2system.ui.docs import snippets
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.state import Visitor

ISSUER, DISCOVERY = "issuer", "discovery"
# What products ask for, in the order of most of their forms.
ADDRESSES = (
    (ISSUER, _("Issuer")),
    (DISCOVERY, _("Discovery address")),
    ("authorization_endpoint", _("Authorization endpoint")),
    ("token_endpoint", _("Token endpoint")),
    ("userinfo_endpoint", _("Userinfo endpoint")),
    ("jwks_uri", _("JWKS address")),
    ("end_session_endpoint", _("Sign-out endpoint")),
)


def addresses() -> rx.Component:
    """Return the addresses, and the settings that most products read from their environment."""
    return layout.section(
        _("Addresses for a library"),
        _("Most libraries need the issuer or the discovery address alone. Some products ask for each."),
        rx.el.div(
            *(named_value(label, Visitor.origin + path_of(name)) for name, label in ADDRESSES), class_name="addresses"
        ),
        rx.cond(AppState.takes_secret, _libraries()),
    )


def path_of(name: str) -> str:
    """Return what follows the origin in one of these addresses."""
    return {ISSUER: "", DISCOVERY: "/.well-known/openid-configuration"}.get(name) or PATHS.get(name, "")


def _libraries() -> rx.Component:
    return rx.el.div(
        rx.el.details(
            rx.el.summary(_("Settings as a .env file")),
            code(".env", snippets.env(Visitor.origin, AppState.app_id)),
        ),
        rx.el.p(
            sentence(
                _("Does your library read the name from the ID token? Switch on: {switch}"),
                switch=rx.el.a(_("Name and email in the ID token too"), href="/apps/" + AppState.app_id + "/protocol"),
            ),
            class_name="hint",
        ),
    )
