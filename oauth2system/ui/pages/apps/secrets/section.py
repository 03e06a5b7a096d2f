"""Client secrets: several at a time, so that a site changes over without a gap."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, field, saved_note, sentence, shown_once
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState
from oauth2system.ui.query import Address, problem, read_typed

LIVES = (
    ("", _("No end")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("A year")),
    ("day", _("Until a day that I choose")),
)


def secrets() -> rx.Component:
    """Return the secrets and the way to a new one, or the old ones of an app that has no use for them."""
    return rx.cond(
        SecretsState.takes_secret,
        layout.section(
            _("Client secrets"),
            _(
                "Your server proves with one of these that it is your app. To change over, replace one: both are "
                "accepted until you retire the old one."
            ),
            _list(),
            rx.cond((SecretsState.secret != "") & ~SecretsState.secret_is_first, _fresh(comes=True)),
            _new(),
        ),
        rx.cond(SecretsState.secrets, _idle(), rx.el.p(_("This app authenticates without a secret."))),
    )


def first_secret() -> rx.Component:
    """Show the secret of an app that was just made."""
    return rx.cond((SecretsState.secret != "") & SecretsState.secret_is_first, _fresh(comes=False))


def _fresh(*, comes: bool) -> rx.Component:
    """Show a new secret; one that `comes` where it was asked for is brought into view."""
    return shown_once(
        _("CLIENT SECRET"),
        SecretsState.secret,
        _("Copy it now and keep it on your server. It is shown this once; we keep only a fingerprint of it."),
        button(_("I have copied it"), SecretsState.close_secret),
        comes=comes,
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
                rx.el.b(one["label"], class_name="breaks"),
                " ",
                rx.el.code("…", one["hint"], class_name="faint"),
                " ",
                rx.match(
                    one["state"],
                    ("expired", rx.el.span(_("Expired"), class_name="badge bad")),
                    ("soon", rx.el.span(_("Expires soon"), class_name="badge warn")),
                    rx.fragment(),
                ),
            ),
            _facts(one),
            rx.cond(one["query"] != "", _seen_in_query(one)),
            rx.cond(one["successor"] != "", _replaced(one)),
            class_name="stack tight",
        ),
        rx.cond(SecretsState.retiring == one["id"], _sure(), _choices(one)),
        class_name="split",
    )


def _facts(one: dict[str, str]) -> rx.Component:
    return rx.el.dl(
        rx.el.div(rx.el.dt(_("Made")), rx.el.dd(one["made"])),
        rx.cond(one["expires"] != "", rx.el.div(rx.el.dt(_("Accepted until")), rx.el.dd(one["expires"]))),
        rx.el.div(rx.el.dt(_("Last used")), rx.el.dd(one["used"])),
        rx.cond(one["method"] != "", rx.el.div(rx.el.dt(_("Sent as")), rx.el.dd(one["method"]))),
        rx.el.div(rx.el.dt(_("Uses")), rx.el.dd(one["uses"])),
        class_name="facts",
    )


def _seen_in_query(one: dict[str, str]) -> rx.Component:
    """Say why a secret does not belong into an address."""
    return rx.el.p(
        sentence(
            _(
                "It came in a query string {when}. Servers and proxies write addresses into their logs, where others "
                "may read the secret: send it in the Authorization header or in a form."
            ),
            when=one["query"],
        ),
        class_name="small",
    )


def _replaced(one: dict[str, str]) -> rx.Component:
    """Guide through the change from an old secret to the new one, with what is known of both."""
    return rx.el.div(
        rx.el.p(
            sentence(
                _("The secret that ends in {hint} takes its place: put that one into your site."),
                hint=rx.el.code("…", one["successor"]),
            )
        ),
        rx.el.dl(
            rx.el.div(rx.el.dt(_("New one last used")), rx.el.dd(one["successor_used"])),
            rx.el.div(rx.el.dt(_("Old one last used")), rx.el.dd(one["used"])),
            class_name="facts",
        ),
        rx.cond(
            one["silent"] != "",
            rx.el.p(
                _(
                    "The old one has not been used for 24 hours. If your site has done everything since that it does "
                    "in a day, you can retire it."
                ),
                class_name="strong",
            ),
            rx.el.p(_("Once the old one has not been used for 24 hours, this page says so.")),
        ),
        class_name="stack tight small",
        custom_attrs={"aria-live": "polite"},
    )


def _choices(one: dict[str, str]) -> rx.Component:
    name = rx.el.span(" ", one["label"], " …", rx.el.code(one["hint"]), class_name="unseen")
    return rx.el.div(
        rx.cond(
            SecretsState.takes_secret & (one["successor"] == ""),
            button(rx.fragment(_("Replace this secret"), name), SecretsState.replace(one["id"]), kind="bare"),
        ),
        rx.cond(
            one["retires"] != "",
            button(rx.fragment(_("Retire"), name), SecretsState.ask_retire(one["id"]), kind="bare"),
        ),
        class_name="row",
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
        rx.el.div(
            rx.el.label(_("Accepted for"), html_for="expires"),
            rx.el.select(
                *(rx.el.option(words, value=value) for value, words in LIVES),
                id="expires",
                name="expires",
                default_value="",
                key=SecretsState.label_round,
                on_change=SecretsState.choose,
                custom_attrs={"aria-describedby": "expires-hint"},
            ),
            rx.el.span(
                _("After that it is not accepted any more. We mail you 14 days and 3 days before."),
                id="expires-hint",
                class_name="hint",
            ),
            class_name="field",
        ),
        rx.cond(
            SecretsState.chosen == "day",
            field(_("Last day"), "day", type="date", problem=problem("day"), hint=_("It ends with that day, in UTC.")),
        ),
        rx.el.div(
            rx.el.button(_("New secret"), type="submit", class_name="button", custom_attrs={"data-waits": ""}),
        ),
        on_submit=SecretsState.new_secret,
        no_validate=True,
        class_name="form",
    )
