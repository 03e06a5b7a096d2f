"""A house in which every reason can be provoked: its clients do what a reason is there to refuse."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT, Client
from oauth2system.runtime import app_log
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.clients import registration
from oauth2system.services.insight import activity
from oauth2system.services.insight.activity import Wanted
from oauth2system.storage.tables import clients
from oauth2system.ui.pages.apps.activity import rows
from oauth2system.web.app import Web
from tests.support.in_process.delivery import deliver
from tests.support.in_process.door import Door, Person, begin_session, person, runner_on, signed_in
from tests.support.in_process.jwts import ASSERTION, Key
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, Clock, House, answered
from tests.support.servers.recording_server import Sink
from tests.web.tokens.test_dpop import Holder

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT})
TOKEN, PAR, DEVICE, USER, USERINFO = (
    "/oauth2/token", "/oauth2/par", "/oauth2/device_authorization", "/api/user", "/oauth2/userinfo",
)  # fmt: skip
WRONG = "ok_" + "A" * 54
METADATA: dict[str, Any] = {"client_name": "Robot", "redirect_uris": [CB], "grant_types": ["authorization_code"]}
FORM = ("content-type", "application/x-www-form-urlencoded")


class Bench:
    """One house, one clock, one key, and a server of the client's own."""

    def __init__(self, house: House, clock: Clock, place: Sink, folder: Path) -> None:
        self.house, self.clock, self.place, self.folder = house, clock, place, folder
        self.key = Key()
        self.nobody = Person("", "", "", "")
        self.count = 0
        self._holder: Holder | None = None
        self._owners: dict[str, Caller] = {}

    @property
    def now(self) -> float:
        return self.clock.now.timestamp()

    @property
    def holder(self) -> Holder:
        """Return a client that holds a key, with a nonce that is good now."""
        if self._holder is None:
            self._holder = Holder(self.house, self.clock)
        self._holder.nonce = self._holder.ask_nonce()
        return self._holder

    def person(self, name: str, **given: Any) -> Person:
        """Make somebody new."""
        self.count += 1
        return person(self.house.runner, f"{name}{self.count}", **given)

    def app(self, **changes: Any) -> App:
        """Register an app that may do everything, and need not use PKCE."""
        plain: dict[str, Any] = {"require_pkce": False, "grant_types": GRANTS, "simple_flow": True}
        return self.house.app(**{**plain, **changes})

    def public(self, **changes: Any) -> App:
        plain: dict[str, Any] = {"grant_types": GRANTS}
        return self.house.public(**{**plain, **changes})

    def signs(self, **changes: Any) -> App:
        """Register an app that proves itself by its key."""
        return self.app(token_endpoint_auth_method="private_key_jwt", jwks=self.key.jwks, **changes)

    def change(self, app: App, **changes: Any) -> None:
        """Change an app behind the back of the rules, or as its owner may at any time."""

        def save(ctx: Context) -> None:
            known = clients.find(ctx.db, app.id)
            assert isinstance(known, Client)
            clients.save(ctx.db, replace(known, **changes), ctx.now)

        self.house.runner.now(OPERATOR, save)

    def run(self, sql: str, *args: object) -> None:
        self.house.runner.now(OPERATOR, lambda ctx: ctx.db.run(sql, *args))

    def as_ada(self) -> Caller:
        return Caller(cookie=self.house.ada.cookie.partition("=")[2])

    def again(self, who: Person) -> Person:
        """Sign somebody in anew, as the login form does."""
        value = self.house.runner.now(Caller(), begin_session, who.id)
        return signed_in(self.house.runner, who.id, who.username, value)

    # Calls.
    def authorize(self, app: App | None = None, who: Person | None = None, **changes: str | None) -> httpx.Response:
        return self.house.authorize(app or self.app(), who, **changes)

    def visit(self, path: str, pairs: dict[str, Any] | list[tuple[str, str]]) -> httpx.Response:
        return self.house.door.get(f"{path}?{urlencode(pairs, doseq=True)}", cookie=self.house.ada.cookie)

    def resume(self, asked: httpx.Response, who: Person | None = None) -> httpx.Response:
        """Go on with a flow in the browser that began it."""
        browser = asked.headers["set-cookie"].partition(";")[0]
        cookie = f"{(who or self.house.ada).cookie}; {browser}"
        return self.house.door.get(f"/oauth2/authorize?flow={answered(asked)['flow']}", cookie=cookie)

    def decide(self, asked: httpx.Response, decision: str) -> httpx.Response:
        """Answer on the consent page."""
        cookie = f"{self.house.ada.cookie}; {asked.headers['set-cookie'].partition(';')[0]}"
        form = {"flow": answered(asked)["flow"], "account": self.house.ada.id, "decision": decision}
        return self.house.door.post("/consent", cookie=cookie, data=form)

    def push(self, app: App, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        asked = {"response_type": "code", "redirect_uri": CB, "scope": "openid"}
        return self.house.call(PAR, app, headers, {**asked, **fields})

    def reference(self, app: App) -> str:
        """Push a request and return its request_uri."""
        answer = self.push(app)
        assert answer.status_code == 201, answer.text
        return answer.json()["request_uri"]

    def asserted(self, jwt: str, path: str = TOKEN, **fields: str | None) -> httpx.Response:
        signed = {"client_assertion_type": ASSERTION, "client_assertion": jwt, "grant_type": CLIENT_CREDENTIALS}
        return self.house.call(path, None, None, {**signed, **fields})

    def poll(self, app: App, code: str) -> httpx.Response:
        return self.house.token(app, grant_type=DEVICE_GRANT, device_code=code)

    def device(self, app: App, decision: str | None = None) -> str:
        """Begin the device flow, let Ada decide, and return the device code."""
        told = self.house.call(DEVICE, app, None, {"scope": "openid"}).json()
        if decision:
            form = {"user_code": told["user_code"], "account": self.house.ada.id, "decision": decision}
            self.house.door.post("/device", cookie=self.house.ada.cookie, data=form)
        return told["device_code"]

    def value(self, app: App) -> str:
        """Return the value of the simple flow."""
        answer = self.visit("/oauth2/authorize", {"client_id": app.id, "scope": "identify email"})
        return answered(answer)["oauth_token"]

    def link(self, **more: str) -> httpx.Response:
        """Open the link of the simple flow, with something added or left out."""
        return self.visit("/oauth2/authorize", {"client_id": self.app().id, **more})

    def fetch(self, app: App, value: str, **changes: str) -> httpx.Response:
        """Fetch the person as the simple flow does."""
        sent = {"client_id": app.id, "client_secret": app.secret or "", "oauth_token": value, **changes}
        return self.house.door.get(f"{USER}?{urlencode(sent)}")

    def raw(self, path: str, body: bytes, *headers: tuple[str, str]) -> httpx.Response:
        """Post a body as it is, with headers that may come twice."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.house.door.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.house.base) as client:
                return await client.post(path, headers=[*headers], content=body)

        return asyncio.run(once())

    def elsewhere(self, secret_key: str, ask: Callable[[House], httpx.Response]) -> httpx.Response:
        """Ask another node of the same house, which was given another SECRET_KEY."""
        with runner_on(self.house.runner.database.url, self.folder, clock=self.clock, SECRET_KEY=secret_key) as runner:
            answer = ask(House(runner, self.house.ada, Door(Web(runner))))
            runner.now(OPERATOR, app_log.write)  # each node writes its own notes
            return answer

    # Registering.
    def register(self, bearer: str | None = None, **changes: Any) -> httpx.Response:
        """Register an app by a program; a change of None leaves a member out."""
        bearer = bearer or self.house.runner.now(OPERATOR, registration.create_token, None, 1, 1).value
        return self.document("POST", "/oauth2/register", bearer, {**METADATA, **changes})

    def update(self, told: dict[str, Any] | None = None, /, **changes: Any) -> httpx.Response:
        """Put another description in the place of an app's; its owner reads what is wrong with it."""
        known: dict[str, Any] = told or self.register().json()
        data = {**METADATA, "client_id": known["client_id"], **changes}
        path = known["registration_client_uri"].removeprefix(self.house.base)
        return self.document("PUT", path, known["registration_access_token"], data)

    def document(
        self, method: str, path: str, bearer: str, data: object, kind: str = "application/json"
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {bearer}", "content-type": kind}
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.house.door.ask(method, path, headers=headers, content=content)

    # Signing out.
    def sign_out(self, **query: str) -> httpx.Response:
        return self.visit("/oauth2/end_session", query)

    def notify(self, status: int | None) -> httpx.Response:
        """Sign somebody out whose app is to be notified, and answer the notification; None for no server there."""
        self.place.status = status or 200
        url = self.place.url if status else "http://127.0.0.1:9/"
        app, who = self.app(backchannel_logout_uri=url), self.person("leaver")
        self.house.tokens(app, who)
        answer = self.house.door.post("/session/end", cookie=who.cookie, data={})
        deliver(self.house.runner)
        self.place.status = 200
        return answer

    # What is noted for owners.
    def forget(self) -> None:
        """Forget what was noted so far."""
        self.house.runner.now(OPERATOR, app_log.write)
        self.run("DELETE FROM app_log")

    def noted(self) -> list[tuple[str, str]]:
        """Return (reason, wire code) of everything that was noted since."""
        self.house.runner.now(OPERATOR, app_log.write)
        return self.house.runner.now(OPERATOR, lambda ctx: [
            (row[0], row[1]) for row in ctx.db.all("SELECT reason, code FROM app_log WHERE code <> ''")
        ])  # fmt: skip

    def read_by_owners(self, reason: str) -> list[dict[str, str]]:
        """Return what the owners of the apps read of this reason on the page of the activity."""
        runner, wanted = self.house.runner, Wanted()
        owned = runner.now(OPERATOR, lambda ctx: ctx.db.all(
            "SELECT DISTINCT c.id, c.owner_id FROM app_log l JOIN clients c ON c.id = l.client_id"
            " WHERE l.reason = ? AND c.owner_id IS NOT NULL", reason,
        ))  # fmt: skip
        found: list[dict[str, str]] = []
        for client_id, owner_id in owned:
            if owner_id not in self._owners:  # one session each: a person has only so many
                self._owners[owner_id] = Caller(cookie=runner.now(OPERATOR, begin_session, owner_id))
            seen = runner.now(self._owners[owner_id], activity.view, client_id, wanted)
            found += [rows.make_row(one, seen) for one in seen.entries if one.reason == reason]
        return found


@dataclass(frozen=True)
class Provoked:
    """How a reason is provoked, and whether an app's owner reads of it: `unnoted` says why not."""

    how: Callable[[Bench], httpx.Response]
    unnoted: str = ""
    # Some reasons are answered to nobody: they are about a call that we made.
    is_answered: bool = True


NO_APP = "The request names no app that exists, or cannot be read far enough to know."
A_STEP = "It is a step of an ordinary exchange."
A_PERSON = "It is about what a person did in their browser, not about what the app sent."
