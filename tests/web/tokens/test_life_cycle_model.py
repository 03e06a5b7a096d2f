"""Codes and tokens against a model of them: whatever is redeemed, refreshed, revoked or disabled, in any order."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from oauth2system.errors import NotFound
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.admin import people
from oauth2system.services.authorization import connected_apps
from oauth2system.services.sessions import sessions
from tests.support.in_process.door import begin_session, runner_on, signed_in
from tests.support.in_process.oauth_apps import OPERATOR, Clock, House
from tests.web.tokens.token_model import Code, Family, Token

ACCESS_S, IDLE_S, ABSOLUTE_S, CODE_S, GRACE_S, REMEMBERED_S = 600, 14 * 86400, 90 * 86400, 60, 10, 600
SPANS = (1, 1, 9, 10, 11, 59, 60, 599, 3600, 13 * 86400)
SCOPES = ("openid email", "openid email offline_access", "identify email")


class LifeCycle(RuleBasedStateMachine):
    """One person, two apps, and a clock; the model is told by the standards alone."""

    url = ""
    opened = 0

    @initialize()
    def open(self) -> None:
        self.folder = Path(mkdtemp(prefix="model-"))
        self.clock = Clock()
        self.started = self.clock.now
        self.running = runner_on(self.url, self.folder, clock=self.clock, RATE_LIMIT_FACTOR="1000")
        self.house = House.open(self.running.__enter__())
        self.apps = [self.house.public("Public"), self.house.app("Confidential", simple_flow=True)]
        self.codes: list[Code] = []
        self.families: list[Family] = []
        self.session, self.in_session = 0, True
        self.consented: set[int] = set()
        self.app_disabled: set[int] = set()
        self.person_disabled = False

    def teardown(self) -> None:
        if hasattr(self, "running"):
            self.house.runner.now(OPERATOR, self._forget)
            self.running.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    @staticmethod
    def _forget(ctx: Context) -> None:
        """Leave nothing to the next walk, whose clock begins earlier."""
        for table in ("tokens", "families", "ephemeral", "replays", "throttles", "sessions", "clients", "users"):
            ctx.db.run(f"DELETE FROM {table}")

    @property
    def now(self) -> float:
        return (self.clock.now - self.started).total_seconds()

    def ada(self) -> Caller:
        return Caller(cookie=self.house.ada.cookie.partition("=")[2])

    @rule(app=st.integers(0, 1), scope=st.sampled_from(SCOPES))
    def authorize(self, app: int, scope: str) -> None:
        answer = self.house.authorize(self.apps[app], scope=scope)
        location = answer.headers.get("location", "")
        if app in self.app_disabled:
            assert answer.status_code == 400
        elif self.person_disabled or not self.in_session:
            assert location.startswith("/login")
        else:
            text = location.partition("code=")[2].partition("&")[0]
            self.consented.add(app)
            self.codes.append(Code(text, app, scope, self.now, self.session))

    @precondition(lambda self: self.codes)
    @rule(data=st.data(), right=st.sampled_from((True, True, True, False)))
    def redeem(self, data: st.DataObject, right: bool) -> None:
        self._redeem(data.draw(st.sampled_from(self.codes[-3:])), right=right)

    def _redeem(self, code: Code, *, right: bool) -> None:
        app = code.app if right else 1 - code.app
        answer = self.house.redeem(self.apps[app], code.text)
        if app in self.app_disabled:
            assert answer.status_code == 401
        elif not right:
            assert answer.json()["error"] == "invalid_grant"
        elif code.used is not None:
            assert answer.json()["error"] == "invalid_grant"
            if code.family is not None and self.now < code.used + REMEMBERED_S:
                code.family.dead = True
        elif self._is_good(code):
            assert answer.status_code == 200, answer.text
            told = answer.json()
            code.used = self.now
            code.family = Family(code.app, code.scope, self.now, code.session)
            code.family.tokens.append(Token(told["access_token"], told.get("refresh_token"), self.now))
            self.families.append(code.family)
        else:
            assert answer.json()["error"] == "invalid_grant"
            if not code.gone and self.now < code.born + CODE_S:
                code.used = self.now

    def _is_good(self, code: Code) -> bool:
        is_young = self.now < code.born + CODE_S
        return is_young and not code.gone and not self.person_disabled and code.app in self.consented

    @precondition(lambda self: self.families)
    @rule(data=st.data(), right=st.sampled_from((True, True, True, False)))
    def refresh(self, data: st.DataObject, right: bool) -> None:
        family = data.draw(st.sampled_from(self.families[-3:]))
        token = data.draw(st.sampled_from(family.tokens[-3:]))
        if token.refresh is None:
            return
        app = family.app if right else 1 - family.app
        answer = self.house.refresh(self.apps[app], token.refresh)
        if app in self.app_disabled:
            assert answer.status_code == 401
        elif not right or not self._refreshes(family, token):
            assert answer.json()["error"] == "invalid_grant"
        elif token.rotated is None:
            assert answer.status_code == 200, answer.text
            told = answer.json()
            token.rotated = self.now
            token.successor = Token(told["access_token"], told["refresh_token"], self.now)
            family.tokens.append(token.successor)
        elif self.now - token.rotated <= GRACE_S:
            assert token.successor is not None
            assert answer.json()["refresh_token"] == token.successor.refresh
            assert answer.json()["access_token"] == token.successor.access
        else:
            assert answer.json()["error"] == "invalid_grant"
            family.dead = True

    def _refreshes(self, family: Family, token: Token) -> bool:
        is_young = self.now < min(token.born + IDLE_S, family.born + ABSOLUTE_S)
        return is_young and self._lives(family)

    def _lives(self, family: Family) -> bool:
        stands = family.app in self.consented and family.app not in self.app_disabled
        return stands and not self.person_disabled and not family.dead

    @precondition(lambda self: self.families)
    @rule(data=st.data(), whole=st.booleans(), right=st.sampled_from((True, True, False)))
    def revoke(self, data: st.DataObject, whole: bool, right: bool) -> None:
        family = data.draw(st.sampled_from(self.families[-3:]))
        token = data.draw(st.sampled_from(family.tokens[-3:]))
        shown = token.refresh if whole and token.refresh else token.access
        app = family.app if right else 1 - family.app
        answer = self.house.call("/oauth2/revoke", self.apps[app], None, {"token": shown})
        if app in self.app_disabled:
            assert answer.status_code == 401
        elif not right:
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        else:
            assert (answer.status_code, answer.content) == (200, b"")
            if shown == token.refresh:
                family.dead = True
            else:
                token.access_revoked = True

    def take_back(self, app: int) -> None:
        if self.person_disabled or not self.in_session:
            return
        if app not in self.consented:
            with pytest.raises(NotFound):
                self.house.runner.now(self.ada(), connected_apps.revoke, self.apps[app].id)
            return
        self.house.runner.now(self.ada(), connected_apps.revoke, self.apps[app].id)
        self.consented.discard(app)
        self._end(lambda one: one.app == app)

    def _end(self, which: Callable[[Code | Family], bool]) -> None:
        for family in filter(which, self.families):
            family.dead = True
        for code in filter(which, self.codes):
            code.gone = True
            code.family = None  # nothing is left that a replay could end

    def sign_out(self) -> None:
        if not self.in_session or self.person_disabled:
            return
        self.house.runner.now(self.ada(), sessions.end)
        self.in_session = False
        bound = [one for one in self.families if one.session == self.session and "offline" not in one.scope]
        for family in bound:
            family.dead = True
        for code in self.codes:
            code.gone |= code.session == self.session and "offline" not in code.scope and code.used is None

    def sign_in(self) -> None:
        if self.in_session or self.person_disabled:
            return
        value = self.house.runner.now(Caller(), begin_session, self.house.ada.id)
        self.house.ada = signed_in(self.house.runner, self.house.ada.id, "ada", value)
        self.session, self.in_session = self.session + 1, True

    def disable_the_person(self) -> None:
        self.house.runner.now(OPERATOR, people.disable, "ada")
        self.person_disabled, self.in_session = True, False
        self._end(lambda one: True)

    def disable_an_app(self, app: int) -> None:
        self.house.runner.now(OPERATOR, all_apps.disable, self.apps[app].id)
        self.app_disabled.add(app)

    def enable_everything(self) -> None:
        self.house.runner.now(OPERATOR, people.enable, "ada")
        for app in self.apps:
            self.house.runner.now(OPERATOR, all_apps.disable, app.id, disabled=False)
        self.person_disabled, self.app_disabled = False, set()

    @rule(what=st.sampled_from(("consent", "session", "person", "app")), app=st.integers(0, 1))
    def meddle(self, what: str, app: int) -> None:
        match what:
            case "consent":
                self.take_back(app)
            case "session":
                self.sign_out()
            case "person":
                self.disable_the_person()
            case _:
                self.disable_an_app(app)

    @rule()
    def mend(self) -> None:
        self.enable_everything()
        self.sign_in()

    @rule(app=st.integers(0, 1), scope=st.sampled_from(SCOPES))
    def come_back_with_tokens(self, app: int, scope: str) -> None:
        """Mend what keeps an app from its tokens, and get some."""
        self.mend()
        self.authorize(app, scope)
        self._redeem(self.codes[-1], right=True)

    @rule(seconds=st.sampled_from(SPANS))
    def let_time_pass(self, seconds: int) -> None:
        self.clock.pass_by(seconds=seconds)
        if seconds > 7 * 86400:
            self.in_session = False  # it lay idle, which takes nothing with it: nobody signed out

    @invariant()
    def what_the_model_believes_is_what_userinfo_and_introspection_say(self) -> None:
        if not hasattr(self, "families"):
            return
        for family in self.families[-2:]:
            app = self.apps[family.app]
            for token in family.tokens[-2:]:
                lives = self._lives(family) and self.now < token.born + ACCESS_S and not token.access_revoked
                assert self._opens(family, token) is lives
                type(self).opened += lives
                if family.app == 1 and family.app not in self.app_disabled:
                    assert self.house.introspect(app, token.access)["active"] is lives
                    if token.refresh is not None:
                        good = self._refreshes(family, token) and token.rotated is None
                        assert self.house.introspect(app, token.refresh)["active"] is good

    def _opens(self, family: Family, token: Token) -> bool:
        path = "/oauth2/userinfo" if "openid" in family.scope else "/api/user"
        answer = self.house.door.get(path, headers={"authorization": f"Bearer {token.access}"})
        assert answer.status_code in {200, 401}
        return answer.status_code == 200


def walk(url: str, examples: int) -> int:
    """Walk so many times; returns how often something was open."""

    class Here(LifeCycle):
        pass

    Here.url = url
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    return Here.opened


def test_whatever_happens_a_token_opens_what_it_should_and_no_more(database_url: str) -> None:
    assert walk(database_url, 10) > 50, "the walks went somewhere"
