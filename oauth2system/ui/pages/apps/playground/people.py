"""The test people of an app: who is there, one more with one click, and away with one click."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.insight.playground.test_people import KINDS
from oauth2system.ui import layout
from oauth2system.ui.components import button
from oauth2system.ui.pages.apps.playground.playground_state import PlaygroundState


def people() -> rx.Component:
    """List the test people, and offer one of each kind."""
    return layout.section(
        _("Test people"),
        _(
            "Accounts to throw away, which only this playground can use. They cannot sign in anywhere else, get no "
            "mail, are not counted, and go by themselves after a week."
        ),
        rx.cond(
            PlaygroundState.people,
            rx.el.ul(rx.foreach(PlaygroundState.people, _one), class_name="list"),
            rx.el.p(_("There are none yet."), class_name="quiet"),
        ),
        rx.el.div(
            rx.el.h3(_("Add a test person")),
            rx.el.div(
                *(button(_(words), PlaygroundState.add_person(kind.value)) for kind, words in KINDS.items()),
                class_name="row",
            ),
            class_name="stack tight",
        ),
    )


def _one(person: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(person["name"], class_name="breaks"),
            rx.el.div(person["kind"], " · ", rx.el.code(person["username"]), class_name="quiet small breaks"),
        ),
        button(
            rx.fragment(_("Remove"), rx.el.span(" ", person["username"], class_name="unseen")),
            PlaygroundState.remove_person(person["id"]),
            kind="harm",
        ),
        class_name="split",
    )
