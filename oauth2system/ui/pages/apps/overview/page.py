"""An app's first page: what a developer needs right after they made the app, and how the connection stands later."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import named_value, refresh_button
from oauth2system.ui.pages.apps.activity.last_problem import last_problem
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.checklist.checklist_state import ChecklistState
from oauth2system.ui.pages.apps.checklist.section import checklist
from oauth2system.ui.pages.apps.connect.state import ConnectState
from oauth2system.ui.pages.apps.health.health_state import HealthState
from oauth2system.ui.pages.apps.health.section import health
from oauth2system.ui.pages.apps.overview.danger import danger
from oauth2system.ui.pages.apps.overview.redirect_uris import simple_flow, uris
from oauth2system.ui.pages.apps.overview.start import start
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.pages.apps.secrets.section import first_secret
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor

LOADS = [
    Visitor.look,
    Address.read,
    AppState.load,
    SecretsState.show_first,
    ConnectState.begin,
    ChecklistState.load,
    HealthState.check,
]


@layout.page("/apps/[client_id]", _("Your app"), on_load=LOADS)
def app() -> rx.Component:
    """Show the app, or say that there is none here."""
    return show_app(
        AppState,
        "",
        _("Your app"),
        first_secret(),
        rx.el.section(named_value(_("CLIENT ID"), AppState.app_id), class_name="section"),
        uris(),
        start(),
        checklist(),
        last_problem(),
        health(),
        simple_flow(),
        danger(),
        refresh_button([AppState.look_again, ChecklistState.look_again]),
    )
