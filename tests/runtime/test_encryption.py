"""What is sealed opens only with the same key, for the same purpose, at the same place."""

import os

import pytest

from oauth2system.runtime.encryption import Encryption, Unreadable

OURS, OTHER = Encryption(b"k" * 64, os.urandom), Encryption(b"q" * 64, os.urandom)


def test_what_is_sealed_opens_again() -> None:
    sealed = OURS.seal("outbox", b"a link", bound_to="1")
    assert b"a link" not in sealed
    assert OURS.unseal("outbox", sealed, bound_to="1") == b"a link"


@pytest.mark.parametrize("damage", ["other purpose", "other row", "other key", "bit", "cut", "empty", "version"])
def test_it_opens_nowhere_else(damage: str) -> None:
    sealed = OURS.seal("outbox", b"a link", bound_to="1")
    encryption, purpose, row = OURS, "outbox", "1"
    match damage:
        case "other purpose":
            purpose = "seeds"
        case "other row":
            row = "2"
        case "other key":
            encryption = OTHER
        case "bit":
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        case "cut":
            sealed = sealed[:20]
        case "empty":
            sealed = b""
        case _:
            sealed = b"\x02" + sealed[1:]
    with pytest.raises(Unreadable):
        encryption.unseal(purpose, sealed, bound_to=row)


def test_the_same_words_are_sealed_differently_each_time() -> None:
    assert len({OURS.seal("outbox", b"a link") for _ in range(2)}) == 2


def test_a_fingerprint_needs_the_key_and_keeps_its_parts_apart() -> None:
    one = OURS.fingerprint("throttle", "ab", "c")
    assert one == OURS.fingerprint("throttle", "ab", "c")
    assert one != OURS.fingerprint("throttle", "a", "bc")
    assert one != OURS.fingerprint("device", "ab", "c")
    assert one != OTHER.fingerprint("throttle", "ab", "c")


def test_a_key_for_fixed_words_is_their_fingerprint_and_stays_the_same() -> None:
    key = OURS.key_for("dpop", "nonce")
    assert key == OURS.key_for("dpop", "nonce") == OURS.fingerprint("dpop", "nonce")
    assert key != OTHER.key_for("dpop", "nonce")
