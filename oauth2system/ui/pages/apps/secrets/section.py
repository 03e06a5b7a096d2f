"""Client secrets: several at a time, so that a site changes over without a gap."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, field, saved_note, shown_once
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.query import Address, problem, read_typed


def secrets() -> rx.Component:
    """Return the secrets and the way to a new one, or the old ones of an app that has no use for them."""
    return rx.cond(
        SecretsState.takes_secret,
        layout.section(
            _("Client secrets"),
            _(
                "Your server proves with one of these that it is your app. To change over: make a new one, "
                "put it into your site, then retire the old one."
            ),
            _list(),
            rx.cond((SecretsState.secret != "") & ~SecretsState.secret_is_first, _fresh()),
            _new(),
        ),
        rx.cond(SecretsState.secrets, _idle()),
    )


def _fresh() -> rx.Component:
    """Show a new secret where it was asked for."""
    return shown_once(
        _("CLIENT SECRET"),
        SecretsState.secret,
        _("Copy it now and keep it on your server. It is shown this once; we keep only a fingerprint of it."),
        button(_("I have copied it"), SecretsState.close_secret),
        comes=True,
    )


def _idle() -> rx.Component:
    return layout.section(
        _("Old client secrets"),
        _(
            "This app authenticates without a secret, so these are not accepted. They would work again if the app "
            "used a secret again: retire them once you are sure."
        ),
        _list(),
    )


def _list() -> rx.Component:
    return rx.fragment(
        rx.el.ul(rx.foreach(SecretsState.secrets, _one), class_name="list"),
        saved_note(
            rx.cond(SecretsState.saved == "secrets", _("The secret is retired and does not work any more."), "")
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.b(one["label"], class_name="breaks"), " ", rx.el.code("…", one["hint"], class_name="faint")
            ),
            rx.el.dl(
                rx.el.div(rx.el.dt(_("Made")), rx.el.dd(one["made"])),
                rx.el.div(rx.el.dt(_("Last used")), rx.el.dd(one["used"])),
                class_name="facts",
            ),
        ),
        rx.cond(SecretsState.retiring == one["id"], _sure(), _retire(one)),
        class_name="split",
    )


def _retire(one: dict[str, str]) -> rx.Component:
    name = rx.el.span(" ", one["label"], class_name="unseen")
    return rx.cond(
        SecretsState.can_retire,
        button(rx.fragment(_("Retire"), name), SecretsState.ask_retire(one["id"]), kind="bare"),
        rx.fragment(),
    )


def _sure() -> rx.Component:
    return rx.el.div(
        rx.el.span(
            rx.cond(SecretsState.takes_secret, _("It stops working at once."), _("It is gone for good.")),
            class_name="small strong",
        ),
        button(_("Retire it"), SecretsState.retire, kind="harm main"),
        button(_("Keep it"), SecretsState.ask_retire("")),
        class_name="row",
        role="alert",
    )


def _new() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            field(
                _("What is it for?"),
                "label",
                problem=problem("label"),
                key=f"{SecretsState.label_round} {Address.form}",
                default_value=read_typed("label"),
                placeholder=_("New server"),
                max_length=40,
                auto_complete="off",
            ),
            rx.el.button(_("New secret"), type="submit", class_name="button", custom_attrs={"data-waits": ""}),
            class_name="joined beside",
        ),
        on_submit=SecretsState.new_secret,
        no_validate=True,
    )
