"""Outside the storage nobody names the class of a table: services read and write frozen dataclasses."""

import re
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import SQLModel

from oauth2system.storage.database.migrations import load_tables

ROOT = Path(__file__).resolve().parents[2]
INSIDE = ("oauth2system/storage/", "tests/storage/")
# It checks by its name that one table is never changed.
EXCEPT = {"tests/attacks/accounts/test_audit_trail.py"}


def sources() -> Iterator[tuple[str, str]]:
    """Give the path and the text of every source file of ours."""
    for folder in ("oauth2system", "benchmarks", "examples", "scripts", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_no_class_of_a_table_is_named_outside_the_storage() -> None:
    tables = load_tables()
    rows = {one.__name__ for one in SQLModel.__subclasses__() if hasattr(one, "__table__")}
    assert len(rows) == len(tables)
    assert all(name.endswith("Row") for name in rows)
    outside = {
        name: set(re.findall(r"\w+Row\b", text)) & rows for name, text in sources() if not name.startswith(INSIDE)
    }
    assert {name: found for name, found in outside.items() if found and name not in EXCEPT} == {}
