"""A check that is silenced says why: the next reader need not guess whether the reason still holds."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("oauth2system", "alembic", "benchmarks", "examples", "scripts", "tests", "rxconfig.py")
SILENCED = re.compile(r"# ?(?:noqa|type: ?ignore|pyright: ?ignore)\b")
NAMED = r"# (?:noqa: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*|(?:type|pyright): ignore\[[\w, -]+\])  "
WITH_REASON = re.compile(rf"(?:{NAMED})+\(.+\)$")


def has_reason(line: str) -> bool:
    """Return whether the check that a line silences is named, and followed by a reason in parentheses."""
    return bool(WITH_REASON.search(line.rstrip()))


@pytest.mark.parametrize(
    ("line", "is_good"),
    [
        ("x = 1  # noqa: S105  (the name of a method)", True),
        ("x = 1  # noqa: S105, A001  (the name of a method)", True),
        ("x = 1  # type: ignore[arg-type]  (values of any type)", True),
        ("x = 1  # noqa: S105", False),
        ("x = 1  # noqa  (everything)", False),
        ("x = 1  # type: ignore[arg-type]", False),
        ("x = 1  # pyright: ignore[reportX]", False),
    ],
)
def test_a_reason_is_recognized(line: str, is_good: bool) -> None:
    assert has_reason(line) is is_good


def test_every_silenced_check_has_its_reason() -> None:
    files = [
        file for place in PLACES for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    assert len(files) > 500
    bare = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if SILENCED.search(line) and not has_reason(line)
    ]
    assert bare == []
