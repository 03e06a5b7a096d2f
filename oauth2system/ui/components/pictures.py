"""Uploading a picture: a native form, which a script of ours lets the person cut and shows the progress of."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.markup.parts import Content
from oauth2system.ui.components.reflex_parts import parts
from oauth2system.ui.theme import add_version

KINDS = "image/png,image/jpeg,image/webp,image/gif"
# React leaves alone what the script puts there.
_LEFT_ALONE = {"suppressHydrationWarning": True, "dangerouslySetInnerHTML": rx.Var('{"__html": ""}')}


def upload(action: str, *more: Content, whole: bool = False) -> rx.Component:
    """Return the form that uploads a picture; `whole` shows all of it at first, as a logo needs it."""
    return parts.native_form(
        action,
        *more,
        parts.field(
            _("Picture"),
            "picture",
            type="file",
            accept=KINDS,
            required=True,
            problem="",
            hint=_("A PNG, JPEG, WebP or GIF file of at most 8 MB."),
        ),
        rx.el.div(
            class_name="crop" if whole else "crop round",
            custom_attrs={
                **_LEFT_ALONE,
                "data-crops": "",
                "data-area": _("The part that is shown. Move it with the arrow keys, or by dragging."),
                "data-zoom": _("Zoom"),
                "data-sending": _("Uploading"),
                "data-failed": _("The picture could not be sent. Check your connection, then try again."),
            },
        ),
        parts.submit(_("Upload picture"), kind="main"),
        custom_attrs={"encType": "multipart/form-data", "data-uploads": "whole" if whole else "middle"},
    )


def upload_script() -> rx.Component:
    """Return the script of `upload`, for the pages that have one."""
    return rx.el.script(src=add_version("picture.js"), custom_attrs={"async": True})
