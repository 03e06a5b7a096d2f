"""The two pages of an app: what everybody needs, and the protocol settings."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import Shown


def tabs(app_id: Shown, *, at_protocol: bool = False) -> rx.Component:
    """Return the way between an app's pages; `at_protocol` says on which one this stands."""
    return rx.el.nav(
        layout.tab("/apps/" + app_id, _("Overview"), here=not at_protocol),
        layout.tab("/apps/" + app_id + "/protocol", _("Protocol"), here=at_protocol),
        class_name="tabs",
        custom_attrs={"aria-label": _("This app")},
    )
