"""Administration: all accounts and apps, searched, disabled and enabled."""

from collections.abc import Sequence

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import quotas
from oauth2system.services.admin import apps, overview, people
from oauth2system.services.admin.people import User
from oauth2system.services.apps.views import ListedApp
from oauth2system.ui import layout, words
from oauth2system.ui.components import Shown, button, empty, field, notice_place, skeleton
from oauth2system.ui.state import Visitor, Who, event

APPS_A_PAGE = 50


class AdminState(Visitor):
    """One page of accounts and one of apps."""

    ready: bool = False
    people: list[dict[str, str]] = []
    people_page: int = 0
    people_more: bool = False
    apps: list[dict[str, str]] = []
    apps_page: int = 0
    apps_more: bool = False
    people_search: str = ""
    apps_search: str = ""

    @event(Who.ADMIN)
    async def load(self) -> None:
        """Load the newest of both."""
        self.people_search = self.apps_search = ""
        self.people_page = self.apps_page = 0
        newest = await self.call(overview.newest, APPS_A_PAGE)
        self._show_people(newest.people)
        self._show_apps(newest.apps)
        self.ready = True

    async def _find_people(self) -> None:
        self._show_people(await self.call(people.list_users, self.people_search, self.people_page))

    def _show_people(self, found: Sequence[User]) -> None:
        self.people = [_person(one) for one in found]
        self.people_more = len(found) == quotas.PEOPLE_ON_A_PAGE

    async def _find_apps(self) -> None:
        offset = self.apps_page * APPS_A_PAGE
        self._show_apps(await self.call(apps.everyone, self.apps_search, offset, APPS_A_PAGE))

    def _show_apps(self, found: Sequence[ListedApp]) -> None:
        self.apps = [_app(one) for one in found]
        self.apps_more = len(found) == APPS_A_PAGE

    def _show_person(self, changed: User) -> None:
        """Show a changed account in its place."""
        self.people = [_person(changed) if one["username"] == changed.username else one for one in self.people]

    @event(Who.ADMIN)
    async def find_people(self, text: str) -> None:
        """Search accounts while typing."""
        self.people_search, self.people_page = text[:100], 0
        await self._find_people()

    @event(Who.ADMIN)
    async def turn_people(self, by: int) -> None:
        """Turn the page."""
        self.people_page = max(0, self.people_page + (1 if by > 0 else -1))
        await self._find_people()

    @event(Who.ADMIN)
    async def find_apps(self, text: str) -> None:
        """Search apps while typing."""
        self.apps_search, self.apps_page = text[:100], 0
        await self._find_apps()

    @event(Who.ADMIN)
    async def turn_apps(self, by: int) -> None:
        """Turn the page."""
        self.apps_page = max(0, self.apps_page + (1 if by > 0 else -1))
        await self._find_apps()

    @event(Who.ADMIN)
    async def disable_user(self, username: str) -> None:
        """Disable an account, which signs it out everywhere."""
        self._show_person(await self.call(people.disable, username))
        self.report(_("{name} is disabled and signed out everywhere.").format(name=username))

    @event(Who.ADMIN)
    async def enable_user(self, username: str) -> None:
        """Enable an account again."""
        self._show_person(await self.call(people.enable, username))
        self.report(_("{name} can sign in again.").format(name=username))

    @event(Who.ADMIN)
    async def switch_app(self, client_id: str, is_disabled: str) -> None:
        """Disable an app, or enable it."""
        changed = await self.call(apps.disable, client_id, disabled=not is_disabled)
        self.apps = [_app(changed) if one["id"] == changed.client_id else one for one in self.apps]
        self.report(_("The app works again.") if is_disabled else _("The app is disabled: nobody can sign in with it."))


def _person(one: User) -> dict[str, str]:
    return {
        "username": one.username,
        "name": one.display_name,
        "email": one.email,
        "since": words.day(one.created_at),
        "confirmed": "yes" if one.email_confirmed else "",
        "admin": "yes" if one.is_admin else "",
        "disabled": "yes" if one.disabled else "",
    }


def _app(one: ListedApp) -> dict[str, str]:
    return {
        "id": one.client_id,
        "name": one.name,
        "owner": one.owner,
        "people": words.people(one.people),
        "since": words.day(one.created_at),
        "disabled": "yes" if one.disabled else "",
    }


@layout.page("/admin", _("Administration"), on_load=[Visitor.look, AdminState.load])
def admin() -> rx.Component:
    """Show the people and the apps of this server."""
    return layout.read(
        _("Administration"),
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            AdminState.ready,
            rx.el.div(
                layout.section(
                    _("People"),
                    None,
                    _search(_("Search people"), "people", AdminState.find_people),
                    rx.cond(
                        AdminState.people,
                        rx.el.ul(rx.foreach(AdminState.people, _person_row), class_name="list"),
                        _nothing(),
                    ),
                    _pager(AdminState.people_page, AdminState.people_more, AdminState.turn_people, _("People")),
                ),
                layout.section(
                    _("Apps"),
                    None,
                    _search(_("Search apps"), "apps", AdminState.find_apps),
                    rx.cond(
                        AdminState.apps, rx.el.ul(rx.foreach(AdminState.apps, _app_row), class_name="list"), _nothing()
                    ),
                    _pager(AdminState.apps_page, AdminState.apps_more, AdminState.turn_apps, _("Apps")),
                ),
            ),
            skeleton(8),
        ),
        current="/admin",
    )


def _search(label: str, own: str, find: rx.EventHandler) -> rx.Component:
    return rx.el.div(
        field(label, own, type="search", on_change=find.debounce(250), auto_complete="off", max_length=100),
        role="search",
        custom_attrs={"aria-label": label},
    )


def _person_row(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
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
        ),
        rx.cond(
            one["username"] == Visitor.username,
            rx.fragment(),
            rx.cond(
                one["disabled"] != "",
                button(_named(_("Enable"), one["username"]), AdminState.enable_user(one["username"])),
                button(_named(_("Disable"), one["username"]), AdminState.disable_user(one["username"]), kind="harm"),
            ),
        ),
        class_name="split",
    )


def _app_row(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.b(one["name"], class_name="breaks"),
                " ",
                rx.el.span(_("of "), one["owner"], class_name="quiet"),
                " ",
                rx.cond(one["disabled"] != "", rx.el.span(_("disabled"), class_name="badge bad")),
            ),
            rx.el.p(rx.el.code(one["id"]), " · ", one["people"], " · ", one["since"], class_name="small quiet breaks"),
        ),
        button(
            _named(rx.cond(one["disabled"] != "", _("Enable"), _("Disable")), one["name"]),
            AdminState.switch_app(one["id"], one["disabled"]),
        ),
        class_name="split",
    )


def _named(verb: Shown, whom: str) -> rx.Component:
    return rx.fragment(verb, rx.el.span(" ", whom, class_name="unseen"))


def _pager(page: Shown, more: Shown, turn: rx.EventHandler, what: str) -> rx.Component:
    return rx.cond(
        (page > 0) | more,
        rx.el.nav(
            button(_("Newer"), turn(-1), disabled=page == 0),
            rx.el.span(_("Page "), page + 1, class_name="quiet"),
            button(_("Older"), turn(1), disabled=~more),
            class_name="row",
            custom_attrs={"aria-label": what},
        ),
    )


def _nothing() -> rx.Component:
    return rx.el.div(empty(_("Nothing found"), _("Try a shorter word.")), class_name="card flat")
