"""docs/threats.md tells the truth: every numbered attack on the protocol has a test of its name, through the door."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = {
    int(number): re.findall(r"`(test_\w+)`", tests)
    for number, tests in re.findall(r"^\| T(\d{3}) \| [^|]+ \| ([^|]+) \|$", TABLE, re.MULTILINE)
}
NUMBERS = (*range(1, 71), 76, 80, 117)
# The rules alone are tried in tests/protocol: here every attack comes through a door.
THROUGH_THE_DOOR = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    if path.relative_to(ROOT).parts[1] != "protocol"
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}
RANGE = re.compile(r"test_t(\d{3})_to_t(\d{3})_")


def test_every_number_is_there() -> None:
    assert tuple(ROWS) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_has_tests_of_its_name(number: int) -> None:
    tests = ROWS[number]
    assert tests
    assert not set(tests) - THROUGH_THE_DOOR
    assert all(_is_named_after(test, number) for test in tests)


def _is_named_after(test: str, number: int) -> bool:
    span = RANGE.match(test)
    if span is not None:
        return int(span[1]) <= number <= int(span[2])
    return f"t{number:03}" in test.split("_")
