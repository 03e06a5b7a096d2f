"""Rows as a busy server has them, made by the million: people, apps, consents, families, tokens, values, sessions."""

import os
import random
from collections.abc import Generator, Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks.growth.world import MADE_WITHIN_MS, TOKENS_OF_A_FAMILY, World
from oauth2system import ids
from oauth2system.policy import lifetimes
from oauth2system.protocol.tokens.format import Kind, digest

Rows = Generator[tuple[Any, ...]]

CALLBACK = "https://app.example.org/callback"
SCOPES = "email identify openid profile"
OWNERS = 100  # of apps, so that each has many
USED_MS = lifetimes.REREAD_LONGEST.in_ms  # for so long the loads can use what is stored
_GRANTS = '{"grant_types":["authorization_code","client_credentials","refresh_token"]}'


class Table(NamedTuple):
    """A table and the columns that are filled."""

    name: str
    columns: str


PEOPLE = Table(
    "users",
    "id, username, skeleton, display_name, email, email_key, email_confirmed_at, is_admin, created_at, updated_at",
)
APPS = Table(
    "clients",
    "id, owner_id, name, description, is_public, first_party, redirect_uris, simple_flow, simple_redirect_uri,"
    " metadata, reread_seconds, created_at, updated_at",
)
SECRETS = Table("client_secrets", "id, client_id, digest, label, hint, created_at")
CONSENTS = Table("consents", "user_id, client_id, scopes, granted_at, fetched_at, declined")
FAMILIES = Table("families", "id, user_id, client_id, scopes, resources, auth_time, offline, expires_at")
TOKENS = Table(
    "tokens",
    "id, family_id, client_id, access_digest, access_expires_at, refresh_digest, refresh_expires_at, scopes,"
    " resources, rotated_at, successor_id, ends_at",
)
VALUES = Table("ephemeral", "id, kind, digest, user_id, client_id, data, expires_at, taken_at, generation")
SESSIONS = Table(
    "sessions", "id, digest, handle, user_id, ip, agent, created_at, authenticated_at, seen_at, expires_at"
)


def all_kinds(world: World) -> Iterator[tuple[Table, Rows]]:
    """Return the rows of a world, table by table; what others refer to comes first."""
    yield PEOPLE, people(world)
    yield APPS, apps(world)
    yield SECRETS, secrets(world)
    yield CONSENTS, consents(world)
    yield FAMILIES, families(world)
    yield TOKENS, tokens(world)
    yield VALUES, values(world)
    yield SESSIONS, sessions(world)


def people(world: World) -> Rows:
    """Make people."""
    for number in range(world.people):
        name, now = f"person-{number}", world.now_ms
        mail = f"{name}@example.org"
        yield world.person(number), name, name, f"Person {number}", mail, mail, now, False, now, now


def apps(world: World) -> Rows:
    """Make apps, of a hundred owners."""
    uris, again, now = f'["{CALLBACK}"]', USED_MS // 1000, world.now_ms
    for number in range(world.apps):
        owner, name = world.person(number % OWNERS), f"App {number}"
        yield world.app(number), owner, name, "", False, False, uris, True, CALLBACK, _GRANTS, again, now, now


def secrets(world: World) -> Rows:
    """Make one secret for each app."""
    for number in range(world.apps):
        value = world.secret(number)
        yield (
            *(world.first(number), world.app(number), digest(Kind.SECRET, value)),
            *("Secret", value[-4:], world.now_ms),
        )


def consents(world: World) -> Rows:
    """Make one consent for each family, whose app fetched the person within the last day."""
    for number in range(world.families):
        person, app = world.pair(number)
        yield world.person(person), world.app(app), SCOPES, world.now_ms, world.now_ms, ""


def families(world: World) -> Rows:
    """Make families, each of one person and one app."""
    for number in range(world.families):
        person, app = world.pair(number)
        made, ends = world.made_ms(number, world.families), world.now_ms + lifetimes.REFRESH_TOKEN.in_ms
        yield world.family_id(number), world.person(person), world.app(app), SCOPES, "", made, True, ends


def spare_families(world: World, spares: Mapping[int, int]) -> Rows:
    """Make families for refreshes; `spares` are their numbers, each with the family whose person and app they have."""
    for number, family in spares.items():
        person, app = world.pair(family)
        made, ends = world.now_ms, world.now_ms + lifetimes.REFRESH_TOKEN.in_ms
        yield world.spare_id(number), world.person(person), world.app(app), SCOPES, "", made, True, ends


def spare_tokens(world: World, spares: Mapping[int, int]) -> Rows:
    """Make their tokens, one each."""
    for number, family in spares.items():
        app, row_id = world.app(world.pair(family)[1]), world.spare_id(number)
        ends = world.now_ms + lifetimes.REFRESH_TOKEN_IDLE.in_ms
        of_refresh = digest(Kind.REFRESH, world.spare(number))
        yield row_id, row_id, app, os.urandom(32), ends, of_refresh, ends, SCOPES, "", None, None, ends


def tokens(world: World) -> Rows:
    """Make tokens in the order of time. All access tokens work, and of each family the newest refresh token."""
    live = world.now_ms + USED_MS
    for number in range(world.tokens):
        token, app, access = world.token_id(number), world.app(world.app_of(number)), world.access(number)
        of_access = digest(Kind.ACCESS, access)
        found = world.family_of(number)
        if found is None:
            yield token, None, app, of_access, live, None, None, "identify", "", None, None, live
            continue
        family, turn = found
        is_newest = turn == TOKENS_OF_A_FAMILY - 1
        successor = None if is_newest else world.token_id(world.token_of(family, turn + 1))
        ends = world.made_ms(number, world.tokens) + lifetimes.REFRESH_TOKEN_IDLE.in_ms
        yield (
            *(token, world.family_id(family), app, of_access, live, digest(Kind.REFRESH, world.refresh(number)), ends),
            *(SCOPES, "", None if is_newest else world.now_ms, successor, ends),
        )


def values(world: World) -> Rows:
    """Make values of the simple flow that were read, and may be read again for a day."""
    for number in range(world.values):
        person, app = world.pair(number)
        yield (
            *(world.value_id(number), Kind.SIMPLE.value, digest(Kind.SIMPLE, world.value(number))),
            *(world.person(person), world.app(app), '{"begun":null,"scopes":"email identify"}'),
            *(world.now_ms + USED_MS, world.now_ms, 0),
        )


def sessions(world: World) -> Rows:
    """Make one browser for each person, in which they were a moment ago."""
    seen, ends = world.now_ms + USED_MS, world.now_ms + lifetimes.SESSION.in_ms
    for number in range(world.people):
        now, value = world.now_ms, world.cookie(number)
        handle = f"{number:032x}"
        yield (
            *(world.first(number), digest(Kind.SESSION, value), handle, world.person(number), "192.0.2.1"),
            *("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", now, now, seen, ends),
        )


def ended_tokens(world: World, count: int) -> Rows:
    """Make tokens of apps that the purge deletes; they lie among all others."""
    ended = world.now_ms - lifetimes.ENDED_TOKEN_KEPT.in_ms - 60_000
    for number in range(count):
        at_ms = ended - random.randrange(MADE_WITHIN_MS)  # noqa: S311  (no secret)
        token = ids.first_id_at(at_ms) + (number << 1) | 1
        app = world.app(number % world.apps)
        yield token, None, app, os.urandom(32), ended, None, None, "identify", "", None, None, ended
