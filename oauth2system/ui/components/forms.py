"""Fields and buttons. A field is a label, a control, a hint and a problem that belong together."""

from typing import Any

import reflex as rx
from reflex.event import EventType

from oauth2system.i18n import _
from oauth2system.ui.components.shown import Shown


class NativeForm(rx.el.Div):
    """A form that the browser itself posts; Reflex's own always prevents that (decision 0010)."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


class PlainLink(rx.el.Div):
    """A link that is the browser's own affair: within the page, or to a route that is no page."""

    tag = "a"
    href: rx.Var[str]


def native_form(action: str, *children: rx.Component, **props: Any) -> rx.Component:  # noqa: ANN401
    """Return a form posted to the HTTP door: for whatever carries a credential or leaves our site."""
    props.setdefault("class_name", "form")
    return NativeForm.create(*children, action=action, method="post", **props)


def hidden(name: str, value: Shown) -> rx.Component:
    """Carry a value with a native form."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def from_address(*names: str) -> rx.Component:
    """Carry parameters of this page's own address along; without script the server reads the Referer instead."""
    inputs = (rx.el.input(type="hidden", name=name, disabled=True, custom_attrs={"data-query": name}) for name in names)
    return rx.fragment(*inputs)


def field(  # noqa: PLR0913  (a field has these parts)
    label: str,
    name: str,
    *,
    problem: Shown = None,
    hint: Shown = None,
    good: Shown = None,
    area: bool = False,
    id_: str = "",
    **props: Any,  # noqa: ANN401
) -> rx.Component:
    """Return a labelled field; `problem` stands beside it and is announced when it appears."""
    own = id_ or name
    control = rx.el.textarea if area else rx.el.input
    props.setdefault("type", "text")
    if area:
        props.pop("type")
    return rx.el.div(
        rx.el.label(label, html_for=own),
        control(id=own, name=name, custom_attrs=_attributes(own, problem, hint, props), **props),
        _below(own, problem, hint, good),
        class_name="field",
    )


def password_field(  # noqa: PLR0913
    label: str,
    name: str = "password",
    *,
    new: bool = False,
    problem: Shown = None,
    hint: Shown = None,
    id_: str = "",
    **props: Any,  # noqa: ANN401
) -> rx.Component:
    """Return a password field that can be shown; it is posted natively and never enters a state."""
    own = id_ or name
    props.setdefault("required", True)
    return rx.el.div(
        rx.el.label(label, html_for=own),
        rx.el.span(
            rx.el.input(
                id=own,
                name=name,
                type="password",
                auto_complete="new-password" if new else "current-password",
                min_length=8 if new else 1,
                max_length=128 if new else 1024,
                custom_attrs=_attributes(own, problem, hint, props),
                **props,
            ),
            _revealer(own),
            class_name="reveal",
        ),
        _below(own, problem, hint, None),
        class_name="field",
    )


def _revealer(own: str) -> rx.Component:
    return rx.el.button(
        rx.el.span(_("Show"), custom_attrs={"data-when-hidden": ""}),
        rx.el.span(_("Hide"), custom_attrs={"data-when-shown": ""}),
        rx.el.span(_("the password"), class_name="unseen"),
        type="button",
        custom_attrs={"data-reveals": own, "aria-pressed": "false", "aria-controls": own},
    )


def _attributes(own: str, problem: Shown, hint: Shown, props: dict[str, Any]) -> dict[str, Any]:
    """Tie a control to what stands below it."""
    told = [f"{own}-problem"] if problem is not None else []
    if hint is not None:
        told.append(f"{own}-hint")
    attributes: dict[str, Any] = dict(props.pop("custom_attrs", {}))
    if told:
        attributes["aria-describedby"] = " ".join(told)
    if isinstance(problem, rx.Var):
        attributes["aria-invalid"] = rx.cond(problem != "", "true", "false")
    return attributes


def _below(own: str, problem: Shown, hint: Shown, good: Shown) -> rx.Component:
    parts: list[rx.Component] = []
    if hint is not None:
        parts.append(rx.el.span(hint, id=f"{own}-hint", class_name="hint"))
    if problem is not None:
        parts.append(rx.el.span(problem, id=f"{own}-problem", class_name="problem", role="alert"))
    if good is not None:
        parts.append(rx.el.span(good, class_name="fine", role="status"))
    return rx.fragment(*parts)


def submit(label: str, *, kind: str = "main whole", **props: Any) -> rx.Component:  # noqa: ANN401
    """Return the button that sends a native form."""
    return rx.el.button(label, type="submit", class_name=f"button {kind}".strip(), **props)


def button(label: Shown, on_click: EventType[()], *, kind: str = "", **props: Any) -> rx.Component:  # noqa: ANN401
    """Return a button whose answer comes over the socket; it shows at once that it was heard."""
    attributes = {"data-waits": "", **props.pop("custom_attrs", {})}
    return rx.el.button(
        label, type="button", class_name=f"button {kind}".strip(), on_click=on_click, custom_attrs=attributes, **props
    )


def switch(label: str, checked: Shown, on_change: Any, *, own: str, hint: Shown = None, **props: Any) -> rx.Component:  # noqa: ANN401
    """Return an on-off switch that saves at once; it moves under the finger, and `key` moves it back."""
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
