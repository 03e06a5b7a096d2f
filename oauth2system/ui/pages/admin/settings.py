"""The settings of the server that an administrator changes while it runs."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.setting_types.choices import RegistrationMode, SecondFactor
from oauth2system.ui import layout
from oauth2system.ui.components import field, notice_place, saved_note, sentence, skeleton
from oauth2system.ui.pages.admin.settings_state import SettingsState
from oauth2system.ui.query import problem
from oauth2system.ui.state import Visitor

Option = tuple[str, str]

REGISTRATION = (
    (RegistrationMode.OPEN, _("Everybody")),
    (RegistrationMode.INVITE, _("People with an invitation")),
    (RegistrationMode.CLOSED, _("Nobody")),
)
SECOND_FACTOR = (
    (SecondFactor.NOBODY, _("Nobody: each person decides")),
    (SecondFactor.ADMINISTRATORS, _("Administrators")),
    (SecondFactor.EVERYBODY, _("Everybody")),
)


@layout.page("/admin/settings", _("Server settings"), on_load=[Visitor.look, SettingsState.load])
def settings() -> rx.Component:
    """Show what an administrator decides about this server."""
    return layout.administration(
        _("Server settings"),
        "/admin/settings",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            SettingsState.ready,
            rx.el.div(
                layout.section(
                    _("New accounts"),
                    None,
                    _choice("registration", _("Who may create an account"), REGISTRATION),
                    _text(
                        "mail_domains",
                        _("Allowed mail domains"),
                        _(
                            "Only addresses of these domains may have an account, like example.org *.example.org "
                            "(the second means all domains below it). Empty: any address. Accounts that exist stay."
                        ),
                    ),
                ),
                layout.section(
                    _("Signing in"),
                    None,
                    _choice(
                        "second_factor",
                        _("Who must have a second factor"),
                        SECOND_FACTOR,
                        _(
                            "A person who has none yet is signed out, and sets one up at the next sign-in. "
                            "You need one yourself first."
                        ),
                    ),
                ),
                layout.section(
                    _("Terms"),
                    _("With an address and a version, everybody has to accept the terms before they go on."),
                    _text("terms_url", _("Address of the terms"), _("A web page that everybody can read.")),
                    _text(
                        "terms_version",
                        _("Version of the terms"),
                        _(
                            "A date or a number, like 2026-11. A new version asks everybody again, at once. "
                            "You accept it yourself when you set it. Empty: nobody is asked."
                        ),
                    ),
                ),
                layout.section(
                    _("What sites read"),
                    None,
                    _text(
                        "reads_kept_days",
                        _("Days that reads are kept"),
                        _(
                            "Each person can see which site read their data for so many days, 3650 at most. "
                            "Administrators cannot see it."
                        ),
                    ),
                ),
            ),
            skeleton(6),
        ),
        lead=_("A change counts at once, for everybody."),
    )


def _choice(name: str, label: str, options: tuple[Option, ...], hint: str = "") -> rx.Component:
    """Return a list with one choice, which saves at once; one that the environment fixes cannot be changed."""
    fixed: Any = SettingsState.fixed
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name),
            rx.el.select(
                *(rx.el.option(words, value=value) for value, words in options),
                id=name,
                default_value=SettingsState.values[name],
                key=SettingsState.round,
                disabled=fixed.contains(name),
                on_change=lambda value: SettingsState.choose(name, value),
                custom_attrs={"aria-describedby": f"{name}-hint {name}-problem"},
            ),
            rx.el.span(rx.cond(fixed.contains(name), _fixed(name), hint), id=f"{name}-hint", class_name="hint"),
            rx.el.span(problem(name), id=f"{name}-problem", class_name="problem", role="alert"),
            class_name="field",
        ),
        saved_note(rx.cond(SettingsState.saved == name, _("Saved"), ""), SettingsState.undo, can_undo=Visitor.can_undo),
        class_name="stack tight",
    )


def _text(name: str, label: str, hint: str) -> rx.Component:
    """Return a text that is saved when its field is left."""
    return rx.el.div(
        field(
            label,
            name,
            hint=hint,
            problem=problem(name),
            default_value=SettingsState.values[name],
            key=SettingsState.round,
            on_blur=lambda value: SettingsState.write(name, value),
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
        ),
        saved_note(rx.cond(SettingsState.saved == name, _("Saved"), ""), SettingsState.undo, can_undo=Visitor.can_undo),
        class_name="stack tight",
    )


def _fixed(name: str) -> rx.Component:
    """Say which variable decides instead of this page."""
    variable = rx.el.code(f"OAUTH2SYSTEM_{name.upper()}")
    return sentence(_("The environment of the server decides this: {variable}"), variable=variable)
