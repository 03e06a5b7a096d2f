"""The page of an app's secrets, and of its tokens when they got into wrong hands."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import refresh_button
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.pages.apps.secrets.section import first_secret, secrets
from oauth2system.ui.pages.apps.secrets.tokens import tokens
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor

LOADS = [Visitor.look, Address.read, SecretsState.load, SecretsState.show_first]


@layout.page("/apps/[client_id]/secrets", _("Client secrets"), on_load=LOADS)
def app_secrets() -> rx.Component:
    """Show the secrets, or say that there is no such app."""
    return show_app(SecretsState, "/secrets", _("Client secrets"), first_secret(), secrets(), tokens(), _refresh())


def _refresh() -> rx.Component:
    """Look again: while a secret is being replaced every few seconds, otherwise when the page comes into sight."""
    return rx.cond(
        SecretsState.rotating,
        refresh_button(SecretsState.look_again, live=True),
        refresh_button(SecretsState.look_again),
    )
