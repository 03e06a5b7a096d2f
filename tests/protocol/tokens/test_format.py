"""Handles."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.tokens.format import Kind, digest, mint, read

RANDOM = bytes(range(32))


@given(st.sampled_from(Kind), st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_handle_is_read_back_as_its_row_and_its_digest(kind: Kind, id: int, random: bytes) -> None:  # noqa: A002  (the word for it)
    handle = mint(kind, id, random)
    assert read(kind, handle) == (id, digest(kind, handle))


def test_a_handle_travels_in_a_url_as_it_is() -> None:
    handle = mint(Kind.CODE, 7, RANDOM)
    assert handle.replace("-", "").replace("_", "").isalnum()
    assert len(handle) == 57


@pytest.mark.parametrize(("made", "shown"), list(permutations(Kind, 2)))
def test_t056_a_handle_of_one_kind_is_unknown_as_any_other(made: Kind, shown: Kind) -> None:
    handle = mint(made, 7, RANDOM)
    assert read(shown, handle) is None
    assert digest(made, handle) != digest(shown, handle)


def test_t056_changing_the_prefix_does_not_change_the_kind() -> None:
    code = mint(Kind.CODE, 7, RANDOM)
    forged = f"{Kind.SIMPLE.value}_{code[3:]}"
    found = read(Kind.SIMPLE, forged)
    assert found is not None
    assert found[1] != digest(Kind.CODE, code)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "oc_",
        mint(Kind.CODE, 7, RANDOM)[:-1],
        mint(Kind.CODE, 7, RANDOM) + "A",
        "oc_" + "é" + mint(Kind.CODE, 7, RANDOM)[4:],
        "oc_" + "\0" * 54,
        "oc_" + "=" * 54,
        "oc_" + "!" * 54,
        "oc_" + "_" * 54,  # an id beyond what a signed 64-bit column holds
        "x" * 100_000,
    ],
)
def test_what_is_not_shaped_like_a_handle_costs_no_look_up(value: str) -> None:
    assert read(Kind.CODE, value) is None


@given(st.text())
def test_any_text_is_read_or_refused_never_a_crash(value: str) -> None:
    assert read(Kind.CODE, "oc_" + value) is None or len(value) == 54


def test_a_handle_without_enough_randomness_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="32"):
        mint(Kind.CODE, 7, b"short")
