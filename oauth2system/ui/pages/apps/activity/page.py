"""The page of an app's log: filters, the list, and the repairs."""

import reflex as rx

from oauth2system.i18n import Message, _
from oauth2system.ui import layout
from oauth2system.ui.components import button, empty, field, icon, sentence
from oauth2system.ui.pages.apps.activity import rows
from oauth2system.ui.pages.apps.activity.activity_state import ActivityState
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.state import Visitor


@layout.page("/apps/[client_id]/activity", _("Activity"), on_load=[Visitor.look, ActivityState.load])
def app_activity() -> rx.Component:
    """Show the log, or say that there is no such app."""
    return show_app(
        ActivityState,
        "/activity",
        _("Activity"),
        rx.el.p(ActivityState.news, class_name="unseen", role="status"),
        rx.el.div(
            _filters(),
            _standing(),
            rx.cond(
                ActivityState.is_empty,
                _nothing(),
                rx.el.ul(rx.foreach(ActivityState.entries, _one), class_name="list refused"),
            ),
            rx.cond(ActivityState.has_more, button(_("Show more"), ActivityState.show_more)),
            class_name="stack",
        ),
        lead=_("What your app and its visitors do, and what was refused, as it happens."),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        field(
            _("Search"),
            "search",
            type="search",
            default_value=ActivityState.reference,
            on_change=ActivityState.find.debounce(250),
            auto_complete="off",
            max_length=300,
            hint=_("A text, an address, or the reference of an error page."),
        ),
        rx.el.div(
            _choice("stage", _("Stage"), _("All stages"), rows.STAGES, ActivityState.choose_stage),
            _choice("outcome", _("Outcome"), _("All outcomes"), rows.OUTCOMES, ActivityState.choose_outcome),
            class_name="row",
        ),
        role="search",
        class_name="stack",
        custom_attrs={"aria-label": _("Search the log")},
    )


def _choice(
    own: str, label: str, every: str, options: tuple[tuple[str, Message], ...], choose: rx.EventHandler
) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=own),
        rx.el.select(
            rx.el.option(every, value=""),
            *(rx.el.option(_(words), value=value) for value, words in options),
            id=own,
            on_change=choose,
        ),
        class_name="field",
    )


def _standing() -> rx.Component:
    """Say whether the list moves, and offer it as a file."""
    export = "/apps/activity/export?client_id=" + ActivityState.app_id + "&format="
    return rx.el.div(
        rx.cond(
            ActivityState.paused,
            rx.el.span(
                rx.cond(ActivityState.has_news, _("Paused. There is news."), _("Paused.")), class_name="badge warn"
            ),
            rx.el.span(sentence(_("Live, as of {time}"), time=ActivityState.looked_at), class_name="faint small"),
        ),
        rx.el.button(
            rx.cond(ActivityState.paused, _("Resume"), _("Pause")),
            type="button",
            class_name="button",
            on_click=ActivityState.pause,
        ),
        rx.el.a(_("Download CSV"), href=export + "csv", reload_document=True, class_name="button bare"),
        rx.el.a(_("Download JSON"), href=export + "json", reload_document=True, class_name="button bare"),
        class_name="row",
    )


def _nothing() -> rx.Component:
    is_filtered = (ActivityState.search + ActivityState.wanted_stage + ActivityState.wanted_outcome) != ""
    return rx.cond(
        is_filtered,
        rx.el.p(_("Nothing was found."), class_name="faint"),
        empty(
            _("Nothing has happened so far"),
            _("Start a sign-in on your site. Each request appears here within a second, with the reason if it fails."),
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.match(
                one["outcome"],
                ("refused", rx.el.span(one["outcome_words"], class_name="badge bad")),
                ("done", rx.el.span(one["outcome_words"], class_name="badge good")),
                rx.el.span(one["outcome_words"], class_name="badge"),
            ),
            rx.el.span(one["stage"], class_name="small"),
            rx.el.span(one["when"], class_name="faint small"),
            rx.cond(one["times"] != "", rx.el.span(one["times"], class_name="small")),
            rx.el.span(_("Reference number"), " ", rx.el.code(one["reference"]), class_name="faint small"),
            class_name="row",
        ),
        rx.el.b(one["detail"], class_name="breaks"),
        rx.cond(one["code"] != "", rx.el.code(one["code"], class_name="small")),
        rx.cond(
            (one["sent"] != "") | (one["nearest_before"] != "") | (one["nearest_differs"] != ""),
            rx.el.dl(
                _comparison(_("Sent"), one, "sent"),
                _comparison(_("Registered"), one, "nearest"),
                rx.cond(one["others"] != "", rx.el.div(rx.el.dt(_("Also")), rx.el.dd(rx.el.code(one["others"])))),
                class_name="compared",
            ),
        ),
        rx.cond(one["part"] != "", rx.el.p(one["part"], class_name="small")),
        rx.match(
            one["offer"],
            ("done", rx.fragment()),
            ("", rx.fragment()),
            rx.cond(ActivityState.asking_uri == one["sent"], _sure(one), _ask(one)),
        ),
        rx.cond(
            one["repair"] != "",
            rx.el.p(icon("good", 20), rx.el.span(one["repair"], class_name="breaks"), class_name="repair"),
        ),
        key=one["key"],
        class_name=rx.cond(one["reference"] == ActivityState.reference, "asked-for", ""),
    )


def _comparison(name: str, one: dict[str, str], which: str) -> rx.Component:
    """Return an address with the part marked that differs, or the word that there was none."""
    before, differs, after = (one[f"{which}_{part}"] for part in ("before", "differs", "after"))
    address = rx.el.code(before, rx.cond(differs != "", rx.el.mark(differs)), after)
    nothing = rx.el.span(_("nothing"), class_name="faint")
    return rx.el.div(
        rx.el.dt(name), rx.el.dd(rx.cond((before != "") | (differs != "") | (after != ""), address, nothing))
    )


def _ask(one: dict[str, str]) -> rx.Component:
    return rx.el.div(button(_("Register this address"), ActivityState.ask_register(one["sent"])), class_name="row")


def _sure(one: dict[str, str]) -> rx.Component:
    """Ask about the address with its host in full: a sign-in there gives its owner the visitors' data."""
    return rx.el.div(
        rx.el.p(sentence(_("Visitors will be sent to {host}."), host=rx.el.code(one["host"], class_name="breaks"))),
        rx.cond(
            one["offer"] == "far",
            rx.el.p(
                _("No address of your app has this host. Anybody can send a request with an address of theirs."),
                class_name="strong",
            ),
        ),
        rx.el.div(
            button(_("Yes, register it"), ActivityState.register, kind="main"),
            button(_("No"), ActivityState.ask_register("")),
            class_name="row",
        ),
        class_name="stack",
        role="alert",
    )
