"""What people see of an app when it asks them: its name, its links, its logo, and whether its domain is proved."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import refresh_button
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.consent.domains import domains
from oauth2system.ui.pages.apps.consent.domains_state import DomainsState
from oauth2system.ui.pages.apps.consent.logo import logo
from oauth2system.ui.pages.apps.consent.settings import about
from oauth2system.ui.pages.apps.consent.settings_state import ConsentSettingsState
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor

LOADS = [Visitor.look, Address.read, AppState.load, ConsentSettingsState.load, DomainsState.load]


@layout.page("/apps/[client_id]/consent", _("Consent page"), on_load=LOADS)
def app_consent() -> rx.Component:
    """Show what the owner says about the app, or say that there is no such app."""
    return show_app(
        AppState,
        "/consent",
        _("Consent page"),
        about(),
        logo(AppState.app_id, AppState.name, AppState.logo),
        domains(),
        refresh_button([AppState.look_again, DomainsState.look_again]),
    )
