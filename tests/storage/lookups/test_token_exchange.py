"""An exchange answers and does the same, whether one look-up found what is exchanged or the full check had to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, REFRESH_GRANT
from oauth2system.protocol.params import Params
from oauth2system.runtime.context import Context
from oauth2system.services.tokens import dpop, exchange
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.exchange import TokenRequest
from oauth2system.services.tokens.signed_answer import Issued
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups import token_exchange
from oauth2system.storage.lookups.known_clients import AppKey, KnownClients
from oauth2system.storage.lookups.token_exchange import ExchangeLookup
from oauth2system.storage.tables import clients
from tests.storage.lookups.states import (
    PEOPLE_AND_APPS,
    RESOURCE,
    SECRETS,
    Change,
    World,
    outcome,
    registered,
    sql,
    world,
)
from tests.support.in_process.jwts import Key
from tests.support.in_process.oauth_apps import CB, VERIFIER, Clock, House, basic

CLIENTS = (
    registered(dpop_bound_access_tokens=True),
    registered(access_token_format="jwt", id_token_signed_response_alg="ES256"),
    registered(grant_types=frozenset({CODE_GRANT})),
    registered(resources=()),
)
FAMILIES = (
    sql("UPDATE families SET revoked_at = 1"),
    sql("UPDATE families SET expires_at = {now}"),
    sql("UPDATE families SET expires_at = {now} + 1000"),
    sql("UPDATE families SET scopes = 'email'"),
    sql("UPDATE families SET resources = ''"),
    sql("UPDATE families SET jkt = 'another thumbprint'"),
    sql("UPDATE families SET jkt = '{jkt}'"),
    sql("UPDATE families SET user_id = '{bob}'"),
    sql("UPDATE families SET generation = generation + 1"),
    sql("UPDATE families SET client_id = '{other}'"),
    sql("DELETE FROM families"),
)
REFRESH_TOKENS = (
    *FAMILIES,
    sql("UPDATE tokens SET refresh_expires_at = {now}"),
    sql("UPDATE tokens SET refresh_expires_at = {now} + 1"),
    sql("UPDATE tokens SET refresh_digest = NULL, refresh_expires_at = NULL"),
    sql("UPDATE tokens SET rotated_at = {now}"),
    sql("UPDATE tokens SET rotated_at = 1 WHERE rotated_at IS NOT NULL"),
    sql("UPDATE tokens SET jkt = 'another thumbprint' WHERE successor_id IS NULL"),
    sql("UPDATE tokens SET revoked_at = 1, access_expires_at = 1"),
    sql("UPDATE tokens SET client_id = '{other}'"),
    sql("UPDATE tokens SET family_id = NULL"),
    sql("DELETE FROM tokens WHERE successor_id IS NULL"),
)
CODES = (
    sql("UPDATE ephemeral SET expires_at = {now}"),
    sql("UPDATE ephemeral SET expires_at = {now} + 1"),
    sql("UPDATE ephemeral SET taken_at = {now}"),
    sql("UPDATE ephemeral SET kind = 'os'"),
    sql("UPDATE ephemeral SET client_id = '{other}'"),
    sql("UPDATE ephemeral SET user_id = '{bob}'"),
    sql("UPDATE ephemeral SET generation = generation + 1"),
    sql("UPDATE ephemeral SET generation = NULL"),
    sql("DELETE FROM ephemeral"),
    *FAMILIES,
)

# What an exchange may leave behind; new tokens have new ids.
LEFT_BEHIND = {
    "families": "id, scopes, resources, claims, auth_time, acr, amr, jkt, offline, expires_at, revoked_at, revoked_for",
    "tokens": "family_id, client_id, access_expires_at, refresh_expires_at, scopes, resources, jkt, rotated_at",
    "ephemeral": "id, expires_at, taken_at",
    "audit": "event, user_id, client_id",
    "outbox": "kind",
    "replays": "key",
}
# Minted anew at each exchange.
FRESH = frozenset({"access_token", "refresh_token", "jti"})


@dataclass(frozen=True)
class Asking:
    """An app at the token endpoint, in the ways in which it may ask with a grant of one type."""

    world: World
    key: Key
    nonce: str
    clock: Clock
    fields: Mapping[str, str]

    def ask(self, authorization: str | None = "", *proofs: str, **fields: str | list[str]) -> TokenRequest:
        """Ask rightly, unless something is changed; a field of "" is left out."""
        app = self.world.app
        shown = app.headers().get("authorization") if authorization == "" else authorization
        given = {**app.fields(), **self.fields, **fields}
        return TokenRequest(shown, Params.from_json(given), Sent(proofs, "POST", "/oauth2/token"))

    def prove(self) -> str:
        """Sign a DPoP proof."""
        url = f"{self.world.house.base}/oauth2/token"
        return self.key.proof("POST", url, self.clock.now.timestamp(), nonce=self.nonce)

    def requests(self, **values: str) -> dict[str, TokenRequest]:
        """Return the ways, each with a name; `values` are others than the right one of the grant's own field."""
        app, other = self.world.app, self.world.other
        (name,) = self.fields.keys() & {"code", "refresh_token"}
        right = self.fields[name]
        twice: dict[str, Any] = {name: [right, right]}
        return {
            "as it should": self.ask(),
            **{f"with {how} {name}": self.ask(**{name: value}) for how, value in values.items()},
            "with no value": self.ask(**{name: ""}),
            "with a guessed value": self.ask(**{name: spoilt(right)}),
            "with two values": self.ask(**twice),
            "with the values of two grants": self.ask(code=right, refresh_token=right),
            "as another app": self.ask(other.headers()["authorization"], client_id=other.id),
            "with another app's secret": self.ask(basic(app.id, other.secret or "")["authorization"]),
            "as no app": self.ask(basic("1", "x")["authorization"], client_id=""),
            "as nothing like an app": self.ask(None, client_id="the app"),
            "with a proof": self.ask("", self.prove()),
            "with two proofs": self.ask("", self.prove(), self.prove()),
            "with fewer scopes": self.ask(scope="openid"),
            "with more scopes": self.ask(scope="openid admin"),
            "for a resource": self.ask(resource=RESOURCE),
            "for another resource": self.ask(resource="https://elsewhere.example"),
            "with another address": self.ask(redirect_uri="https://elsewhere.example"),
            "with another verifier": self.ask(code_verifier="x" * 43),
            "with a parameter twice": self.ask(scope=["openid", "email"]),
        }


