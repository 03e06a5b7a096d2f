"""The pieces pages are made of: plain elements dressed by one stylesheet."""

from oauth2system.ui.components.feedback import empty, lost_connection, mailbox, notice, saved, skeleton, told
from oauth2system.ui.components.forms import (
    NativeForm,
    PlainLink,
    button,
    field,
    from_address,
    hidden,
    native_form,
    password_field,
    submit,
    switch,
)
from oauth2system.ui.components.marks import icon, mark, monogram
from oauth2system.ui.components.shown import Shown
from oauth2system.ui.components.values import code, copy_button, named_value, shown_once, value

__all__ = [
    "NativeForm",
    "PlainLink",
    "Shown",
    "button",
    "code",
    "copy_button",
    "empty",
    "field",
    "from_address",
    "hidden",
    "icon",
    "lost_connection",
    "mailbox",
    "mark",
    "monogram",
    "named_value",
    "native_form",
    "notice",
    "password_field",
    "saved",
    "shown_once",
    "skeleton",
    "submit",
    "switch",
    "told",
    "value",
]
