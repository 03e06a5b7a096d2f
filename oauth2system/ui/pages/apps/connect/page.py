"""The page that connects a site: in which way, by which link, by which program, and at which addresses."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import named_value, notice, refresh_button, sentence
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect.addresses import addresses
from oauth2system.ui.pages.apps.connect.builder import builder
from oauth2system.ui.pages.apps.connect.quick_start_state import QuickStartState
from oauth2system.ui.pages.apps.connect.quick_starts import quick_starts
from oauth2system.ui.pages.apps.connect.state import ConnectState
from oauth2system.ui.pages.apps.overview.start import public_note
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.pages.apps.secrets.section import first_secret
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor

LOADS = [
    Visitor.look,
    Address.read,
    AppState.load,
    SecretsState.show_first,
    ConnectState.begin,
    QuickStartState.begin_start,
]


@layout.page("/apps/[client_id]/connect", _("Connect your site"), on_load=LOADS)
def app_connect() -> rx.Component:
    """Show the ways to connect a site, or say that there is no such app."""
    return show_app(
        AppState,
        "/connect",
        _("Connect your site"),
        first_secret(),
        rx.cond(problem("redirect_uri") != "", notice(problem("redirect_uri"), "bad")),
        rx.cond(AppState.simple_flow, _simple_way(), _standard_way()),
        rx.cond(AppState.simple_flow | AppState.takes_links, builder()),
        quick_starts(),
        addresses(),
        refresh_button(AppState.look_again),
    )


def _simple_way() -> rx.Component:
    return layout.section(
        _("Connect your site"),
        None,
        rx.el.p(
            sentence(
                _(
                    "Visitors return to your address with {value}. Your server trades it for the visitor, once, "
                    "within 120 seconds."
                ),
                value=rx.el.code("?oauth_token=VALUE"),
            ),
        ),
        rx.el.p(
            rx.el.a(_("More languages, and what can go wrong"), href="/docs/simple-flow", class_name="link-line strong")
        ),
    )


def _standard_way() -> rx.Component:
    return layout.section(
        _("Connect your app"),
        _("Give a library for OpenID Connect the CLIENT ID and the discovery address below; it finds out the rest."),
        named_value(_("CLIENT ID"), AppState.app_id),
        public_note(),
    )
