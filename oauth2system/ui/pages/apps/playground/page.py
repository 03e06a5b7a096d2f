"""The playground: choose a flow and a person, then take step after step, each shown as it went over the wire."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, code, notice
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.playground.people import people
from oauth2system.ui.pages.apps.playground.playground_state import PlaygroundState
from oauth2system.ui.state import Visitor

Row = dict[str, str]


@layout.page("/apps/[client_id]/playground", _("Playground"), on_load=[Visitor.look, PlaygroundState.load])
def app_playground() -> rx.Component:
    """Show the playground, or say that there is no such app."""
    return show_app(
        PlaygroundState,
        "/playground",
        _("Playground"),
        rx.cond(PlaygroundState.is_running, _run(), _choose()),
        people(),
        lead=_("Run the flows of this app step by step. Each request goes to the real endpoints, and comes back here."),
    )


def _choose() -> rx.Component:
    return layout.section(
        _("Run a flow"),
        _(
            "Your site takes no part, and its secret is not needed: the playground has a secret of its own, which "
            "works only inside this server and only for this run."
        ),
        rx.cond(
            PlaygroundState.uses_keys,
            rx.el.p(
                _(
                    "This app signs with a key that only your site has. The playground signs with a key of its own, "
                    "which works only here. Whether your site's key is right, only its own requests show."
                ),
                class_name="hint",
            ),
        ),
        rx.el.fieldset(
            rx.el.legend(_("Flow"), class_name="label"),
            rx.foreach(PlaygroundState.flows, _flow),
        ),
        rx.el.div(
            rx.el.label(_("Who signs in"), html_for="person", class_name="label"),
            rx.el.select(
                rx.el.option(_("You"), value=""),
                rx.foreach(
                    PlaygroundState.people,
                    lambda one: rx.el.option(one["kind"], " (", one["username"], ")", value=one["id"]),
                ),
                id="person",
                value=PlaygroundState.person,
                on_change=PlaygroundState.choose_person,
            ),
            rx.el.p(
                _("If you take part yourself, this app appears among your connections, as any other."),
                class_name="hint",
            ),
            class_name="field",
        ),
        rx.el.div(button(_("Start"), PlaygroundState.start, kind="main")),
    )


def _flow(one: Row) -> rx.Component:
    own = "flow-" + one["kind"]
    return rx.el.label(
        rx.el.input(
            id=own,
            type="radio",
            name="flow",
            checked=PlaygroundState.kind == one["kind"],
            disabled=one["why_not"] != "",
            on_change=PlaygroundState.choose_flow(one["kind"]),
        ),
        rx.el.span(
            rx.el.span(one["title"]),
            rx.cond(one["why_not"] != "", rx.el.span(one["why_not"], class_name="quiet")),
            class_name="option",
        ),
        html_for=own,
        class_name="choice",
    )


def _run() -> rx.Component:
    return rx.el.section(
        rx.el.header(
            rx.el.h2(PlaygroundState.running),
            rx.el.p(_("Signed in is {person}.").format(person=PlaygroundState.runs_as), class_name="quiet"),
        ),
        rx.cond(
            PlaygroundState.exchanges,
            rx.el.ol(rx.foreach(PlaygroundState.exchanges, _exchange), class_name="steps wire"),
        ),
        rx.cond(PlaygroundState.consent_page != "", _consent_page()),
        _next(),
        class_name="section",
    )


def _consent_page() -> rx.Component:
    """Return the page that the person sees now, in a frame in which nothing runs and nothing can be sent."""
    return rx.el.figure(
        rx.el.figcaption(_("What the person sees now. Nothing in it can be clicked: answer below."), class_name="hint"),
        rx.el.iframe(
            src_doc=PlaygroundState.consent_page,
            title=_("Preview of the consent page"),
            class_name="preview",
            custom_attrs={"sandbox": "allow-same-origin"},
        ),
        class_name="stack tight",
    )


def _exchange(one: Row) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(one["title"]),
            rx.el.p(one["sender"], class_name="quiet small"),
            code(_("Request"), one["request"], wraps=True, name=_("Request {number}").format(number=one["number"])),
            code(_("Answer"), one["answer"], wraps=True, name=_("Answer {number}").format(number=one["number"])),
            rx.cond(
                one["failed"] != "",
                notice(
                    one["meaning"],
                    "bad",
                    rx.cond(one["detail"] != "", rx.el.p(one["detail"])),
                    rx.cond(one["repair"] != "", rx.el.p(one["repair"])),
                ),
                rx.el.p(one["meaning"]),
            ),
            rx.cond(one["opens"] != "", _members(one)),
            class_name="stack",
        ),
        key=one["number"],
        tab_index=-1,
        custom_attrs={"data-comes": ""},
    )


def _members(one: Row) -> rx.Component:
    members: Any = PlaygroundState.members[one["number"]]
    return rx.el.details(
        rx.el.summary(_("What each member says")),
        rx.el.dl(rx.foreach(members, _member), class_name="members"),
    )


def _member(one: Row) -> rx.Component:
    return rx.el.div(
        rx.el.dt(rx.cond(one["of"] != "", rx.el.span(one["of"], class_name="label")), rx.el.code(one["name"])),
        rx.el.dd(rx.el.code(one["value"], class_name="breaks"), rx.el.span(one["meaning"], class_name="quiet")),
    )


def _next() -> rx.Component:
    return rx.el.div(
        rx.cond(PlaygroundState.ending != "", notice(PlaygroundState.ending, "info")),
        rx.cond(
            PlaygroundState.steps,
            rx.el.div(
                rx.el.h3(_("Next")),
                rx.el.div(rx.foreach(PlaygroundState.steps, _step), class_name="row"),
                class_name="stack tight",
            ),
        ),
        rx.cond(
            PlaygroundState.failures,
            rx.el.div(
                rx.el.h3(_("Or let it fail")),
                rx.el.div(rx.foreach(PlaygroundState.failures, _step), class_name="row"),
                class_name="stack tight",
            ),
        ),
        rx.cond(
            PlaygroundState.can_expire,
            rx.el.p(
                _("For the expired one, its life is ended at once, so that you need not wait a minute or two."),
                class_name="hint",
            ),
        ),
        rx.el.div(button(_("Start again"), PlaygroundState.leave, kind="bare")),
        class_name="stack card flat",
    )


def _step(one: Row) -> rx.Component:
    return rx.cond(
        one["is_first"] != "",
        button(one["label"], PlaygroundState.act(one["name"]), kind="main"),
        button(one["label"], PlaygroundState.act(one["name"])),
    )
