"""An app's page: everything a developer needs to connect a site, top to bottom in the order they need it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import (
    button,
    empty,
    field,
    named_value,
    notice,
    notice_place,
    refresh_button,
    saved_note,
    shown_once,
)
from oauth2system.ui.pages.apps.app_danger import danger
from oauth2system.ui.pages.apps.app_logo import logo
from oauth2system.ui.pages.apps.app_redirect_uris import simple_flow, uris
from oauth2system.ui.pages.apps.app_refusals import refusals
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect.addresses import addresses
from oauth2system.ui.pages.apps.connect.quick_start_state import QuickStartState
from oauth2system.ui.pages.apps.connect.section import connect
from oauth2system.ui.pages.apps.connect.state import ConnectState
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.pages.apps.secrets.section import secrets
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor


@layout.page(
    "/apps/[client_id]",
    _("Your app"),
    on_load=[
        Visitor.look,
        Address.read,
        AppState.load,
        SecretsState.load,
        ConnectState.begin,
        QuickStartState.begin_start,
    ],
)
def app() -> rx.Component:
    """Show the app, or say that there is none here."""
    return layout.wide(
        layout.back("/apps", _("Your apps")),
        rx.match(AppState.stage, ("ready", _ready()), ("missing", _missing_app()), layout.waiting_page(_("Your app"))),
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
        refusals(),
        addresses(),
        _about(),
        logo(AppState.app_id, AppState.name, AppState.logo),
        refresh_button([AppState.look_again, SecretsState.look_again]),
        secrets(),
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


def _about() -> rx.Component:
    return layout.section(
        _("What visitors see"),
        _("Both are shown when somebody is asked to sign in to your site."),
        field(
            _("Name"),
            "name",
            problem=problem("name"),
            default_value=AppState.name,
            key=AppState.field_round,
            on_blur=AppState.rename,
            max_length=64,
            auto_complete="off",
            custom_attrs={"data-leaves": ""},
        ),
        _saved_note("name"),
        field(
            _("Description"),
            "description",
            area=True,
            problem=problem("description"),
            hint=_("One or two sentences. Saved as soon as you leave the field."),
            default_value=AppState.description,
            key=AppState.field_round,
            on_blur=AppState.describe,
            max_length=300,
        ),
        _saved_note("description"),
    )


def _saved_note(name: str) -> rx.Component:
    return saved_note(rx.cond(AppState.saved == name, _("Saved"), ""), AppState.undo, can_undo=AppState.can_undo)


def _missing_app() -> rx.Component:
    return rx.fragment(
        layout.heading(_("No such app")),
        rx.el.div(
            empty(
                _("There is nothing here"),
                _("The app was deleted, or it belongs to somebody else."),
                rx.el.a(_("Your apps"), href="/apps", class_name="button main"),
            ),
            class_name="card flat",
        ),
    )
