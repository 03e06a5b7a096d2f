"""The state of the playground page. What it gets of a run holds no code, token or secret in full."""

from typing import Any

from oauth2system.errors import NotFound
from oauth2system.i18n import N_, _
from oauth2system.services.insight.playground import playground, test_people
from oauth2system.services.insight.playground.claims import Decoded
from oauth2system.services.insight.playground.playground import FlowOffer, OfferedAction, RunView
from oauth2system.services.insight.playground.runs import Exchange, FlowKind, Sender
from oauth2system.services.insight.playground.test_people import KINDS, TestPerson
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.pages.apps.connect import preview
from oauth2system.ui.state import Visitor, Who, caller_of, event

Row = dict[str, str]
TITLES = {
    FlowKind.CODE: N_("Authorization code with PKCE"),
    FlowKind.SIMPLE: N_("Simple flow"),
    FlowKind.DEVICE: N_("Device"),
    FlowKind.CLIENT: N_("Client credentials"),
}
SENDERS = {
    Sender.BROWSER: N_("From the person's browser to this server"),
    Sender.SITE: N_("From your server to this server"),
}
_FIRST_ERROR = 400


class PlaygroundState(Visitor):
    """One app's playground: its flows and test people, and the run that is going on."""

    stage: str = ""
    app_id: str = ""
    name: str = ""
    flows: list[Row] = []
    people: list[Row] = []
    kind: str = FlowKind.CODE.value
    person: str = ""

    is_running: bool = False
    exchanges: list[Row] = []
    # The members of tokens and answers, by the number of their exchange.
    members: dict[str, list[Row]] = {}
    steps: list[Row] = []
    failures: list[Row] = []
    ending: str = ""
    # What runs, and as whom.
    running: str = ""
    runs_as: str = ""
    can_expire: bool = False
    uses_keys: bool = False
    # The consent page that the person sees now, as a document.
    consent_page: str = ""

    _run: str = ""

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the playground of the app whose page this is."""
        self.stage = self.person = ""
        self.kind = FlowKind.CODE.value
        self._forget()
        self.app_id = find_app_id(self)
        try:
            found = await self.call(playground.view, self.app_id)
        except NotFound:
            self.stage = "missing"
            return
        self.name, self.uses_keys = found.name, found.uses_keys
        self.flows = [_make_flow(one) for one in found.flows]
        self.kind = next((one["kind"] for one in self.flows if not one["why_not"]), self.kind)
        self._show_people(found.people)
        self.stage = "ready"

    @event(Who.OWNER)
    def choose_flow(self, kind: str) -> None:
        """Choose what the next run is about."""
        if kind in {one["kind"] for one in self.flows}:
            self.kind = kind

    @event(Who.OWNER)
    def choose_person(self, person: str) -> None:
        """Choose who signs in: the owner, or a test person."""
        self.person = person if person in {one["id"] for one in self.people} else ""

    @event(Who.OWNER)
    async def start(self) -> None:
        """Start a run."""
        self.clear_notice()
        self._forget()
        self._show(await self.call(playground.start, self.app_id, self.kind, self.person))
        self.running = next((one["title"] for one in self.flows if one["kind"] == self.kind), "")
        self.runs_as = next((one["username"] for one in self.people if one["id"] == self.person), self.username)

    @event(Who.OWNER)
    async def act(self, name: str) -> None:
        """Take one step of the run."""
        self.clear_notice()
        try:
            self._show(await playground.act(self.call, self.app_id, self._run, str(name)))
        except NotFound:
            self._forget()
            self.report(_("This run is over. Start another one."), "info")

    @event(Who.OWNER)
    async def leave(self) -> None:
        """End the run and forget it."""
        run = self._run
        self._forget()
        if run:
            await self.call(playground.leave, self.app_id, run)

    @event(Who.OWNER)
    async def add_person(self, kind: str) -> None:
        """Make a test person."""
        self._show_people(await self.call(test_people.add, self.app_id, str(kind)))

    @event(Who.OWNER)
    async def remove_person(self, person_id: str) -> None:
        """Delete a test person."""
        self._show_people(await self.call(test_people.remove, self.app_id, str(person_id)))

    def _forget(self) -> None:
        self._run = self.ending = self.consent_page = ""
        self.is_running = False
        self.exchanges, self.members, self.steps, self.failures = [], {}, [], []

    def _show_people(self, people: tuple[TestPerson, ...]) -> None:
        self.people = [
            {"id": one.id, "name": one.name, "username": one.username, "kind": _(KINDS[one.kind])} for one in people
        ]
        if self.person not in {one["id"] for one in self.people}:
            self.person = ""

    def _show(self, run: RunView) -> None:
        self._run, self.is_running = run.id, True
        self.exchanges = [_make_exchange(number, one) for number, one in enumerate(run.exchanges, 1)]
        self.members = {
            str(number): [row for token in one.tokens for row in _list_members(token)]
            for number, one in enumerate(run.exchanges, 1)
        }
        steps = [one for one in run.offers if not one.fails]
        self.steps = [_make_step(one, is_first=one is steps[0]) for one in steps]
        self.failures = [_make_step(one, is_first=False) for one in run.offers if one.fails]
        self.can_expire = any("expired" in one.name for one in run.offers)
        self.ending = _(run.ending) if run.ending else ""
        self.consent_page = preview.draw(run.question, caller_of(self)) if run.question else ""


def _make_flow(flow: FlowOffer) -> Row:
    return {
        "kind": flow.kind.value,
        "title": _(TITLES[flow.kind]),
        "why_not": _(flow.why_not) if flow.why_not else "",
    }


def _make_step(one: OfferedAction, *, is_first: bool) -> Row:
    return {"name": one.name, "label": _(one.label), "is_first": "1" if is_first else ""}


def _make_exchange(number: int, one: Exchange) -> Row:
    return {
        "number": str(number),
        "title": _(one.title),
        "sender": _(SENDERS[one.sender]),
        "request": one.request,
        "answer": one.answer,
        "failed": "1" if one.detail or one.status >= _FIRST_ERROR else "",
        "meaning": _(one.meaning),
        "detail": _(one.detail) if one.detail else "",
        "repair": _(one.repair) if one.repair else "",
        "opens": "1" if one.tokens else "",
    }


def _list_members(token: Decoded) -> list[Row]:
    """Return the members of one token as rows; the first says whose they are."""
    first: dict[str, Any] = {"of": token.name}
    rows: list[Row] = []
    for claim in token.claims:
        rows.append({"of": "", **first, "name": claim.name, "value": claim.value, "meaning": _(claim.meaning)})
        first = {}
    return rows
