"""The pages of the way in as Reflex knows them: a frame, and a slot that the server fills (decision 0022)."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout

TITLES = {
    "/login": _("Sign in"),
    "/login/second_factor": _("Second step"),
    "/registration": _("Create account"),
    "/setup": _("Set up this server"),
    "/account/email_confirm": _("Confirm your email"),
    "/account/password_reset": _("New password"),
    "/account/terms": _("Accept the terms"),
    "/account/authenticator": _("Set up authenticator app"),
    "/account/recovery_codes": _("Recovery codes"),
    "/consent": _("Sign in to a site"),
    "/device": _("Connect a device"),
}


def _slot() -> rx.Component:
    return layout.slot()


for _route, _title in TITLES.items():
    layout.page(_route, _title, by_server=True)(_slot)
