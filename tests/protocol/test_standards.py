"""The ledger tells the truth: every module and every test it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEDGER = (ROOT / "docs" / "standards.md").read_text(encoding="utf-8").split("## What we leave out")[0]
ROWS = [line.split(" | ") for line in LEDGER.splitlines() if line.startswith("| ") and "`test_" in line]
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("row", ROWS, ids=[row[0][2:] for row in ROWS])
def test_what_the_ledger_names_is_there(row: list[str]) -> None:
    _, where, proven = row
    modules, tests = re.findall(r"`([\w/]+)`", where), re.findall(r"`(test_\w+)`", proven)
    assert modules
    assert tests
    assert [module for module in modules if not (ROOT / "oauth2system" / f"{module}.py").is_file()] == []
    assert not set(tests) - TESTS


def test_the_ledger_is_long() -> None:
    assert len(ROWS) > 180
