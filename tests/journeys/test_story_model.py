"""The founding story against a model of it: whatever people do, in whatever order."""

from dataclasses import dataclass
from random import Random

import httpx
import pytest

from oauth2system.errors import NotFound
from oauth2system.policy import lifetimes
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps
from oauth2system.services.authorization import connected_apps
from oauth2system.storage.database.columns import to_ms
from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import Story

STEPS = 150
VALUE_LIVES_MS = 120_000
FLOW_LIVES_MS = 30 * 60_000
REREAD_MS = {"Once": 0, "Again": 300_000}
PEOPLE = ("grace", "joan")
SCOPES = (frozenset({"identify"}), frozenset({"email"}), frozenset({"identify", "email"}))
KEYS = {"identify": {"username", "user_name", "display_name", "avatar"}, "email": {"email", "email_verified"}}


@dataclass
class Value:
    """What a site was given."""

    text: str
    person: str
    app: str
    scopes: frozenset[str]
    minted_ms: int
    used_ms: int | None = None
    is_dead: bool = False


@dataclass
class Flow:
    """A request that waits for its person."""

    answer: httpx.Response
    person: str
    app: str
    scopes: frozenset[str]
    began_ms: int


class Walk:
    """Two people and two apps that do anything at any time, and what the model believes of them."""

    def __init__(self, story: Story, seed: int) -> None:
        self.story = story
        self.chance = Random(seed)
        ada = story.member()
        self.apps = {name: story.app(ada, name) for name in REREAD_MS}
        for name, reread_ms in REREAD_MS.items():
            ada.do(apps.allow_rereading, self.apps[name].client_id, reread_ms // 1000)
        self.people = {name: story.member(name) for name in PEOPLE}
        self.consents: dict[tuple[str, str], frozenset[str]] = {}
        self.disabled: set[str] = set()
        self.values: list[Value] = []
        self.flows: list[Flow] = []
        self.told = 0

    @property
    def now_ms(self) -> int:
        return to_ms(self.story.now)

    def walk(self) -> None:
        """Take one step after another; the names of the steps stand in the report of a failure."""
        weights = {
            self.follow_a_link: 8,
            self.agree: 6,
            self.cancel: 1,
            self.fetch: 9,
            self.revoke: 2,
            self.disable_a_person: 1,
            self.disable_an_app: 1,
            self.enable_everything: 3,
            self.let_time_pass: 3,
        }
        for _ in range(STEPS):
            step = self.chance.choices(list(weights), list(weights.values()))[0]
            print(step.__name__)  # noqa: T201  (shown when the run fails)
            step()

    def follow_a_link(self) -> None:
        person, app, scopes = self.somebody(), self.some_app(), self.chance.choice(SCOPES)
        answer = self.people[person].authorize(self.apps[app], "+".join(sorted(scopes)))
        if app in self.disabled:
            assert answer.status_code == 400
        elif person in self.disabled:
            assert path(answer) == "/login"
        elif scopes <= self.consents.get((person, app), frozenset()):
            self.take(answer, person, app, scopes)
        else:
            assert path(answer) == "/consent"
            self.flows.append(Flow(answer, person, app, scopes, self.now_ms))

    def agree(self) -> None:
        flow = self.some_flow()
        if flow is None:
            return
        visitor = self.people[flow.person]
        answer = visitor.decide(flow.answer)
        if self.is_over(flow):
            self.read_how_it_ended(answer, flow)
            return
        if flow.person in self.disabled:
            assert path(answer) == "/login"
            return
        answer = visitor.get(answer.headers["location"])
        key = (flow.person, flow.app)
        self.consents[key] = self.consents.get(key, frozenset()) | flow.scopes
        self.take(answer, flow.person, flow.app, flow.scopes)

    def cancel(self) -> None:
        flow = self.some_flow()
        if flow is None:
            return
        answer = self.people[flow.person].decide(flow.answer, "cancel")
        if self.is_over(flow):
            self.read_how_it_ended(answer, flow)
        else:
            assert query(answer)["error"] == "access_denied"

    def fetch(self) -> None:
        if not self.values:
            return
        value = self.chance.choice(self.values[-4:])
        app = value.app if self.chance.random() < 0.8 else self.some_app()
        answer = self.story.fetch(self.apps[app], value.text)
        if app in self.disabled:
            assert answer.json()["error"] == "invalid_client"
        elif not self.is_readable(value, app):
            assert answer.json()["error"] == "invalid_token"
        else:
            self.told += 1
            value.used_ms = self.now_ms if value.used_ms is None else value.used_ms
            granted = value.scopes & self.consents[value.person, value.app]
            assert set(answer.json()) == {"id"}.union(*(KEYS[scope] for scope in granted))
            assert answer.json()["id"] == self.people[value.person].user_id

    def revoke(self) -> None:
        person, app = self.somebody(), self.some_app()
        if person in self.disabled:
            return
        if self.consents.pop((person, app), None) is None:
            with pytest.raises(NotFound):
                self.people[person].do(connected_apps.revoke, self.apps[app].client_id)
            return
        self.people[person].do(connected_apps.revoke, self.apps[app].client_id)
        for value in self.values:
            value.is_dead |= (value.person, value.app) == (person, app)

    def disable_a_person(self) -> None:
        person = self.somebody()
        self.disabled.add(person)
        self.story.run("UPDATE users SET disabled_at = 1 WHERE username = ?", person)

    def disable_an_app(self) -> None:
        app = self.some_app()
        self.disabled.add(app)
        self.story.ask(all_apps.disable, self.apps[app].client_id)

    def enable_everything(self) -> None:
        self.disabled.clear()
        self.story.run("UPDATE users SET disabled_at = NULL")
        for app in self.apps.values():
            self.story.ask(all_apps.disable, app.client_id, disabled=False)

    def let_time_pass(self) -> None:
        self.story.later(seconds=self.chance.choice([1, 1, 1, 60, 60, 119, 120, 299, 300, 1800]))

    def somebody(self) -> str:
        return self.chance.choice(PEOPLE)

    def some_app(self) -> str:
        return self.chance.choice(list(REREAD_MS))

    def some_flow(self) -> Flow | None:
        return self.flows.pop(self.chance.randrange(len(self.flows))) if self.flows else None

    def is_over(self, flow: Flow) -> bool:
        return flow.app in self.disabled or self.now_ms >= flow.began_ms + FLOW_LIVES_MS

    def read_how_it_ended(self, answer: httpx.Response, flow: Flow) -> None:
        """Check that no site learned anything: a request that ended is named for a while, and is gone after that."""
        if self.now_ms < flow.began_ms + FLOW_LIVES_MS + lifetimes.FLOW_EXPIRED_KEPT.in_ms:
            assert path(answer) == "/login"
            assert query(answer)["flow"] == query(flow.answer)["flow"]
        else:
            assert answer.status_code == 400

    def take(self, answer: httpx.Response, person: str, app: str, scopes: frozenset[str]) -> None:
        assert path(answer) == "/callback"
        self.values.append(Value(query(answer)["code"], person, app, scopes, self.now_ms))

    def is_readable(self, value: Value, app: str) -> bool:
        if value.app != app or value.is_dead or value.person in self.disabled:
            return False
        if value.used_ms is None:
            return self.now_ms < value.minted_ms + VALUE_LIVES_MS
        return self.now_ms < value.used_ms + REREAD_MS[app]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_people_do_a_site_learns_what_it_may_and_no_more(story: Story, seed: int) -> None:
    walk = Walk(story, seed)
    walk.walk()
    assert walk.told >= 5, "the walk went somewhere"
