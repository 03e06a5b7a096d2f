"""A backup is whole or nothing, private, and readable by the other database too."""

import asyncio
import gzip
import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Misconfigured
from oauth2system.runtime.runner import Runner
from oauth2system.services.server import backup
from oauth2system.settings import load
from oauth2system.storage.database import dump, migrations
from oauth2system.storage.database.migrations import Schema
from oauth2system.storage.database.transactions import Database
from tests.storage.database.rows import NOW, opened
from tests.support.in_process.backups import everything, lines, restore, rewrite, write
from tests.support.in_process.story import Story

LASTING = migrations.load_tables() - dump.FLEETING


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Generator[Story]:
    yield from _story(database_url, tmp_path)


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path) -> Generator[Story]:
    yield from _story(sqlite_url, tmp_path)


def _story(url: str, folder: Path) -> Generator[Story]:
    made = Story(url, folder)
    owner, visitor = made.member("ada"), made.member("bob")
    app = made.app(owner)
    visitor.value(app)
    yield made
    made.close()


@pytest.fixture
def empty(empty_database_url: str, story: Story) -> Generator[Runner]:
    runner = Runner(story.settings, Database(empty_database_url))
    yield runner
    runner.close()


def test_every_table_is_either_backed_up_or_known_to_be_fleeting(story: Story, tmp_path: Path) -> None:
    assert set(write(story, tmp_path / "b")) == LASTING
    assert migrations.load_tables() >= dump.FLEETING | dump.REVOCABLE


def test_what_comes_back_is_what_was_there_also_on_the_other_database(
    story: Story, empty: Runner, tmp_path: Path
) -> None:
    before = everything(story.database)
    counts = write(story, tmp_path / "b")
    done = restore(empty, tmp_path / "b")
    after = everything(empty.database)
    noted = after["audit"].pop()
    stamps = [{app.pop() for app in found["clients"]} for found in (before, after)]
    assert stamps[0].isdisjoint(stamps[1]), "no server still holds an app of before for the one of now"
    assert after == before
    assert "backup.restored" in noted
    assert (done.rows, done.same_key) == (counts, True)
    assert migrations.look(empty.database) is Schema.CURRENT


def test_people_sign_in_and_sites_go_on_after_a_restore(story: Story, tmp_path: Path) -> None:
    write(story, tmp_path / "b")
    restore(story.runner, tmp_path / "b", force=True)
    assert story.browser().sign_in("ada").headers["location"]
    assert story.look("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL") == [(3,)]
    assert story.look("SELECT COUNT(*) FROM consents") == [(1,)]


def test_t166_values_of_today_are_dead_after_a_restore(story: Story, tmp_path: Path) -> None:
    app = story.app(story.member("eve"))
    visitor = story.member("joe")
    value = visitor.value(app)
    write(story, tmp_path / "b")
    assert story.is_readable(app, value)  # used up today
    restore(story.runner, tmp_path / "b", force=True)
    assert not story.is_readable(app, value)
    assert story.look("SELECT COUNT(*) FROM ephemeral") == [(0,)]
    assert story.look("SELECT COUNT(*) FROM outbox") == [(0,)]


def test_t166_one_switch_ends_every_session(story: Story, tmp_path: Path) -> None:
    member = story.member("eve")
    stolen = member.caller
    write(story, tmp_path / "b")
    member.sign_out()
    restore(story.runner, tmp_path / "b", force=True)
    assert story.is_alive(stolen)  # what the operator is warned of
    done = restore(story.runner, tmp_path / "b", force=True, revoke_all=True)
    assert not story.is_alive(stolen)
    assert dump.REVOCABLE.isdisjoint(done.rows)
    assert story.look("SELECT COUNT(*) FROM sessions") == [(0,)]


def test_a_database_in_use_is_not_overwritten_by_accident(story: Story, tmp_path: Path) -> None:
    write(story, tmp_path / "b")
    story.member("late")
    with pytest.raises(Misconfigured, match="3 accounts"):
        restore(story.runner, tmp_path / "b")
    assert story.look("SELECT COUNT(*) FROM users") == [(3,)]
    restore(story.runner, tmp_path / "b", force=True)
    assert story.look("SELECT COUNT(*) FROM users") == [(2,)]


def test_the_file_is_private_and_not_written_over(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "b"
    write(story, path)
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    first = path.read_bytes()
    with pytest.raises(Misconfigured, match="exists already"):
        write(story, path)
    assert path.read_bytes() == first
    write(story, path, force=True)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".b")] == []


