"""How a site is connected: in which way, by which link, and by which program."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import sentence
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect.builder import builder
from oauth2system.ui.pages.apps.connect.quick_starts import quick_starts


def connect() -> rx.Component:
    """Return the ways to connect a site, the link, and the quick starts."""
    return rx.fragment(
        rx.cond(AppState.simple_flow, _simple_way(), _standard_way()),
        rx.cond(AppState.simple_flow | AppState.takes_links, builder()),
        quick_starts(),
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
        rx.cond(
            AppState.is_public,
            rx.el.p(
                _("The app is public: it has no secret and proves each sign-in with PKCE, which libraries do for it.")
            ),
        ),
    )
