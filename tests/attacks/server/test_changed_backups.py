"""T085: who can write to a backup makes nobody an administrator: a file that was changed is refused."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Misconfigured
from oauth2system.services.server import backup
from tests.support.in_process.backups import everything, lines, restore, rewrite, write
from tests.support.in_process.story import Story


def table(read: list[Any], name: str) -> int:
    """Return the line at which a table begins."""
    return next(number for number, line in enumerate(read) if "table" in line and line["table"] == name)


def promote(read: list[Any]) -> None:
    begin = table(read, "users")
    read[begin + 1][read[begin]["columns"].index("is_admin")] = 1


def pretend_an_older_version(read: list[Any]) -> None:
    promote(read)
    read.pop()


def pretend_another_key(read: list[Any]) -> None:
    promote(read)
    read[0]["key"] = "0" * 64


def forge_a_seal(read: list[Any]) -> None:
    promote(read)
    read[-1]["mac"] = "0" * 64


def no_text_for_a_seal(read: list[Any]) -> None:
    promote(read)
    read[-1]["mac"] = 1


def append(read: list[Any]) -> None:
    read.append({"mac": read[-1]["mac"]})


CHANGES: dict[Callable[[list[Any]], None], str] = {
    promote: "was changed",
    forge_a_seal: "was changed",
    append: "was changed",
    pretend_an_older_version: "older version",
    no_text_for_a_seal: "older version",
    pretend_another_key: "another SECRET_KEY",
}


@pytest.mark.parametrize(("change", "why"), CHANGES.items(), ids=[change.__name__ for change in CHANGES])
def test_t085_a_backup_that_was_changed_changes_nothing(
    story: Story, tmp_path: Path, change: Callable[[list[Any]], None], why: str
) -> None:
    path = tmp_path / "b"
    story.member("mallory")
    write(story, path)
    _as_written(path, change)
    before = everything(story.database)
    with pytest.raises(Misconfigured, match=why):
        restore(story.runner, path, force=True)
    assert everything(story.database) == before


def _as_written(path: Path, change: Callable[[list[Any]], None]) -> None:
    """Change the file and write its lines as the program does: only what the change is about differs."""
    read = lines(path)
    change(read)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(backup._write_line(line) for line in read)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)


def test_a_file_that_the_operator_trusts_can_be_restored(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "b"
    story.member("mallory")
    write(story, path)
    rewrite(path, pretend_another_key)
    restore(story.runner, path, force=True, unproven=True)
    assert story.look("SELECT is_admin FROM users") in ([(1,)], [(True,)])
