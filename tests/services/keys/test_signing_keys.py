"""Signing keys over their life, on both databases, with several nodes looking on."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from oauth2system.policy import lifetimes
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.keys import signing_keys as keys
from oauth2system.services.keys.keyring import Keyring
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import keys as rows
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import OPERATOR, Clock, signing_keys


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock) -> Generator[Runner]:
    with runner_on(database_url, tmp_path, clock=clock) as running:
        running.now(OPERATOR, keys.adopt, signing_keys())
        yield running


def look(runner: Runner) -> Keyring:
    return asyncio.run(keyring.reload(runner))


def fresh(*algs: str) -> tuple[SigningKey, ...]:
    return tuple(jose.generate(alg) for alg in algs)


def adopt(node: Runner, made: tuple[SigningKey, ...]) -> None:
    node.now(OPERATOR, keys.adopt, made)


def kids(ring: Keyring) -> set[str]:
    return {key.public.kid or "" for key in ring.keys if key.public.kid and key.public.kid.encode() in ring.jwks}


def test_one_key_of_each_algorithm_is_made_at_first_use(database_url: str, tmp_path: Path) -> None:
    with runner_on(database_url, tmp_path) as runner:
        ring = asyncio.run(keyring.get(runner))
    assert [key.alg for key in ring.keys] == sorted(keys.ALGS)


def test_a_key_found_again_signs_what_the_published_half_verifies(runner: Runner, clock: Clock) -> None:
    ring = look(runner)
    for alg in keys.ALGS:
        signed = jose.sign(ring.signer(alg, to_ms(clock.now)), {"sub": "1"})
        assert jose.verify(signed, ring.all_keys(), algs=(alg,)).claims == {"sub": "1"}


def test_t162_two_nodes_that_make_the_first_keys_at_once_end_up_with_the_same(
    database_url: str, tmp_path: Path
) -> None:
    with runner_on(database_url, tmp_path) as one, runner_on(database_url, tmp_path) as other:
        made = [fresh("ES256", "EdDSA"), fresh("ES256", "EdDSA")]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(adopt, (one, other), made))
        rings = [look(node) for node in (one, other)]
    ours = [{key.public.kid for key in ring.keys} for ring in rings]
    assert ours[0] == ours[1]
    assert len([key for key in rings[0].keys if key.alg == "ES256"]) == 1


def test_t163_a_new_key_is_published_before_it_signs_and_the_old_one_stays_after(runner: Runner, clock: Clock) -> None:
    before = look(runner).signer("ES256", to_ms(clock.now))
    rotated = runner.now(OPERATOR, keys.rotate, fresh("ES256"))
    assert rotated[0].active_at == clock.now + lifetimes.KEY_PUBLISHED_BEFORE
    ring = look(runner)
    assert {before.kid, rotated[0].kid} <= kids(ring)
    assert ring.signer("ES256", to_ms(clock.now)).kid == before.kid
    clock.pass_by(seconds=lifetimes.KEY_PUBLISHED_BEFORE.total_seconds())
    assert ring.signer("ES256", to_ms(clock.now)).kid == rotated[0].kid  # no node needs to look again for that
    assert before.kid in kids(look(runner))
    clock.pass_by(seconds=lifetimes.KEY_PUBLISHED_AFTER.total_seconds())
    assert before.kid not in kids(look(runner))


def test_the_jwks_is_cached_for_less_time_than_a_key_waits_to_sign() -> None:
    assert lifetimes.JWKS_CACHED + lifetimes.KEYRING_FRESH < lifetimes.KEY_PUBLISHED_BEFORE
    assert (
        lifetimes.KEYRING_RETRY < lifetimes.KEYRING_FRESH <= timedelta(seconds=5)
    )  # an operator looks right after rotating


def test_rotating_twice_makes_one_key(runner: Runner) -> None:
    first = runner.now(OPERATOR, keys.rotate, fresh("ES256"))
    assert runner.now(OPERATOR, keys.rotate, fresh("ES256")) == first
    assert len([key for key in look(runner).keys if key.alg == "ES256"]) == 2


def test_a_key_that_leaked_is_replaced_at_once(runner: Runner, clock: Clock) -> None:
    waiting = runner.now(OPERATOR, keys.rotate, fresh("ES256"))
    runner.now(OPERATOR, keys.rotate, fresh("ES256"), at_once=True)
    assert look(runner).signer("ES256", to_ms(clock.now)).kid == waiting[0].kid


def test_keys_are_due_after_their_time(runner: Runner, clock: Clock) -> None:
    assert runner.now(OPERATOR, keys.find_due) == ()
    clock.pass_by(seconds=lifetimes.KEY_ROTATED.total_seconds())
    assert sorted(runner.now(OPERATOR, keys.find_due)) == sorted(keys.ALGS)
    runner.now(OPERATOR, keys.rotate, fresh("ES256"))
    assert "ES256" not in runner.now(OPERATOR, keys.find_due)


def test_a_retired_key_loses_its_private_half_and_still_verifies_hints(runner: Runner, clock: Clock) -> None:
    old = look(runner).signer("ES256", to_ms(clock.now))
    hint = jose.sign(old, {"sub": "1"})
    runner.now(OPERATOR, keys.rotate, fresh("ES256"), at_once=True)
    clock.pass_by(days=1, seconds=1)
    runner.now(OPERATOR, keys.clean_up)
    stock = {key.kid: key for key, _ in runner.now(OPERATOR, keys.list_keys).keys}
    assert stock[old.kid].sealed is None
    assert jose.verify(hint, look(runner).all_keys(), algs=("ES256",)).claims == {"sub": "1"}
    clock.pass_by(seconds=lifetimes.KEY_REMEMBERED.total_seconds())
    runner.now(OPERATOR, keys.clean_up)
    assert old.kid not in {key.kid for key, _ in runner.now(OPERATOR, keys.list_keys).keys}


@pytest.mark.usefixtures("runner")
def test_t162_a_key_sealed_with_another_secret_key_never_signs(database_url: str, tmp_path: Path, clock: Clock) -> None:
    with runner_on(database_url, tmp_path, clock=clock, SECRET_KEY="z" * 40) as stranger:
        with pytest.raises(keys.UnreadableKey, match="rotate --at-once"):
            stranger.now(OPERATOR, keys.require_readable)
        ring = look(stranger)
        with pytest.raises(keys.UnreadableKey):
            ring.signer("ES256", to_ms(clock.now))
        assert len(kids(ring)) == len(keys.ALGS)
        stranger.now(OPERATOR, keys.rotate, fresh("ES256"), at_once=True)
        assert look(stranger).signer("ES256", to_ms(clock.now))


def test_t085_the_database_holds_no_private_key(runner: Runner) -> None:
    for key, _ in runner.now(OPERATOR, keys.list_keys).keys:
        assert "PRIVATE" not in key.public
        assert '"d"' not in key.public
        der = jose.save(next(one for one in signing_keys() if one.kid == key.kid))
        assert key.sealed is not None
        assert der not in key.sealed


def test_a_sealed_key_opens_under_its_own_name_only(runner: Runner) -> None:
    first, second = (key for key, _ in runner.now(OPERATOR, keys.list_keys).keys[:2])
    swapped = replace(first, sealed=second.sealed)
    assert keys.open_key(runner.server.encryption, swapped, None).signs is None


def test_kids_are_unique(runner: Runner) -> None:
    one = fresh("ES256")
    runner.now(OPERATOR, keys.rotate, one, at_once=True)
    again = rows.StoredKey("ES256", 9, one[0].kid, "{}", b"", 0, 0)
    assert not runner.now(OPERATOR, lambda ctx: rows.add(ctx.db, again))


def test_keys_rotate_by_themselves_when_they_have_served_their_time(runner: Runner, clock: Clock) -> None:
    asyncio.run(keyring.rotate_due(runner))
    assert len(look(runner).keys) == len(keys.ALGS)
    clock.pass_by(seconds=lifetimes.KEY_ROTATED.total_seconds())
    asyncio.run(keyring.rotate_due(runner))
    asyncio.run(keyring.rotate_due(runner))
    assert len(look(runner).keys) == 2 * len(keys.ALGS)
    clock.pass_by(days=2)
    asyncio.run(keyring.rotate_due(runner))
    assert [key.alg for key in look(runner).keys if key.signs is None] == sorted(keys.ALGS)


def test_a_server_has_its_keys_before_it_starts(database_url: str, tmp_path: Path) -> None:
    with runner_on(database_url, tmp_path) as runner:
        keyring.prepare(runner)
        keyring.prepare(runner)
        assert len(runner.now(OPERATOR, keys.list_keys).keys) == len(keys.ALGS)
