"""The picture of an account: shown, uploaded, removed."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import native_form, submit
from oauth2system.ui.components.pictures import upload, upload_script


def picture(address: str, is_uploaded: bool) -> rx.Component:  # noqa: FBT001  (a Var)
    """Show the picture with the forms that change it."""
    return layout.section(
        _("Your picture"),
        _(
            "Sites that may see your name see it too, the next time they look. "
            "What a camera wrote into it, such as a place, is removed."
        ),
        rx.el.div(
            rx.el.img(src=address, alt=_("Your picture now"), class_name="face large", width="96", height="96"),
            rx.cond(
                is_uploaded,
                native_form("/account/avatar/remove", submit(_("Remove picture"), kind="harm"), class_name=""),
                rx.el.p(_("A drawing stands for you until you upload a picture."), class_name="quiet"),
            ),
            class_name="who",
        ),
        upload("/account/avatar"),
        upload_script(),
    )
