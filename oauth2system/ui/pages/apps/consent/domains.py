"""The domains of an app: how its owner proves them, and what a check finds."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, icon, named_value, sentence
from oauth2system.ui.pages.apps.consent.domains_state import DomainsState


def domains() -> rx.Component:
    """Return the section of the domains that the app uses."""
    return rx.cond(
        DomainsState.domains,
        layout.section(
            _("Proved domain"),
            _("Visitors read whether this server has checked who runs the domain that they go to."),
            rx.foreach(DomainsState.domains, _one),
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(one["domain"], class_name="breaks"),
        rx.cond(one["proved"] != "", _proved(one), _open(one)),
        rx.el.div(
            button(
                rx.fragment(_("Check now"), rx.el.span(" ", one["domain"], class_name="unseen")),
                DomainsState.check(one["domain"]),
            ),
            class_name="row",
        ),
        rx.el.div(
            rx.cond(DomainsState.checked == one["domain"], _found()),
            class_name="live",
            custom_attrs={"aria-live": "polite"},
        ),
        class_name="stack tight",
    )


def _proved(one: dict[str, str]) -> rx.Component:
    return rx.fragment(
        rx.el.p(
            icon("good", 18),
            rx.el.span(_("Proved since {day}. Last seen {when}.").format(day=one["proved"], when=one["seen"])),
            class_name="fact good",
        ),
        rx.cond(
            one["missing"] != "",
            rx.el.p(
                icon("warn", 18),
                rx.el.span(_("The last check did not find it. If the next one does not either, it counts no more.")),
                class_name="fact warn",
            ),
        ),
        rx.el.details(rx.el.summary(_("What proves it")), _ways(one)),
    )


def _open(one: dict[str, str]) -> rx.Component:
    return rx.fragment(
        rx.el.p(icon("warn", 18), rx.el.span(_("Not proved yet. Do one of these two:")), class_name="fact warn"),
        _ways(one),
    )


def _ways(one: dict[str, str]) -> rx.Component:
    return rx.el.div(
        rx.el.p(sentence(_("Add a TXT record named {name}:"), name=rx.el.code(one["record"], class_name="breaks"))),
        rx.el.p(sentence(_("Or serve a file at {address}:"), address=rx.el.code(one["file"], class_name="breaks"))),
        named_value(_("Its content"), one["token"]),
        class_name="stack tight",
    )


def _found() -> rx.Component:
    return rx.el.ul(_finding("record", _("TXT record")), _finding("file", _("File")), class_name="list small")


def _finding(place: str, label: str) -> rx.Component:
    good, texts = DomainsState.found[f"{place}_good"], DomainsState.found[f"{place}_texts"]
    return rx.el.li(
        rx.cond(good != "", icon("good", 18, "good"), icon("info", 18)),
        rx.el.div(
            rx.el.b(label),
            " ",
            DomainsState.found[place],
            rx.cond(texts != "", rx.el.pre(texts, class_name="breaks mail-text")),
        ),
        class_name="fact",
    )
