"""What visitors see when the app asks them to sign in: its name, its description, its links, and what is optional."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import field, saved_note
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.consent.settings_state import MARKED, ConsentSettingsState
from oauth2system.ui.query import problem


def about() -> rx.Component:
    """Return the fields of what visitors read about the app."""
    return layout.section(
        _("What visitors see"),
        _("It is shown when somebody is asked to sign in to your site."),
        field(
            _("Name"),
            "name",
            problem=problem("name"),
            default_value=AppState.name,
            key=AppState.field_round,
            on_blur=AppState.rename,
            max_length=64,
            auto_complete="off",
            custom_attrs={"data-leaves": ""},
        ),
        _saved_note("name"),
        field(
            _("Description"),
            "description",
            area=True,
            problem=problem("description"),
            hint=_("One or two sentences. Saved as soon as you leave the field."),
            default_value=AppState.description,
            key=AppState.field_round,
            on_blur=AppState.describe,
            max_length=300,
        ),
        _saved_note("description"),
        _link("client_uri", _("Website"), "https://library.example"),
        _link("policy_uri", _("Privacy policy"), "https://library.example/privacy"),
        _link("tos_uri", _("Terms of service"), "https://library.example/terms"),
        _optional(),
    )


def _saved_note(name: str) -> rx.Component:
    return saved_note(rx.cond(AppState.saved == name, _("Saved"), ""), AppState.undo, can_undo=AppState.can_undo)


def _saved_here(name: str) -> rx.Component:
    saved = rx.cond(ConsentSettingsState.saved == name, _("Saved"), "")
    return saved_note(saved, ConsentSettingsState.undo, can_undo=ConsentSettingsState.can_undo)


def _link(name: str, label: str, example: str) -> rx.Component:
    return rx.el.div(
        field(
            label,
            name,
            problem=problem(name),
            default_value=ConsentSettingsState.links[name],
            key=ConsentSettingsState.round,
            on_blur=lambda value: ConsentSettingsState.write(name, value),
            placeholder=example,
            input_mode="url",
            auto_capitalize="none",
            auto_complete="off",
            spell_check=False,
            custom_attrs={"data-leaves": ""},
        ),
        _saved_here(name),
        class_name="stack tight",
    )


def _optional() -> rx.Component:
    return rx.cond(
        ConsentSettingsState.markable,
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend(_("Visitors may leave out"), class_name="label"),
                rx.el.p(
                    _("What you mark gets a box that visitors can untick. Your site must work without it."),
                    class_name="hint",
                ),
                _mark("email", _("Your email address")),
                _mark("offline_access", _("Keep this access while you are away")),
            ),
            _saved_here(MARKED),
            class_name="stack tight",
        ),
    )


def _mark(scope: str, words: str) -> rx.Component:
    own, markable, marked = (
        f"optional-{scope}",
        _list(ConsentSettingsState.markable),
        _list(ConsentSettingsState.marked),
    )
    return rx.cond(
        markable.contains(scope),
        rx.el.label(
            rx.el.input(
                id=own,
                type="checkbox",
                default_checked=marked.contains(scope),
                on_change=lambda on: ConsentSettingsState.mark(scope, on),
                key=ConsentSettingsState.round,
            ),
            rx.el.span(rx.el.code(scope), rx.el.span(words), class_name="option"),
            html_for=own,
            class_name="choice",
        ),
    )


def _list(names: Any) -> Any:
    return names
