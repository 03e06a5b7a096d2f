"""The same bench at a running server: every request goes over the network, and is about the one app of an open page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlmodel import SQLModel

from oauth2system.protocol.clients.client import Client
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import secrets
from oauth2system.storage.database.columns import Instant
from oauth2system.storage.tables import clients
from tests.support.in_process.door import Door, Person
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, Clock, House
from tests.support.servers.recording_server import Sink
from tests.web.reasons.bench import GRANTS, Bench

# Rows that end by themselves.
_AGEING = ("ephemeral", "device_codes", "tokens", "families")


class RemoteDoor(Door):
    """A visitor of a running server."""

    def __init__(self, base: str) -> None:
        super().__init__(None, base)

    def ask(  # noqa: PLR0913  (a request has these parts)
        self, method: str, path: str, *, cookie: str | None = None, headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None, content: bytes | None = None, peer: str = "127.0.0.1",
    ) -> httpx.Response:  # fmt: skip
        """Ask once, over a connection of its own."""
        del peer
        sent = {**(headers or {}), **({} if cookie is None else {"cookie": cookie})}
        with httpx.Client(base_url=self.base, trust_env=False, timeout=20) as http:
            return http.request(method, path, headers=sent, data=data, content=content)


class RealClock(Clock):
    """The time of day. What a test wants to be later makes the rows of an app older."""

    def __init__(self, make_older: Callable[[timedelta], None]) -> None:
        self._make_older = make_older

    @property
    def now(self) -> datetime:  # pyright: ignore[reportIncompatibleVariableOverride]  (it is only read here)
        return datetime.now(UTC)

    def pass_by(self, **span: float) -> None:
        """Make everything older that ends by itself."""
        self._make_older(timedelta(**span))


class LiveBench(Bench):
    """A bench whose first app, or the one that a reason is noted for, is always the same: that of the open page."""

    def __init__(self, runner: Runner, ada: Person, place: Sink, base: str) -> None:
        house = House(runner, ada, RemoteDoor(base), base)
        super().__init__(house, RealClock(self._make_older), place, runner.settings.var)
        told: dict[str, Any] = super().register().json()
        self.told, self.page_id = told, str(told["client_id"])
        self._registered = self._find()
        self._nth, self._made = 1, 0
        self._become(self._registered)  # now it has an owner

    def _find(self) -> Client:
        found = self.house.runner.now(OPERATOR, lambda ctx: clients.find(ctx.db, self.page_id))
        assert found is not None
        return found

    def begin(self, nth: int) -> None:
        """Begin with the next reason: the app with this number, as they are made, is that of the page."""
        self._nth, self._made = nth, 0

    def app(self, **changes: Any) -> App:
        """Return the app of the page as it is wanted now, or another one."""
        self._made += 1
        if self._made != self._nth:
            return super().app(**changes)
        plain: dict[str, Any] = {"require_pkce": False, "grant_types": GRANTS, "simple_flow": True}
        usual: dict[str, Any] = {"redirect_uris": (CB,), "first_party": True}
        return self._become(replace(Client(id="", name="Confidential"), **{**usual, **plain, **changes}))

    def public(self, **changes: Any) -> App:
        return self.app(
            **{"simple_flow": False, "require_pkce": True, **changes},
            is_public=True,
            token_endpoint_auth_method="none",
        )

    def register(self, bearer: str | None = None, **changes: Any) -> httpx.Response:
        """Make the app of the page one that registered itself, and return what it was answered then."""
        if bearer is not None:
            return super().register(bearer, **changes)
        more = {**changes, **({"jwks": json.dumps(changes["jwks"])} if "jwks" in changes else {})}
        self._become(replace(self._registered, **more))
        return httpx.Response(201, json=self.told)

    def _become(self, wanted: Client) -> App:
        client = replace(wanted, id=self.page_id, owner_id=self.house.ada.id)
        if client.simple_flow and not client.simple_redirect_uri:
            client = replace(client, simple_redirect_uri=client.redirect_uris[0])

        def write(ctx: Context) -> str | None:
            clients.save(ctx.db, client, ctx.now)
            clients.set_disabled(ctx.db, client.id, ctx.now, disabled=False)
            ctx.db.run("DELETE FROM client_secrets WHERE client_id = ?", client.id)
            ctx.db.run("DELETE FROM consents WHERE client_id = ?", client.id)
            if client.is_public:
                return None
            return secrets.add(ctx, client, "").value

        secret = self.house.runner.now(OPERATOR, write)
        return App(client.id, secret, client.token_endpoint_auth_method)

    def raw(self, path: str, body: bytes, *headers: tuple[str, str]) -> httpx.Response:
        with httpx.Client(base_url=self.house.base, trust_env=False) as http:
            return http.post(path, headers=[*headers], content=body)

    def _make_older(self, span: timedelta) -> None:
        ms = int(span.total_seconds() * 1000)
        for name in _AGEING:
            table = SQLModel.metadata.tables[name]
            moments = [column.name for column in table.columns if isinstance(column.type, Instant)]
            sets = ", ".join(f"{one} = {one} - {ms}" for one in moments)
            self.run(f"UPDATE {name} SET {sets} WHERE client_id = ?", self.page_id)
