"""Values to copy: ids, links, code, and secrets that are shown once."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.markup.parts import Content
from oauth2system.page_texts import cut


def copy_button(text: Content, what: str) -> rx.Component:
    """Return a button that copies; `what` names the value for screen readers."""
    return rx.el.button(
        rx.el.span(_("Copy"), custom_attrs={"data-first": ""}),
        rx.el.span(_("Copied"), role="status", custom_attrs={"data-then": ""}),
        rx.el.span(what, class_name="unseen"),
        type="button",
        class_name="copy",
        custom_attrs={"data-copy": text},
    )


def value(text: Content, what: str) -> rx.Component:
    """Show a value to be copied."""
    return rx.el.div(rx.el.code(text), copy_button(text, what), class_name="value")


def named_value(label: str, text: Content) -> rx.Component:
    """Show a value under its name."""
    return rx.el.div(rx.el.span(label, class_name="label"), value(text, label), class_name="field")


def shown_once(title: str, text: Content, warning: str, done: rx.Component, *, comes: bool = False) -> rx.Component:
    """Show a new secret, this once; one that `comes` where it was asked for takes the focus."""
    takes_focus: dict[str, Any] = {"data-comes": "", "aria-label": title, "role": "region"} if comes else {}
    return rx.el.section(
        rx.el.h3(title),
        value(text, title),
        rx.el.p(warning, class_name="small"),
        rx.el.div(done),
        class_name="once",
        tab_index=-1 if comes else None,
        custom_attrs={"aria-live": "polite", **takes_focus},
    )


def code(title: Content, text: Content, *, wraps: bool = False, name: Content = None) -> rx.Component:
    """Show a piece of code with its language and a copy button; `name` distinguishes it on the page."""
    name = title if name is None else name
    return rx.el.figure(
        rx.el.header(rx.el.span(title), copy_button(text, name)),
        rx.el.pre(rx.el.code(text), tab_index=0, custom_attrs={"aria-label": name, "role": "region"}),
        class_name="code wraps" if wraps else "code",
    )


def sentence(words: str, **children: Content) -> rx.Component:
    """Return a sentence with an element for each of its placeholders, so that it is translated as a whole."""
    parts = cut(words)
    return rx.fragment(*(children[part] if odd % 2 else part for odd, part in enumerate(parts)))
