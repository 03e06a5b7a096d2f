"""Controls that answer over the socket, buttons and switches, and links that the browser itself follows."""

from typing import Any

import reflex as rx
from reflex.event import EventType

from oauth2system.markup.parts import Content


class PlainLink(rx.el.Div):
    """A link that the browser follows by itself: within the page, or to a route that is no page."""

    tag = "a"
    href: rx.Var[str]


def button(label: Content, on_click: EventType[()], *, kind: str = "", **props: Any) -> rx.Component:
    """Return a button whose answer comes over the socket; it shows at once that it was clicked."""
    attributes = {"data-waits": "", **props.pop("custom_attrs", {})}
    return rx.el.button(
        label, type="button", class_name=f"button {kind}".strip(), on_click=on_click, custom_attrs=attributes, **props
    )


def refresh_button(on_show: EventType[()], *, live: bool = False) -> rx.Component:
    """Return an invisible button; the page's script clicks it when the tab comes into sight again.

    On a `live` page it does so every few seconds too, for as long as somebody uses the page.
    """
    return rx.el.button(
        type="button",
        hidden=True,
        tab_index=-1,
        on_click=on_show,
        custom_attrs={"data-refreshes": "live" if live else "", "aria-hidden": "true"},
    )


def watched(on_change: EventType[()] | None = None) -> rx.Component:
    """Return an invisible button; the page's script clicks it when a session of the person began or ended elsewhere."""
    return rx.el.button(
        type="button",
        hidden=True,
        tab_index=-1,
        on_click=on_change,
        custom_attrs={"data-live": "/session/state", "aria-hidden": "true"},
    )


def switch(
    label: str,
    checked: Content,
    on_change: Any,
    *,
    own: str,
    hint: Content = None,
    **props: Any,
) -> rx.Component:
    """Return an on-off switch that saves at once; a new `key` sets it back."""
    described = {} if hint is None else {"aria-describedby": f"{own}-hint"}
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=own, class_name="label"),
            rx.fragment() if hint is None else rx.el.p(hint, id=f"{own}-hint", class_name="hint"),
        ),
        rx.el.input(
            id=own,
            type="checkbox",
            default_checked=checked,
            on_change=on_change,
            custom_attrs={"role": "switch", **described},
            **props,
        ),
        class_name="switch",
    )
