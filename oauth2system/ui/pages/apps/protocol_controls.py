"""The controls of the protocol page: each with its words, its refusal and its undo."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui.components import Content, field, saved_note, switch
from oauth2system.ui.pages.apps.protocol_state import ProtocolState
from oauth2system.ui.query import problem, read_typed

Option = tuple[str, str, str]


def saved_place(name: str) -> rx.Component:
    """Return the place where a control says that it is saved, with **Undo**."""
    text = rx.cond(ProtocolState.saved == name, _("Saved"), "")
    return saved_note(text, ProtocolState.undo, can_undo=ProtocolState.can_undo)


def problem_place(name: str) -> rx.Component:
    """Return the place where a control says why it could not be changed."""
    return rx.el.span(problem(name), id=f"{name}-problem", class_name="problem", role="alert")


def flag(name: str, label: str, hint: Content, **props: Any) -> rx.Component:
    """Return a switch of its own."""
    return rx.el.div(
        switch(
            label,
            ProtocolState.switches[name],
            lambda on: ProtocolState.switch(name, on),
            own=name,
            hint=hint,
            key=ProtocolState.round,
            **props,
        ),
        problem_place(name),
        saved_place(name),
        class_name="stack tight",
    )


def choice(name: str, label: str, options: tuple[Option, ...], hint: Content) -> rx.Component:
    """Return a list with one choice; each option is (value, words, profile that rules it out)."""
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name),
            rx.el.select(
                *(rx.el.option(words, value=value, disabled=_never(barred)) for value, words, barred in options),
                id=name,
                default_value=ProtocolState.values[name],
                key=ProtocolState.round,
                on_change=lambda value: ProtocolState.choose(name, value),
                custom_attrs={"aria-describedby": f"{name}-hint {name}-problem"},
            ),
            rx.el.span(hint, id=f"{name}-hint", class_name="hint"),
            problem_place(name),
            class_name="field",
        ),
        saved_place(name),
        class_name="stack tight",
    )


def _never(barred: str) -> Any:
    return ProtocolState.is_fapi if barred == "fapi" else False


def text(name: str, label: str, hint: Content, **props: Any) -> rx.Component:
    """Return a field that is judged while typed and saved when left."""
    return rx.el.div(
        field(
            label,
            name,
            problem=problem(name),
            hint=hint,
            # What was typed before the person had to sign in anew (T093).
            default_value=rx.cond(read_typed(name) != "", read_typed(name), ProtocolState.values[name]),
            key=ProtocolState.round,
            on_change=lambda value: ProtocolState.check(name, value).debounce(300),
            on_blur=lambda value: ProtocolState.write(name, value),
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
            **props,
        ),
        saved_place(name),
        class_name="stack tight",
    )


def address(name: str, label: str, hint: Content, example: str) -> rx.Component:
    """Return a text field for a web address."""
    return text(name, label, hint, input_mode="url", placeholder=example, custom_attrs={"data-leaves": ""})


def several(name: str, legend: str, options: tuple[Option, ...]) -> rx.Component:
    """Return a list to tick; each option is (value, its name in the standard, its words)."""
    return rx.el.div(
        rx.el.fieldset(
            rx.el.legend(legend, class_name="label"),
            *(_tick(name, value, known_as, words) for value, known_as, words in options),
        ),
        problem_place(name),
        saved_place(name),
        class_name="stack tight",
    )


def _tick(name: str, value: str, known_as: str, words: str) -> rx.Component:
    own = f"{name}-{value.rpartition(':')[2]}"
    ticked: Any = ProtocolState.lists[name]
    return rx.el.label(
        rx.el.input(
            id=own,
            type="checkbox",
            default_checked=ticked.contains(value),
            on_change=lambda on: ProtocolState.toggle(name, value, on),
            key=ProtocolState.round,
        ),
        rx.el.span(rx.el.code(known_as), rx.el.span(words), class_name="option"),
        html_for=own,
        class_name="choice",
    )