Exchanged = tuple[object, dict[str, list[str]]]


def spoilt(value: str) -> str:
    return value[:-1] + ("A" if value[-1] != "A" else "Q")


def exchanged(ctx: Context, request: TokenRequest) -> Exchanged:
    """Return what an exchange answers and what it leaves behind, and undo it."""
    ctx.db.run("SAVEPOINT exchange")
    try:
        answer = outcome(lambda: seen(exchange.exchange(ctx, request)))
        return answer, left_behind(ctx)
    finally:
        ctx.db.run("ROLLBACK TO SAVEPOINT exchange")


def left_behind(ctx: Context) -> dict[str, list[str]]:
    rows = {table: ctx.db.all(f"SELECT {columns} FROM {table}") for table, columns in LEFT_BEHIND.items()}
    return {table: sorted(map(repr, found)) for table, found in rows.items()}


def seen(issued: Issued) -> list[object]:
    """Return an answer with a mark in the place of each value that is minted anew."""
    parts = (issued.answer, issued.access_claims or {}, issued.id_claims or {})
    return [issued.alg, *({name: name in FRESH or value for name, value in part.items()} for part in parts)]


def blindly(ctx: Context, request: TokenRequest, monkeypatch: pytest.MonkeyPatch) -> Exchanged:
    """Exchange with look-ups that find nothing but the client and its secret, as the database has them."""
    with monkeypatch.context() as blind:
        for name in ("find_client", "find_with_code", "find_with_refresh_token"):
            blind.setattr(token_exchange, name, find_app_only)
        return exchanged(ctx, request)


def find_app_only(db: Db, _known: KnownClients, app: AppKey, *_: object) -> ExchangeLookup:
    found = clients.find_with_secret(db, *app)
    return ExchangeLookup() if found is None else ExchangeLookup(found[0], found[1])


def every_state(
    asked: World, changes: Iterable[Change], all_requests: Mapping[str, TokenRequest]
) -> Iterator[tuple[tuple[Change, ...], Mapping[str, TokenRequest]]]:
    """Walk through all states with the right request, and through the simple ones with every other."""
    for state in asked.states(changes):
        yield (
            state,
            {
                how: request
                for how, request in all_requests.items()
                if len(state) < asked.at_once or how == "as it should"
            },
        )


def check(asking: Asking, changes: Iterable[Change], monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Exchange in every state, with both, and compare; most states must be refused, and many answered."""
    answered = 0
    for state, requests in every_state(asking.world, changes, asking.requests(**values)):
        with asking.world.changed(*state) as ctx:
            for how, request in requests.items():
                fast = exchanged(ctx, request)
                assert fast == blindly(ctx, request, monkeypatch), (state, how)
                answered += isinstance(fast[0], list)
                assert state or how != "as it should" or isinstance(fast[0], list)
    assert answered > 10


@pytest.fixture(params=["confidential", "public"])
def asked(request: pytest.FixtureRequest, house: House) -> World:
    """An app of either kind; a public one is found by the same look-ups, without a secret."""
    if request.param == "confidential":
        return world(house, resources=(RESOURCE,), require_pkce=False)
    made = world(house, resources=(RESOURCE,), is_public=True, token_endpoint_auth_method="none")
    return replace(made, app=replace(made.app, method="none"))


def asking(asked: World, clock: Clock, **fields: str) -> Asking:
    key = Key()
    asked.names["jkt"] = key.jkt
    with asked.changed() as ctx:
        return Asking(asked, key, dpop.nonces(ctx)[0], clock, fields)


@pytest.mark.timeout(300)
def test_a_refresh_token_found_with_its_client_is_exchanged_as_any_other(
    asked: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked.house.tokens(asked.app, resource=RESOURCE)["refresh_token"]
    token = asked.house.refresh(asked.app, first).json()["refresh_token"]
    theirs = asked.house.tokens(asked.other)["refresh_token"]
    made = asking(asked, clock, grant_type=REFRESH_GRANT, refresh_token=token)
    check(made, (*PEOPLE_AND_APPS, *SECRETS, *CLIENTS, *REFRESH_TOKENS), monkeypatch, rotated=first, foreign=theirs)


@pytest.mark.timeout(300)
def test_a_code_found_with_its_client_is_exchanged_as_any_other(
    asked: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, code = (asked.house.code(asked.app, resource=RESOURCE) for _ in range(2))
    assert asked.house.redeem(asked.app, used).status_code == 200
    theirs = asked.house.code(asked.other)
    rest = {"redirect_uri": CB, "code_verifier": VERIFIER}
    made = asking(asked, clock, grant_type=CODE_GRANT, code=code, **rest)
    check(made, (*PEOPLE_AND_APPS, *SECRETS, *CLIENTS, *CODES), monkeypatch, used=used, foreign=theirs)