def test_a_backup_that_breaks_off_leaves_no_file(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_EVERY", 1)

    def broken(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.write(story.runner, tmp_path / "b", NOW, force=False, progress=broken)
    assert not list(tmp_path.glob("b")) + list(tmp_path.glob(".b*"))


def test_t085_a_backup_holds_no_key_and_no_live_value(story: Story, tmp_path: Path) -> None:
    owner = story.member("eve")
    app = story.app(owner)
    value = owner.value(app)
    write(story, tmp_path / "b")
    text = json.dumps(lines(tmp_path / "b"))
    secrets = [story.settings.secret_key.decode(), app.secret, value, owner.session or "?"]
    assert [secret for secret in secrets if secret in text] == []


def place_of(read: list[Any], table: str) -> int:
    return next(at for at, line in enumerate(read) if "table" in line and line["table"] == table)


def cut(read: list[Any]) -> None:
    del read[-2:]


def lose_a_row(read: list[Any]) -> None:
    del read[2]


def another_format(read: list[Any]) -> None:
    read[0]["format"] = 99


def another_kind(read: list[Any]) -> None:
    read[0]["kind"] = "shopping list"


def unknown_schema(read: list[Any]) -> None:
    read[0]["schema"] = "9999"


def foreign_table(read: list[Any]) -> None:
    read[1:1] = [{"table": "alembic_version", "columns": ["nonsense"]}, ["x"]]


def foreign_column(read: list[Any]) -> None:
    read[1]["columns"][0] = "no_such_column"


def dangling(read: list[Any]) -> None:
    """Take the people away and leave what hangs on them, with counts that agree."""
    start = place_of(read, "users")
    while isinstance(read[start + 1], list):
        del read[start + 1]
    read[-2]["rows"]["users"] = 0


def bad_bytes(read: list[Any]) -> None:
    start = place_of(read, "sessions")
    read[start + 1] = [{"bytes": "%%%"} if isinstance(value, dict) else value for value in read[start + 1]]


DAMAGES = (
    cut, lose_a_row, another_format, another_kind, unknown_schema, foreign_table, foreign_column, bad_bytes,
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_backup_changes_nothing(
    on_sqlite: Story, tmp_path: Path, damage: Callable[[list[Any]], None]
) -> None:
    _changes_nothing(on_sqlite, tmp_path, damage)


def test_rows_that_point_to_nothing_change_nothing(story: Story, tmp_path: Path) -> None:
    _changes_nothing(story, tmp_path, dangling)


def _changes_nothing(story: Story, tmp_path: Path, damage: Callable[[list[Any]], None]) -> None:
    path = tmp_path / "b"
    write(story, path)
    rewrite(path, damage)
    before = everything(story.database)
    with pytest.raises((Misconfigured, RuntimeError)):
        restore(story.runner, path, force=True, unproven=True)
    assert everything(story.database) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", gzip.compress(b""), gzip.compress(b"hello\n"), gzip.compress(b"[]\n")],
    ids=["nothing", "words", "zipped nothing", "zipped words", "zipped json"],
)
def test_something_else_is_not_a_backup(on_sqlite: Story, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match="not a whole backup"):
        restore(on_sqlite.runner, path, force=True)


def test_a_file_cut_short_is_noticed(on_sqlite: Story, tmp_path: Path) -> None:
    path = tmp_path / "b"
    write(on_sqlite, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Misconfigured, match="not a whole backup"):
        restore(on_sqlite.runner, path, force=True)


def test_another_secret_key_is_noticed(story: Story, tmp_path: Path) -> None:
    write(story, tmp_path / "b")
    other = load({"OAUTH2SYSTEM_SECRET_KEY": "x" * 64}, folder=tmp_path)
    runner = Runner(other, Database(story.settings.database_url))
    with pytest.raises(Misconfigured, match="another SECRET_KEY"):
        restore(runner, tmp_path / "b", force=True)
    assert restore(runner, tmp_path / "b", force=True, unproven=True).same_key is False
    runner.close()


def test_a_backup_of_an_older_schema_is_brought_up(empty: Runner, tmp_path: Path) -> None:
    oldest = migrations.known_versions()[0]
    with gzip.open(tmp_path / "b", "wt", encoding="utf-8") as file:
        head = {"kind": backup.KIND, "format": backup.FORMAT, "schema": oldest, "made_at": "then", "key": "other"}
        person = {
            "id": "2", "username": "ada", "skeleton": "ada", "display_name": "Ada", "email": "a@b.c",
            "email_key": "a@b.c", "is_admin": 1, "created_at": 1, "updated_at": 1,
        }  # fmt: skip
        for line in (head, {"table": "users", "columns": list(person)}, list(person.values()), {"rows": {"users": 1}}):
            file.write(json.dumps(line) + "\n")
    restore(empty, tmp_path / "b", unproven=True)
    assert migrations.look(empty.database) is Schema.CURRENT
    with empty.database.transaction() as db:
        assert [(row[0], bool(row[1])) for row in db.all("SELECT username, is_admin FROM users")] == [("ada", True)]


def test_a_half_made_database_can_be_replaced_by_force(story: Story, empty: Runner, tmp_path: Path) -> None:
    write(story, tmp_path / "b")
    migrations.upgrade(empty.database)
    with empty.database.transaction() as db:
        db.run("DROP TABLE throttles")
    restore(empty, tmp_path / "b")
    assert migrations.look(empty.database) is Schema.CURRENT


def test_a_backup_is_of_one_moment_while_others_write(story: Story, tmp_path: Path) -> None:
    """A person who comes while the file is written is wholly in it or wholly not."""
    with dump.open_sections(story.database) as (_version, sections):
        found: Iterator[dump.Section] = iter(sections)
        first = next(found)
        held = {first.table: len(list(first.rows))}
        late = Story(story.settings.database_url, tmp_path)
        asyncio.run(late.runner.transact(late.member("late").caller, lambda ctx: None))
        held |= {section.table: len(list(section.rows)) for section in found}
        late.close()
    assert (held["users"], held["sessions"]) == (2, 2)


def test_large_tables_are_read_and_written_in_bites(story: Story, empty: Runner, tmp_path: Path) -> None:
    with story.database.transaction() as db:
        for number in range(1500):
            db.run(
                "INSERT INTO audit (id, at, event, actor, ip, data, times) VALUES (?, 1, 'e', 'a', '', '{}', 1)",
                10**15 + number,
            )
    seen: list[int] = []
    backup.write(story.runner, tmp_path / "b", NOW, force=False, progress=seen.append)
    assert len(seen) >= 4
    restore(empty, tmp_path / "b")
    with opened(empty.database.url) as database, database.transaction() as db:
        assert db.one("SELECT COUNT(*) FROM audit WHERE event = 'e'") == (1500,)
