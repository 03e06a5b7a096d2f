"""The list of findings: each with why it matters and how to fix it."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, icon
from oauth2system.ui.pages.apps.health.health_state import HealthState


def health() -> rx.Component:
    """Return the findings, or that there are none, and what could not be judged."""
    return layout.section(
        _("Health check"),
        _("What is wrong with your app, or will be: with the reason, and how to fix it."),
        rx.cond(
            HealthState.checked,
            rx.fragment(
                rx.cond(
                    HealthState.findings,
                    rx.el.ul(rx.foreach(HealthState.findings, _one), class_name="list"),
                    rx.el.p(icon("good", 20), _("Nothing was found."), class_name="repair"),
                ),
                rx.foreach(HealthState.unknown, lambda line: rx.el.p(line, class_name="faint small")),
            ),
        ),
        rx.el.div(button(_("Check again"), HealthState.check), class_name="row"),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.b(one["finding"], class_name="breaks"),
        rx.el.p(one["why"], class_name="quiet small"),
        rx.el.p(icon("good", 20), rx.el.span(one["fix"]), class_name="repair"),
        rx.cond(one["to"] != "", rx.el.a(one["where"], href=one["to"])),
    )
