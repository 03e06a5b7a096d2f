"""Administration: all accounts and apps, searched, disabled and enabled."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.admin.overview import SetupStep
from oauth2system.ui import layout
from oauth2system.ui.components import Content, button, empty, field, monogram, notice_place, sentence, skeleton
from oauth2system.ui.pages.admin.admin_state import AdminState
from oauth2system.ui.pages.admin.unknown_apps import UnknownAppsState, unknown
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor


@layout.page(
    "/admin", _("Administration"), on_load=[Visitor.look, Address.read, AdminState.load, UnknownAppsState.load]
)
def admin() -> rx.Component:
    """Show the people and the apps of this server."""
    return layout.administration(
        _("Administration"),
        "/admin",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            AdminState.ready,
            rx.el.div(
                _next_steps(),
                layout.section(
                    _("People"),
                    None,
                    rx.el.p(AdminState.people_count, class_name="quiet live"),
                    _search(_("Search people"), "people", AdminState.find_people),
                    rx.cond(
                        AdminState.people,
                        rx.el.ul(rx.foreach(AdminState.people, _person_row), class_name="list"),
                        _nothing_found(),
                    ),
                    _pager(AdminState.people_page, AdminState.people_more, AdminState.turn_people, _("People")),
                ),
                layout.section(
                    _("Apps"),
                    None,
                    rx.el.p(AdminState.apps_count, class_name="quiet live"),
                    _search(_("Search apps"), "apps", AdminState.find_apps),
                    rx.cond(
                        AdminState.apps,
                        rx.el.ul(rx.foreach(AdminState.apps, _app_row), class_name="list"),
                        rx.cond(AdminState.apps_search != "", _nothing_found(), _no_apps()),
                    ),
                    _pager(AdminState.apps_page, AdminState.apps_more, AdminState.turn_apps, _("Apps")),
                ),
                unknown(),
            ),
            skeleton(8),
        ),
    )


def _next_steps() -> rx.Component:
    """Say what a new server still lacks, each as long as it is true."""
    return rx.cond(
        AdminState.steps,
        layout.section(
            _("Next steps"),
            None,
            rx.el.ul(
                _step(
                    SetupStep.MAIL,
                    _("Mail is not set up: messages are only shown on a page of this server."),
                    _("Open the mailbox"),
                    "/dev/mailbox",
                    setting="OAUTH2SYSTEM_SMTP_URL",
                ),
                _step(
                    SetupStep.ADDRESS,
                    _("The address of this server can be opened on this machine only."),
                    setting="OAUTH2SYSTEM_PUBLIC_URL",
                ),
                _step(SetupStep.FIRST_APP, _("There is no app yet."), _("Create your first app"), "/apps"),
                class_name="list",
            ),
        ),
    )


def _step(step: SetupStep, text: str, link: str = "", to: str = "", *, setting: str = "") -> rx.Component:
    there: Any = AdminState.steps
    return rx.cond(
        there.contains(step.value),
        rx.el.li(
            rx.el.p(text, *((" ", sentence(_("Set {setting}."), setting=rx.el.code(setting))) if setting else ())),
            rx.el.a(link, href=to, reload_document=to != "/apps", class_name="button") if link else rx.fragment(),
            class_name="split",
        ),
    )


def _search(label: str, own: str, find: rx.EventHandler) -> rx.Component:
    return rx.el.div(
        field(label, own, type="search", on_change=find.debounce(250), auto_complete="off", max_length=100),
        role="search",
        custom_attrs={"aria-label": label},
    )


def _person_row(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        _with_picture(
            one,
            rx.el.p(
                rx.el.b(one["username"], class_name="breaks"),
                " ",
                rx.el.span(one["name"], class_name="quiet breaks"),
                " ",
                rx.cond(one["admin"] != "", rx.el.span(_("administrator"), class_name="badge good")),
                " ",
                rx.cond(one["disabled"] != "", rx.el.span(_("disabled"), class_name="badge bad")),
                rx.cond(one["confirmed"] == "", rx.el.span(_("not confirmed"), class_name="badge warn")),
            ),
            rx.el.p(one["email"], " · ", one["since"], class_name="small quiet breaks"),
            rx.cond(
                one["holder"] != "",
                rx.el.p(
                    sentence(_("Asked for an address that belongs to {username}."), username=rx.el.b(one["holder"])),
                    class_name="small breaks",
                ),
            ),
            rx.cond(AdminState.asks_about == one["username"], _really_disable(one)),
        ),
        rx.cond(
            (one["username"] == Visitor.username) | (AdminState.asks_about == one["username"]),
            rx.fragment(),
            rx.el.div(_person_buttons(one), class_name="row"),
        ),
        class_name="split",
    )


def _with_picture(one: dict[str, str], *words: rx.Component) -> rx.Component:
    face = monogram(one["username"][0], one["picture"], round_=True)
    return rx.el.div(face, rx.el.div(*words), class_name="who top-aligned")


def _person_buttons(one: dict[str, str]) -> rx.Component:
    name = one["username"]
    return rx.cond(
        one["disabled"] != "",
        button(_labelled(_("Enable"), name), AdminState.enable_user(name)),
        rx.fragment(
            button(_labelled(_("Send a link"), name), AdminState.send_link(name)),
            button(_labelled(_("Disable"), name), AdminState.ask_about(name), kind="harm"),
        ),
    )


def _really_disable(one: dict[str, str]) -> rx.Component:
    name = one["username"]
    return rx.el.div(
        rx.el.p(
            sentence(
                _("Disable {username}? It signs them out everywhere and ends the access of their sites."),
                username=rx.el.b(name),
            ),
            role="alert",
        ),
        rx.el.div(
            button(_labelled(_("Disable"), name), AdminState.disable_user(name), kind="harm main"),
            button(_("Keep"), AdminState.ask_about(""), auto_focus=True),
            class_name="row",
        ),
        class_name="danger stack",
    )


def _app_row(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.b(one["name"], class_name="breaks"),
                " ",
                rx.el.span(sentence(_("of {owner}"), owner=one["owner"]), class_name="quiet"),
                " ",
                rx.cond(one["disabled"] != "", rx.el.span(_("disabled"), class_name="badge bad")),
                rx.cond(one["factor"] != "", rx.el.span(_("second factor"), class_name="badge")),
            ),
            rx.el.p(rx.el.code(one["id"]), " · ", one["people"], " · ", one["since"], class_name="small quiet breaks"),
        ),
        rx.el.div(
            button(
                _labelled(
                    rx.cond(one["factor"] != "", _("Demand no second factor"), _("Demand second factor")), one["name"]
                ),
                AdminState.switch_factor(one["id"], one["factor"]),
            ),
            button(
                _labelled(rx.cond(one["disabled"] != "", _("Enable"), _("Disable")), one["name"]),
                AdminState.switch_app(one["id"], one["disabled"]),
            ),
            class_name="row",
        ),
        class_name="split",
    )


def _labelled(verb: Content, whom: str) -> rx.Component:
    return rx.fragment(verb, rx.el.span(" ", whom, class_name="unseen"))


def _pager(page: Content, more: Content, turn: rx.EventHandler, what: str) -> rx.Component:
    return rx.cond(
        (page > 0) | more,
        rx.el.nav(
            button(_("Newer"), turn(-1), disabled=page == 0),
            rx.el.span(sentence(_("Page {number}"), number=page + 1), class_name="quiet"),
            button(_("Older"), turn(1), disabled=~more),
            class_name="row",
            custom_attrs={"aria-label": what},
        ),
    )


def _nothing_found() -> rx.Component:
    return rx.el.div(empty(_("Nothing found"), _("Try a shorter word.")), class_name="card flat")


def _no_apps() -> rx.Component:
    return rx.el.div(
        empty(_("No apps yet."), _("Everybody with a confirmed address can create one.")), class_name="card flat"
    )
