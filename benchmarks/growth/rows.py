"""Rows as a busy server has them, made by the million: people, apps, consents, families, tokens, and values.

Each fifth token belongs to an app alone; the others come four to a family: one that works, three that were renewed.
"""

import os
import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from oauth2system import ids
from oauth2system.policy import lifetimes
from oauth2system.protocol.tokens.format import Kind

Rows = Generator[tuple[Any, ...]]

TOKENS_OF_A_FAMILY = 4
OF_APPS = 5  # each fifth token
OWNERS = 100  # of apps, so that each has many
VALUE_EVERY = 10  # tokens for each value of the simple flow
_MADE_WITHIN_MS = lifetimes.REFRESH_TOKEN_IDLE.in_ms // 2

# table, columns
PEOPLE = (
    "users",
    "id, username, skeleton, display_name, email, email_key, email_confirmed_at, is_admin, created_at, updated_at",
)
APPS = (
    "clients",
    (
        "id, owner_id, name, description, is_public, first_party, redirect_uris, simple_flow, metadata, reread_seconds,"
        " created_at, updated_at"
    ),
)
CONSENTS = ("consents", "user_id, client_id, scopes, granted_at, declined")
FAMILIES = ("families", "id, user_id, client_id, scopes, resources, auth_time, offline, expires_at")
TOKENS = (
    "tokens",
    (
        "id, family_id, client_id, access_digest, access_expires_at, refresh_digest, refresh_expires_at, scopes,"
        " resources, rotated_at, successor_id, ends_at"
    ),
)
VALUES = ("ephemeral", "id, kind, digest, user_id, client_id, data, expires_at")


@dataclass(frozen=True)
class World:
    """How many of each there are, and now."""

    people: int
    apps: int
    tokens: int
    now_ms: int

    @property
    def families(self) -> int:
        """Return how many families have tokens."""
        return self.tokens // OF_APPS

    def person(self, number: int) -> str:
        """Return the id of a person."""
        return str(self._id(self.now_ms - _MADE_WITHIN_MS, number % self.people))

    def app(self, number: int) -> str:
        """Return the id of an app."""
        return str(self._id(self.now_ms - _MADE_WITHIN_MS, number % self.apps) | ids.CLIENT)

    def made_ms(self, number: int, of: int) -> int:
        """Return when the row of this number was made: rows are older the smaller their number is."""
        return self.now_ms - _MADE_WITHIN_MS + _MADE_WITHIN_MS * number // max(1, of)

    def _id(self, ms: int, number: int) -> int:
        return ids.first_id_at(ms) + (number << 1)

    def people_rows(self) -> Rows:
        """Make people."""
        for number in range(self.people):
            name = f"person-{number}"
            mail = f"{name}@example.org"
            shown, now = f"Person {number}", self.now_ms
            yield self.person(number), name, name, shown, mail, mail, now, False, now, now

    def app_rows(self) -> Rows:
        """Make apps, of a hundred owners."""
        uris = '["https://app.example.org/callback"]'
        for number in range(self.apps):
            owner, name, now = self.person(number % OWNERS), f"App {number}", self.now_ms
            yield self.app(number), owner, name, "", False, False, uris, True, "{}", 0, now, now

    def consent_rows(self) -> Rows:
        """Make one consent for each pair that a family has."""
        for number in range(min(self.families, self.people)):
            yield self.person(number), self.app(number), "openid profile email", self.now_ms, ""

    def family_rows(self) -> Rows:
        """Make families, each of one person and one app."""
        for number in range(self.families):
            made = self.made_ms(number, self.families)
            expires = made + lifetimes.REFRESH_TOKEN.in_ms
            yield (
                self._id(made, number),
                self.person(number),
                self.app(number),
                "openid profile email",
                "",
                made,
                True,
                expires,
            )

    def token_rows(self) -> Rows:
        """Make tokens in the order of time: of families, and of apps alone."""
        families = self.families
        for number in range(self.tokens):
            made = self.made_ms(number, self.tokens)
            token = self._id(made, number)
            expires = made + lifetimes.ACCESS_TOKEN.in_ms
            if number % OF_APPS == 0 or not families:
                live = self.now_ms + lifetimes.ACCESS_TOKEN.in_ms + 3_600_000
                yield token, None, self.app(number), os.urandom(32), live, None, None, "identify", "", None, None, live
                continue
            family = number % families
            made_family = self._id(self.made_ms(family, families), family)
            renewed = (self.now_ms, token) if number % TOKENS_OF_A_FAMILY else (None, None)
            ends = made + lifetimes.REFRESH_TOKEN_IDLE.in_ms
            yield (token, made_family, self.app(family), os.urandom(32), expires, os.urandom(32), ends,
                   "openid profile email", "", *renewed, ends)  # fmt: skip

    def value_rows(self) -> Rows:
        """Make values of the simple flow, which an app may read again for a day."""
        for number in range(self.tokens // VALUE_EVERY):
            made = self.made_ms(number, self.tokens // VALUE_EVERY)
            ends = self.now_ms + random.randrange(3_600_000, 86_400_000)  # noqa: S311  (no secret)
            data = '{"scopes":"identify email"}'
            yield (
                self._id(made, number),
                Kind.SIMPLE.value,
                os.urandom(32),
                self.person(number),
                self.app(number),
                data,
                ends,
            )

    def ended_token_rows(self, count: int) -> Rows:
        """Make tokens that ended so long ago that the purge takes them."""
        ended = self.now_ms - lifetimes.ENDED_TOKEN_KEPT.in_ms - 60_000
        for number in range(count):
            token = self._id(ended - 2 * _MADE_WITHIN_MS, number)
            yield token, None, self.app(number), os.urandom(32), ended, None, None, "identify", "", None, None, ended
