"""The pieces of markup/parts.py over Reflex's elements."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from oauth2system.markup.parts import Content, Parts


class NativeForm(rx.el.Div):
    """A form that the browser itself posts; Reflex's own always prevents that."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


def _when(text: Content, make: Callable[[], Any], otherwise: Any) -> Any:
    """Show something while a text is not empty; a constant text is checked now."""
    if isinstance(text, rx.Var):
        return rx.cond(text != "", make(), rx.fragment() if otherwise is None else otherwise)
    return make() if text else (rx.fragment() if otherwise is None else otherwise)


parts = Parts(rx.el, NativeForm.create, _when)
