"""The front page: what this is, and where to begin."""

import reflex as rx

from oauth2system.i18n import _


@rx.page(route="/", title="Oauth2System")
def home() -> rx.Component:
    """Say what Oauth2System is and let a visitor start."""
    return rx.el.main(
        rx.el.h1(_("One login for all your sites")),
        rx.el.p(_("Create an account, connect your site, and let your visitors sign in.")),
        rx.el.a(_("Create account"), href="/registration", reload_document=True),
    )
