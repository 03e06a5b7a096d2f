"""The shortest way to a first sign-in: a ready link, or the one address that a library needs."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import named_value
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect.addresses import DISCOVERY, path_of
from oauth2system.ui.pages.apps.connect.builder import no_address, show_link
from oauth2system.ui.pages.apps.connect.state import ConnectState
from oauth2system.ui.state import Visitor


def start() -> rx.Component:
    """Return the link or the address, and the way to everything else that connects a site."""
    return rx.cond(AppState.simple_flow, _simple(), _standard())


def _simple() -> rx.Component:
    link = rx.cond(ConnectState.link != "", rx.el.div(show_link(), class_name="stack"))
    return layout.section(
        _("Connect your site"), None, rx.cond(ConnectState.link_uri == "", no_address(), link), _more()
    )


def _standard() -> rx.Component:
    discovery = named_value(_("Discovery address"), Visitor.origin + path_of(DISCOVERY))
    return layout.section(_("Connect your app"), None, discovery, public_note(), _more())


def public_note() -> rx.Component:
    """Say of a public app why it has no secret."""
    words = _("The app is public: it has no secret and proves each sign-in with PKCE, which libraries do for it.")
    return rx.cond(AppState.is_public, rx.el.p(words))


def _more() -> rx.Component:
    return rx.el.p(
        rx.el.a(
            _("Change the link, and see quick starts"),
            href="/apps/" + AppState.app_id + "/connect",
            class_name="link-line strong",
        )
    )
