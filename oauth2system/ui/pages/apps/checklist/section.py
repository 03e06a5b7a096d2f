"""The checklist of a connection: what has worked, what is waited for, and what was refused and why."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui.components import icon
from oauth2system.ui.pages.apps.checklist.checklist_state import ChecklistState


def checklist() -> rx.Component:
    """Return the section; its heading says whether the site is connected already."""
    return rx.cond(
        ChecklistState.steps,
        rx.el.section(
            rx.el.header(
                rx.el.h2(rx.cond(ChecklistState.is_connected, _("Health"), _("Next steps"))),
                rx.el.p(_("Each step ticks itself as soon as your site does it."), class_name="quiet"),
            ),
            rx.el.ol(rx.foreach(ChecklistState.steps, _one), class_name="list", custom_attrs={"aria-live": "polite"}),
            class_name="section",
        ),
    )


def _one(step: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.match(
            step["state"],
            ("done", icon("good", 22, "good")),
            ("failed", icon("bad", 22, "bad")),
            icon("info", 22, "faint"),
        ),
        rx.el.div(
            rx.el.b(step["words"]),
            rx.el.span(" ", step["spoken"], class_name="unseen"),
            rx.match(
                step["state"],
                ("done", rx.el.p(step["when"], class_name="quiet small")),
                ("failed", _problem(step)),
                rx.el.p(step["hint"], class_name="quiet small"),
            ),
            class_name="stack tight",
        ),
        class_name="fact",
    )


def _problem(step: dict[str, str]) -> rx.Component:
    return rx.fragment(
        rx.el.p(step["problem"], class_name="breaks"),
        rx.el.p(step["repair"], class_name="quiet small breaks"),
        rx.el.p(
            rx.el.a(
                _("See it in the activity"),
                href="/apps/" + ChecklistState.app_id + "/activity?reference=" + step["reference"],
            ),
            class_name="small",
        ),
    )
