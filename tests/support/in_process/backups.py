"""Writing, reading and damaging a backup in tests."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oauth2system.runtime.runner import Runner
from oauth2system.services.server import backup
from oauth2system.services.server.backup import Restored
from oauth2system.storage.database import dump
from oauth2system.storage.database.transactions import Database
from tests.storage.database.rows import NOW
from tests.support.in_process.story import Story


def write(story: Story, path: Path, *, force: bool = False) -> dict[str, int]:
    return backup.write(story.runner, path, NOW, force=force, progress=lambda _: None)


def restore(
    runner: Runner, path: Path, *, force: bool = False, revoke_all: bool = False, unproven: bool = False
) -> Restored:
    given = {"force": force, "revoke_all": revoke_all, "unproven": unproven}
    return backup.restore(runner, path, **given, progress=lambda _: None)


def everything(database: Database) -> dict[str, list[list[Any]]]:
    with dump.open_sections(database) as (_version, sections):
        return {section.table: [list(row) for row in section.rows] for section in sections}


def lines(path: Path) -> list[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rewrite(path: Path, change: Callable[[list[Any]], object]) -> None:
    read = lines(path)
    change(read)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in read)
