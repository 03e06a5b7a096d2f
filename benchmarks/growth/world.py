"""A world of people, apps and tokens in which each id and each secret is computed from its number.

So a load can use any of ten million stored tokens, and none of them is kept outside the database.
"""

from dataclasses import dataclass
from hashlib import blake2b

from oauth2system import ids
from oauth2system.policy import lifetimes
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import RANDOM_BYTES, Kind

OF_APPS = 5  # each fifth token belongs to an app alone
TOKENS_OF_A_FAMILY = 4  # one that works, and three that were renewed
TOKENS_FOR_A_VALUE = 10  # of the simple flow
MADE_WITHIN_MS = lifetimes.REFRESH_TOKEN_IDLE.in_ms // 2
# Primes that divide no round number: with them neighbours in time are no neighbours by person or app.
_STEP_OF_PEOPLE, _STEP_OF_APPS = 7919, 31


@dataclass(frozen=True)
class World:
    """How many of each there are, and the moment at which the world was made."""

    people: int
    apps: int
    tokens: int
    now_ms: int

    @property
    def families(self) -> int:
        """Return how many families have tokens."""
        return self.tokens // OF_APPS

    @property
    def values(self) -> int:
        """Return how many values of the simple flow there are."""
        return self.tokens // TOKENS_FOR_A_VALUE

    def person(self, number: int) -> str:
        """Return the id of a person."""
        return str(self.first(number))

    def app(self, number: int) -> str:
        """Return the id of an app."""
        return str(self.first(number) | ids.CLIENT)

    def pair(self, family: int) -> tuple[int, int]:
        """Return the person and the app of a family, by number; no other family has both."""
        person = family * _STEP_OF_PEOPLE % self.people
        return person, (person * _STEP_OF_APPS + family // self.people) % self.apps

    def families_of(self, app: int, count: int) -> list[int]:
        """Return families of an app, at most as many as there are people for each app."""
        first = app * pow(_STEP_OF_APPS, -1, self.apps) % self.apps
        people = range(first, self.people, self.apps)[:count]
        return [person * pow(_STEP_OF_PEOPLE, -1, self.people) % self.people for person in people]

    def token_of(self, family: int, turn: int = TOKENS_OF_A_FAMILY - 1) -> int:
        """Return the number of a token of a family; turn 3 is the one that works, 0 to 2 were renewed."""
        among_families = turn * self.families + family
        return among_families + among_families // (OF_APPS - 1) + 1

    def family_of(self, token: int) -> tuple[int, int] | None:
        """Return the family and the turn of a token; None for a token of an app alone."""
        if token % OF_APPS == 0:
            return None
        turn, family = divmod(token - token // OF_APPS - 1, self.families)
        return family, turn

    def app_of(self, token: int) -> int:
        """Return the number of the app of a token."""
        found = self.family_of(token)
        return token // OF_APPS % self.apps if found is None else self.pair(found[0])[1]

    def first(self, number: int) -> int:
        """Return the id of a row that is as old as the world."""
        return ids.first_id_at(self.now_ms - MADE_WITHIN_MS) + (number << 1)

    def made_ms(self, number: int, of: int) -> int:
        """Return when a row was made: rows are older the smaller their number is."""
        return self.now_ms - MADE_WITHIN_MS + MADE_WITHIN_MS * number // max(1, of)

    def token_id(self, number: int) -> int:
        """Return the id of a token."""
        return ids.first_id_at(self.made_ms(number, self.tokens)) + (number << 1)

    def family_id(self, number: int) -> int:
        """Return the id of a family."""
        return ids.first_id_at(self.made_ms(number, self.families)) + (number << 1)

    def value_id(self, number: int) -> int:
        """Return the id of a value of the simple flow."""
        return ids.first_id_at(self.made_ms(number, self.values)) + (number << 1)

    def access(self, token: int) -> str:
        """Return an access token."""
        return _mint(Kind.ACCESS, self.token_id(token))

    def refresh(self, token: int) -> str:
        """Return a refresh token."""
        return _mint(Kind.REFRESH, self.token_id(token))

    def spare_id(self, number: int) -> int:
        """Return the id of a spare family, and of its one token; older than all others."""
        return ids.first_id_at(self.now_ms - 2 * MADE_WITHIN_MS) + (number << 1)

    def spare(self, number: int) -> str:
        """Return the refresh token of a spare family."""
        return _mint(Kind.REFRESH, self.spare_id(number))

    def value(self, number: int) -> str:
        """Return a value of the simple flow; it is of the pair of the family of the same number."""
        return _mint(Kind.SIMPLE, self.value_id(number))

    def secret(self, app: int) -> str:
        """Return the client secret of an app."""
        return _mint(Kind.SECRET, self.first(app))

    def cookie(self, person: int) -> str:
        """Return the value of the cookie of a person's session."""
        return _mint(Kind.SESSION, self.first(person))


def _mint(kind: Kind, row_id: int) -> str:
    random = blake2b(row_id.to_bytes(8, "big"), digest_size=RANDOM_BYTES, person=kind.value.encode()).digest()
    return token_format.mint(kind, row_id, random)
