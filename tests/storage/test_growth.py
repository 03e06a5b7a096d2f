"""The world that `benchmarks.growth` stores: every secret is computed from a number, and the server knows it."""

from collections import Counter
from contextlib import closing

import pytest

from benchmarks.growth.fill import fill, insert
from benchmarks.growth.rows import FAMILIES, TOKENS, ended_tokens, spare_families, spare_tokens
from benchmarks.growth.spread import as_few_as
from benchmarks.growth.world import TOKENS_OF_A_FAMILY, World
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.lookups import introspection, simple_flow, userinfo
from oauth2system.storage.lookups.known_clients import KnownClients
from oauth2system.storage.tables import tokens

NOW_MS = 1_800_000_000_000
WORLD = World(people=40, apps=4, tokens=400, now_ms=NOW_MS)


def _read(kind: Kind, value: str) -> tuple[int, bytes]:
    found = token_format.read(kind, value)
    assert found is not None
    return found


def test_each_family_has_its_tokens_and_a_pair_of_its_own():
    found = [WORLD.family_of(number) for number in range(WORLD.tokens)]
    turns = Counter(one[0] for one in found if one is not None)
    assert turns == dict.fromkeys(range(WORLD.families), TOKENS_OF_A_FAMILY)
    assert all(WORLD.token_of(*one) == number for number, one in enumerate(found) if one is not None)
    assert len({WORLD.pair(family) for family in range(WORLD.families)}) == WORLD.families


def test_the_server_knows_every_stored_token_value_and_secret(database_url: str):
    fill(database_url, WORLD)
    with closing(Database(database_url)) as database, database.transaction() as db:
        for number in range(WORLD.tokens):
            row_id, digest = _read(Kind.ACCESS, WORLD.access(number))
            secret_id, of_secret = _read(Kind.SECRET, WORLD.secret(WORLD.app_of(number)))
            shown = introspection.find(db, row_id, WORLD.app(WORLD.app_of(number)), secret_id, NOW_MS)
            assert shown is not None
            assert (shown.digest, shown.secret_digest) == (digest, of_secret)
            person = userinfo.find(db, row_id, NOW_MS)
            assert (person is None) == (WORLD.family_of(number) is None)
        for family in range(WORLD.families):
            row_id, digest = _read(Kind.REFRESH, WORLD.refresh(WORLD.token_of(family)))
            assert tokens.rotate(db, row_id, digest, 1, NOW_MS)
        for number in range(WORLD.values):
            app = WORLD.pair(number)[1]
            key = WORLD.app(app), _read(Kind.SECRET, WORLD.secret(app))[0]
            found = simple_flow.find(db, KnownClients(), key, _read(Kind.SIMPLE, WORLD.value(number)))
            assert found is not None
            assert found.value is not None


def test_spare_refresh_tokens_can_be_used_and_ended_tokens_are_purged(database_url: str):
    fill(database_url, WORLD)
    spares = {7: 3, 8: 4}
    insert(database_url, FAMILIES, spare_families(WORLD, spares))
    insert(database_url, TOKENS, spare_tokens(WORLD, spares))
    insert(database_url, TOKENS, ended_tokens(WORLD, 30))
    with closing(Database(database_url)) as database, database.transaction() as db:
        for number in spares:
            row_id, digest = _read(Kind.REFRESH, WORLD.spare(number))
            assert tokens.rotate(db, row_id, digest, 1, NOW_MS)
        assert tokens.purge(db, NOW_MS - 1, 100) == 30


@pytest.mark.parametrize("tokens_of_large", [10_000, 100_000])
def test_a_load_can_draw_as_few_from_a_large_world_as_a_small_one_has(tokens_of_large: int):
    large = World(tokens_of_large // 10, tokens_of_large // 1000, tokens_of_large, NOW_MS)
    few = as_few_as(large, World(100, 10, 1000, NOW_MS))
    assert len(few.apps) == 10
    assert {large.pair(family)[1] for family in few.families} == set(few.apps)
    assert {large.app_of(number) for number in few.tokens} == set(few.apps)
