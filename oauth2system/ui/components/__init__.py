"""The components of pages: plain elements, styled by one stylesheet."""

from oauth2system.markup.parts import Content
from oauth2system.ui.components.feedback import lost_connection, needs_connection, notice_place, saved_note, skeleton
from oauth2system.ui.components.forms import PlainLink, button, refresh_button, switch, watched
from oauth2system.ui.components.reflex_parts import NativeForm, parts
from oauth2system.ui.components.values import code, copy_button, named_value, sentence, shown_once, value

empty, field, hidden, icon, mark, monogram = (
    parts.empty,
    parts.field,
    parts.hidden,
    parts.icon,
    parts.mark,
    parts.monogram,
)
native_form, notice, password_field, submit = parts.native_form, parts.notice, parts.password_field, parts.submit
passkey_form = parts.passkey_form

__all__ = [
    "Content",
    "NativeForm",
    "PlainLink",
    "button",
    "code",
    "copy_button",
    "empty",
    "field",
    "hidden",
    "icon",
    "lost_connection",
    "mark",
    "monogram",
    "named_value",
    "native_form",
    "needs_connection",
    "notice",
    "notice_place",
    "passkey_form",
    "password_field",
    "refresh_button",
    "saved_note",
    "sentence",
    "shown_once",
    "skeleton",
    "submit",
    "switch",
    "value",
    "watched",
]
