"""States that a look-up may find: an app, its person and what they hold, changed in one place or in two.

Each measured look-up must answer what separate reads and the full check answer, or nothing. So every change is tried
alone, and on SQLite with every other one, inside a transaction that is then undone.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import Any

from oauth2system.protocol.errors import OAuthError
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import clients
from tests.support.in_process.door import Person, person
from tests.support.in_process.oauth_apps import App, House

RESOURCE = "https://api.example/v1"


@dataclass(frozen=True)
class Change:
    """One thing that may have happened, to whatever the names stand for."""

    name: str
    make: Callable[[Context, Mapping[str, Any]], object]

    def __repr__(self) -> str:
        return self.name


def sql(statement: str) -> Change:
    """Change the database; the statement may name {app}, {other}, {ada}, {bob} and {now}."""
    return Change(statement, lambda ctx, names: ctx.db.run(statement.format_map(names)))


def registered(**changes: Any) -> Change:
    """Register the app otherwise."""

    def save(ctx: Context, names: Mapping[str, Any]) -> None:
        client = clients.find(ctx.db, names["app"])
        if client is not None:
            clients.save(ctx.db, replace(client, **changes), ctx.now)

    return Change(f"registered with {changes}", save)


@dataclass
class World:
    """An app that is asked about, another one, and two people who allow both."""

    house: House
    app: App
    other: App
    bob: Person
    names: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def at_once(self) -> int:
        """How many things happen at once."""
        return 1 if self.house.runner.database.postgresql else 2

    @contextmanager
    def changed(self, *changes: Change) -> Generator[Context]:
        """Give a transaction in which all this has happened, and undo it afterwards."""
        runner = self.house.runner
        with suppress(_Undone), runner.database.transaction() as db:
            ctx = runner.context(db, NOBODY)
            for change in changes:
                change.make(ctx, {**self.names, "now": ctx.now_ms})
            yield ctx
            raise _Undone

    def states(self, changes: Iterable[Change]) -> Iterator[tuple[Change, ...]]:
        """Walk through all states: nothing has happened, one thing has, or two have.

        On PostgreSQL each thing happens alone: what two of them mean together no database decides.
        """
        known = tuple(changes)
        return chain.from_iterable(combinations(known, count) for count in range(self.at_once + 1))


class _Undone(Exception):
    """Ends a transaction without keeping it."""


def world(house: House, **registration: Any) -> World:
    """Open the world; `registration` is how the app is registered."""
    app = house.app("Asked about", **registration)
    other, bob = house.app("Another"), person(house.runner, "bob")
    return World(house, app, other, bob, {"app": app.id, "other": other.id, "ada": house.ada.id, "bob": bob.id})


def outcome(service: Callable[[], object]) -> object:
    """Return what a service answers, or all that its refusal says."""
    try:
        return service()
    except OAuthError as error:
        return type(error), error.reason, error.params, error.sent, error.registered


# What may happen to the app, its person and their consent; `users` cascades to families and consents.
PEOPLE_AND_APPS = (
    sql("UPDATE users SET disabled_at = 1 WHERE id = '{ada}'"),
    sql("UPDATE users SET generation = generation + 1 WHERE id = '{ada}'"),
    sql("DELETE FROM users WHERE id = '{ada}'"),
    sql("UPDATE users SET email_confirmed_at = NULL, avatar = '0af' WHERE id = '{ada}'"),
    sql("DELETE FROM consents WHERE user_id = '{ada}' AND client_id = '{app}'"),
    sql("UPDATE consents SET scopes = 'openid' WHERE user_id = '{ada}' AND client_id = '{app}'"),
    sql("UPDATE consents SET scopes = 'email' WHERE user_id = '{ada}' AND client_id = '{app}'"),
    sql("UPDATE consents SET scopes = '' WHERE user_id = '{ada}' AND client_id = '{app}'"),
    sql("UPDATE clients SET disabled_at = 1 WHERE id = '{app}'"),
    sql("DELETE FROM clients WHERE id = '{app}'"),
    registered(is_public=True, token_endpoint_auth_method="none"),
    registered(is_public=True),
    registered(token_endpoint_auth_method="client_secret_post"),
    registered(profile="fapi2", token_endpoint_auth_method="private_key_jwt"),
    registered(profile="fapi2"),
    registered(subject_type="pairwise"),
    registered(userinfo_signed_response_alg="ES256"),
    registered(software_id='subject_type "profile": userinfo_signed_response_alg'),
    registered(scopes=frozenset({"openid"})),
)
SECRETS = (
    sql("UPDATE client_secrets SET retired_at = 1 WHERE client_id = '{app}'"),
    sql("UPDATE client_secrets SET client_id = '{other}' WHERE client_id = '{app}'"),
    sql("UPDATE client_secrets SET expires_at = {now} WHERE client_id = '{app}'"),
    sql("UPDATE client_secrets SET expires_at = {now} + 1 WHERE client_id = '{app}'"),
)
ACCESS_TOKENS = (
    sql("UPDATE tokens SET access_expires_at = {now}"),
    sql("UPDATE tokens SET access_expires_at = {now} + 1"),
    sql("UPDATE tokens SET revoked_at = 1"),
    sql("UPDATE tokens SET rotated_at = 1"),
    sql("UPDATE tokens SET scopes = 'email'"),
    sql("UPDATE tokens SET scopes = ''"),
    sql("UPDATE tokens SET resources = 'https://api.example/v1'"),
    sql("UPDATE tokens SET resources = 'http://localhost:8000 https://api.example/v1'"),
    sql("UPDATE tokens SET jkt = 'a thumbprint'"),
    sql("UPDATE tokens SET family_id = NULL"),
    sql("UPDATE tokens SET client_generation = client_generation + 1"),
    sql("UPDATE tokens SET client_id = '{other}'"),
    sql("DELETE FROM tokens"),
    sql("UPDATE families SET revoked_at = 1"),
    sql("UPDATE families SET claims = 'email name'"),
    sql("UPDATE families SET user_id = '{bob}'"),
    sql("UPDATE families SET generation = generation + 1"),
    sql("UPDATE families SET acr = NULL, auth_time = 1"),
    sql("DELETE FROM families"),
)
