"""What is sealed opens only with the same key, for the same purpose, at the same place."""

from dataclasses import replace
from pathlib import Path

import pytest

from oauth2system.runtime import encryption
from oauth2system.runtime.context import Context
from tests.support.in_process.browsers import House


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> House:
    return House(sqlite_url, tmp_path)


def test_what_is_sealed_opens_again(house: House) -> None:
    sealed = house.ask(encryption.seal, "outbox", b"a link", bound_to="1")
    assert b"a link" not in sealed
    assert encryption.unseal(house.settings, "outbox", sealed, bound_to="1") == b"a link"


@pytest.mark.parametrize("damage", ["other purpose", "other row", "other key", "bit", "cut", "empty", "version"])
def test_it_opens_nowhere_else(house: House, damage: str) -> None:
    sealed = house.ask(encryption.seal, "outbox", b"a link", bound_to="1")
    settings, purpose, row = house.settings, "outbox", "1"
    match damage:
        case "other purpose":
            purpose = "seeds"
        case "other row":
            row = "2"
        case "other key":
            settings = replace(settings, secret_key=b"q" * 64)
        case "bit":
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        case "cut":
            sealed = sealed[:20]
        case "empty":
            sealed = b""
        case _:
            sealed = b"\x02" + sealed[1:]
    with pytest.raises(encryption.Unreadable):
        encryption.unseal(settings, purpose, sealed, bound_to=row)


def test_the_same_words_are_sealed_differently_each_time(house: House) -> None:
    def twice(ctx: Context) -> set[bytes]:
        return {encryption.seal(ctx, "outbox", b"a link") for _ in range(2)}

    assert len(house.ask(twice)) == 2


def test_a_fingerprint_needs_the_key_and_keeps_its_parts_apart(house: House) -> None:
    one = encryption.fingerprint(house.settings, "throttle", "ab", "c")
    assert one == encryption.fingerprint(house.settings, "throttle", "ab", "c")
    assert one != encryption.fingerprint(house.settings, "throttle", "a", "bc")
    assert one != encryption.fingerprint(house.settings, "device", "ab", "c")
    assert one != encryption.fingerprint(replace(house.settings, secret_key=b"q" * 64), "throttle", "ab", "c")
