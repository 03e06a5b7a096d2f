"""The logo of an app: shown, uploaded, removed."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import hidden, monogram, native_form, submit
from oauth2system.ui.components.pictures import upload, upload_script


def logo(client_id: str, name: str, address: str) -> rx.Component:
    """Show the logo with the forms that change it."""
    return layout.section(
        _("Logo"),
        _("People see it when they are asked to sign in to your site, and among their connections."),
        rx.el.div(
            monogram(name[0], address, big=True),
            rx.cond(
                address != "",
                native_form(
                    "/apps/logo/remove",
                    hidden("client_id", client_id),
                    submit(_("Remove picture"), kind="harm"),
                    class_name="",
                ),
                rx.el.p(
                    _("The first letter of the name stands for the app until you upload a logo."), class_name="quiet"
                ),
            ),
            class_name="who",
        ),
        upload("/apps/logo?client_id=" + client_id, whole=True),
        upload_script(),
    )
