"""An app's page: everything a developer needs to connect a site, top to bottom in the order they need it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import (
    button,
    named_value,
    notice,
    notice_place,
    refresh_button,
    shown_once,
)
from oauth2system.ui.pages.apps.activity.last_problem import last_problem
from oauth2system.ui.pages.apps.app_danger import danger
from oauth2system.ui.pages.apps.app_logo import logo
from oauth2system.ui.pages.apps.app_redirect_uris import simple_flow, uris
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.checklist.checklist_state import ChecklistState
from oauth2system.ui.pages.apps.checklist.section import checklist
from oauth2system.ui.pages.apps.connect.addresses import addresses
from oauth2system.ui.pages.apps.connect.quick_start_state import QuickStartState
from oauth2system.ui.pages.apps.connect.section import connect
from oauth2system.ui.pages.apps.connect.state import ConnectState
from oauth2system.ui.pages.apps.consent.domains import domains
from oauth2system.ui.pages.apps.consent.domains_state import DomainsState
from oauth2system.ui.pages.apps.consent.settings import about
from oauth2system.ui.pages.apps.consent.settings_state import ConsentSettingsState
from oauth2system.ui.pages.apps.health.health_state import HealthState
from oauth2system.ui.pages.apps.health.section import health
from oauth2system.ui.pages.apps.no_app import missing_app
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.pages.apps.secrets.section import secrets
from oauth2system.ui.pages.apps.secrets.tokens import tokens
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor

LOADS = [
    Visitor.look,
    Address.read,
    AppState.load,
    SecretsState.load,
    ConnectState.begin,
    QuickStartState.begin_start,
    ConsentSettingsState.load,
    DomainsState.load,
    ChecklistState.load,
    HealthState.check,
]


@layout.page("/apps/[client_id]", _("Your app"), on_load=LOADS)
def app() -> rx.Component:
    """Show the app, or say that there is none here."""
    return layout.wide(
        layout.back("/apps", _("Your apps")),
        rx.match(AppState.stage, ("ready", _ready()), ("missing", missing_app()), layout.waiting_page(_("Your app"))),
        current="/apps",
        class_name="read",
    )


def _ready() -> rx.Component:
    return rx.el.div(
        layout.heading(AppState.name),
        layout.app_tabs(AppState.app_id),
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            AppState.disabled,
            notice(_("An administrator has disabled this app: nobody can sign in with it for now."), "bad"),
        ),
        _secret(),
        _credentials(),
        uris(),
        connect(),
        checklist(),
        last_problem(),
        addresses(),
        about(),
        domains(),
        logo(AppState.app_id, AppState.name, AppState.logo),
        refresh_button(
            [AppState.look_again, SecretsState.look_again, DomainsState.look_again, ChecklistState.look_again]
        ),
        health(),
        secrets(),
        tokens(),
        simple_flow(),
        danger(),
    )


def _secret() -> rx.Component:
    return rx.cond(
        (SecretsState.secret != "") & SecretsState.secret_is_first,
        shown_once(
            _("CLIENT SECRET"),
            SecretsState.secret,
            _("Copy it now and keep it on your server. It is shown this once; we keep only a fingerprint of it."),
            button(_("I have copied it"), SecretsState.close_secret),
        ),
    )


def _credentials() -> rx.Component:
    return rx.el.section(named_value(_("CLIENT ID"), AppState.app_id), class_name="section")
