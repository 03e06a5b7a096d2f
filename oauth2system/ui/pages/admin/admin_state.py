"""The state of the administration page: accounts and apps, searched, disabled and enabled."""

from oauth2system.i18n import _
from oauth2system.policy import quotas
from oauth2system.services.admin import apps, overview, people
from oauth2system.services.admin.overview import Apps, ListedPerson, People
from oauth2system.services.admin.people import User
from oauth2system.services.apps.views import ListedApp
from oauth2system.ui import words
from oauth2system.ui.state import Visitor, Who, event


class AdminState(Visitor):
    """One page of accounts and one of apps."""

    ready: bool = False
    steps: list[str] = []
    people: list[dict[str, str]] = []
    people_count: str = ""
    people_page: int = 0
    people_more: bool = False
    apps: list[dict[str, str]] = []
    apps_count: str = ""
    apps_page: int = 0
    apps_more: bool = False
    people_search: str = ""
    apps_search: str = ""
    # Whom the page asks about before they are disabled.
    asks_about: str = ""

    @event(Who.ADMIN)
    async def load(self) -> None:
        """Load the newest of both, and the next steps."""
        self.people_search = self.apps_search = self.asks_about = ""
        self.people_page = self.apps_page = 0
        newest = await self.call(overview.list_newest)
        self._show_people(newest.people)
        self._show_apps(newest.apps)
        self.steps = [step.value for step in newest.steps]
        self.ready = True

    async def _find_people(self) -> None:
        self._show_people(await self.call(overview.find_people, self.people_search, self.people_page))

    def _show_people(self, found: People) -> None:
        self.people, self.asks_about = [_make_person_row(one) for one in found.rows], ""
        self.people_count = words.people(found.total) if found.total else ""
        self.people_more = found.total > (self.people_page + 1) * quotas.PEOPLE_ON_A_PAGE

    async def _find_apps(self) -> None:
        self._show_apps(await self.call(overview.find_apps, self.apps_search, self.apps_page))

    def _show_apps(self, found: Apps) -> None:
        self.apps = [_make_app_row(one) for one in found.rows]
        self.apps_count = words.apps(found.total) if found.total else ""
        self.apps_more = found.total > (self.apps_page + 1) * quotas.APPS_ON_A_PAGE

    def _show_person(self, changed: User) -> None:
        """Show in its place whether an account is disabled."""
        disabled = "yes" if changed.disabled else ""
        self.asks_about = ""
        self.people = [
            {**one, "disabled": disabled} if one["username"] == changed.username else one for one in self.people
        ]

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
    def ask_about(self, username: str) -> None:
        """Ask once more before somebody is disabled; an empty name takes the question back."""
        self.asks_about = username[:100]

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
    async def send_link(self, username: str) -> None:
        """Send a person the link that lets them in."""
        sent = await self.call(people.send_link, username)
        if sent.email_confirmed:
            self.report(_("A link for a new password goes to {email}.").format(email=sent.email))
        else:
            self.report(_("A mail about confirming the address goes to {email}.").format(email=sent.email))

    @event(Who.ADMIN)
    async def switch_app(self, client_id: str, is_disabled: str) -> None:
        """Disable an app, or enable it."""
        self._show_app(await self.call(apps.disable, client_id, disabled=not is_disabled))
        self.report(_("The app works again.") if is_disabled else _("The app is disabled: nobody can sign in with it."))

    @event(Who.ADMIN)
    async def switch_factor(self, client_id: str, is_demanded: str) -> None:
        """Demand a second factor of the visitors of an app, or no longer."""
        self._show_app(await self.call(apps.demand_second_factor, client_id, demanded=not is_demanded))
        if is_demanded:
            self.report(_("A password is enough for this app again, where the person has no second factor."))
        else:
            self.report(_("Everybody who signs in to this app needs a second factor. Who has none sets one up then."))

    def _show_app(self, changed: ListedApp) -> None:
        """Show in its place how an app is now."""
        self.apps = [_make_app_row(changed) if one["id"] == changed.client_id else one for one in self.apps]


def _make_person_row(one: ListedPerson) -> dict[str, str]:
    return {
        "username": one.username,
        "name": one.display_name,
        "email": one.email,
        "since": words.day(one.created_at),
        "confirmed": "yes" if one.email_confirmed else "",
        "holder": one.holder,
        "admin": "yes" if one.is_admin else "",
        "disabled": "yes" if one.disabled else "",
        "picture": one.picture,
    }


def _make_app_row(one: ListedApp) -> dict[str, str]:
    return {
        "id": one.client_id,
        "name": one.name,
        "owner": one.owner,
        "people": words.people(one.people),
        "factor": "yes" if one.second_factor else "",
        "since": words.day(one.created_at),
        "disabled": "yes" if one.disabled else "",
    }
