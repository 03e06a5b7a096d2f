"""docs/threats.md lists every numbered attack that the code or a test cites, and each one has tests named after it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
THROUGH_A_DOOR, _, REST = PAGE.partition("\n## Rules that no request can reach\n")
BELOW_THE_DOORS, _, UNTESTED = REST.partition("\n## Numbers without a test\n")
NUMBER = re.compile(r"(?<!noqa: )\bT(\d{3})\b")  # some are rules of the linter
RANGE = re.compile(r"test_t(\d{3})_to_t(\d{3})_")
# These folders use the server from outside: by HTTP, by the event socket, in a browser or by a command.
DOORS = {"attacks", "cli", "conformance", "journeys", "ui", "web"}


def rows(part: str) -> dict[int, list[str]]:
    """Return the numbers of a part of the page, each with the tests that its row names."""
    lines = re.findall(r"^\| T(\d{3}) \|(.+)\|$", part, re.MULTILINE)
    return {int(number): re.findall(r"`(test_\w+)`", cells) for number, cells in lines}


def named_in(*, doors: bool) -> Iterator[str]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if (path.relative_to(ROOT).parts[1] in DOORS) == doors:
            yield from re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)


def numbers_of(test: str) -> set[int]:
    """Return the numbers that a test's name names."""
    if span := RANGE.match(test):
        return set(range(int(span[1]), int(span[2]) + 1))
    return {int(word[1:]) for word in test.split("_") if re.fullmatch(r"t\d{3}", word)}


TRIED, RULES = rows(THROUGH_A_DOOR), rows(BELOW_THE_DOORS)
ATTACKS, UNITS = set(named_in(doors=True)), set(named_in(doors=False))
NAMED = {number for test in ATTACKS | UNITS for number in numbers_of(test)}


def test_every_number_that_is_cited_is_listed() -> None:
    cited = {
        int(number)
        for folder in ("oauth2system", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for number in NUMBER.findall(path.read_text(encoding="utf-8"))
        if not path.match("test_threats.py")
    }
    assert (cited | NAMED) - {*TRIED, *RULES, *rows(UNTESTED)} == set()


def test_every_number_is_listed_once_and_in_order() -> None:
    assert list(TRIED) == sorted(TRIED)
    assert sorted([*TRIED, *RULES, *rows(UNTESTED)]) == list(range(1, 167))


@pytest.mark.parametrize("number", TRIED)
def test_every_attack_has_tests_of_its_number_through_a_door(number: int) -> None:
    tests = TRIED[number]
    assert set(tests) & ATTACKS
    assert set(tests) - ATTACKS - UNITS == set()
    assert [test for test in tests if number not in numbers_of(test)] == []


@pytest.mark.parametrize("number", RULES)
def test_every_rule_below_the_doors_has_tests_of_its_number(number: int) -> None:
    tests = RULES[number]
    assert tests
    assert set(tests) - ATTACKS - UNITS == set()
    assert [test for test in tests if number not in numbers_of(test)] == []


def test_what_is_listed_as_untested_has_no_test_of_its_number() -> None:
    assert set(rows(UNTESTED)) & NAMED == set()
    assert {name for tests in rows(UNTESTED).values() for name in tests} - ATTACKS - UNITS == set()
