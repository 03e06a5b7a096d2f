"""What is kept of an app in memory is what the database holds, by any writer, and takes a bounded place (T057)."""

import inspect
import multiprocessing
import random
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

import pytest

from oauth2system.policy import quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.transactions import Database, Db
from oauth2system.storage.lookups import simple_flow, token_exchange
from oauth2system.storage.lookups.known_clients import NO_SECRET, FoundClient, KnownClients, read_with
from oauth2system.storage.tables import client_secrets, clients, users
from oauth2system.storage.tables.client_secrets import ClientSecret, SecretUses
from tests.storage.database.rows import NOW, opened, user

ADA = user("ada")
APPS, SECRETS = ("1", "2", "3"), (11, 12, 21, 22)
ALL = read_with("c.name")
SET = "UPDATE client_secrets SET"
STAMP = "SELECT stamp FROM clients WHERE id = ?"


class _Undone(Exception):
    """Ends a transaction without keeping it."""


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    with opened(database_url) as made:
        with made.transaction() as db:
            assert users.add(db, ADA)
            for app in APPS:
                clients.add(db, Client(id=app, name="0", owner_id=ADA.id), NOW)
            for number in SECRETS:
                client_secrets.add(db, secret(number))
        yield made


def secret(number: int) -> ClientSecret:
    return ClientSecret(number, str(number // 10), b"%d" % number, None, "Secret", "abcd", NOW)


def rename(db: Db, app: str, name: str) -> None:
    found = clients.find(db, app)
    if found is not None:
        clients.save(db, replace(found, name=name), NOW)


def add_again(db: Db, number: int) -> None:
    if clients.find(db, str(number // 10)) is not None:
        db.run("DELETE FROM client_secrets WHERE id = ?", number)
        client_secrets.add(db, secret(number))


KEPT: tuple[Callable[[Db], object], ...] = (
    lambda db: rename(db, "1", "another"),
    lambda db: clients.set_disabled(db, "1", NOW, disabled=True),
    lambda db: clients.raise_generation(db, "1"),
    lambda db: db.run("UPDATE clients SET metadata = '{}' WHERE id = '1'"),
    lambda db: client_secrets.retire(db, 11, "1", NOW),
    lambda db: db.run("UPDATE client_secrets SET digest = ? WHERE id = 11", b"x"),
    lambda db: db.run("UPDATE client_secrets SET expires_at = 1 WHERE id = 11"),
    lambda db: db.run("UPDATE client_secrets SET client_id = '2' WHERE id = 11"),
    lambda db: db.run("UPDATE client_secrets SET client_id = '1' WHERE id = 21"),
    lambda db: db.run("DELETE FROM client_secrets WHERE id = 11"),
    lambda db: client_secrets.add(db, secret(13)),
    lambda db: db.run("DELETE FROM clients WHERE id = '1'") and clients.add(db, Client(id="1", name="0"), NOW),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(KEPT)))
def test_each_write_of_an_app_or_its_secrets_draws_a_stamp_that_was_never_there(
    database: Database, number: int
) -> None:
    with database.transaction() as db:
        before = db.one(STAMP, "1")
        KEPT[number](db)
        after = db.one(STAMP, "1")
    assert before and after and after[0] not in {before[0], before[0] + 1, 0}  # noqa: PT018  (both were read)


def test_the_last_use_of_a_secret_and_its_mails_draw_none(database: Database) -> None:
    with database.transaction() as db:
        before = db.one(STAMP, "1")
        client_secrets.count_uses(db, [(11, SecretUses(20_000, 1, 1, "192.0.2.0/24", "query", 1))])
        db.run("UPDATE client_secrets SET reminded = 1 WHERE id = 11")
        assert db.one(STAMP, "1") == before


def same(db: Db, known: KnownClients) -> None:
    """Compare what is answered from memory with what the database says, for every app and secret there may be."""
    for app in (*APPS, "7"):
        for number in (*SECRETS, 13, NO_SECRET):
            wanted = clients.find_with_secret(db, app, number)
            found = known.find(db, ALL, (app, number))
            assert (None if found is None else found[:2]) == wanted
            assert found is None or found.row == (found.client.name,)


WRITES: tuple[Callable[[Db, random.Random], object], ...] = (
    lambda db, dice: rename(db, dice.choice(APPS), str(dice.random())),
    lambda db, dice: clients.set_disabled(db, dice.choice(APPS), NOW, disabled=dice.random() < 0.5),
    lambda db, dice: clients.raise_generation(db, dice.choice(APPS)),
    lambda db, dice: client_secrets.retire(db, dice.choice(SECRETS), dice.choice(APPS), NOW),
    lambda db, dice: db.run(f"{SET} expires_at = ? WHERE id = ?", dice.randrange(9), dice.choice(SECRETS)),
    lambda db, dice: db.run(f"{SET} digest = ? WHERE id = ?", dice.randbytes(4), dice.choice(SECRETS)),
    lambda db, dice: db.run("DELETE FROM client_secrets WHERE id = ?", dice.choice(SECRETS)),
    lambda db, dice: add_again(db, dice.choice(SECRETS)),
    lambda db, _: db.run("DELETE FROM clients WHERE id = '2'"),
    lambda db, _: clients.find(db, "2") or clients.add(db, Client(id="2", name="0", owner_id=ADA.id), NOW),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_after_any_writes_of_any_connection_memory_answers_what_the_database_says(
    database: Database, seed: int
) -> None:
    dice, known = random.Random(seed), KnownClients()
    with opened(database.url) as elsewhere:
        for _ in range(25):
            with suppress(_Undone), dice.choice((database, elsewhere)).transaction() as db:
                for _ in range(dice.randrange(1, 4)):
                    dice.choice(WRITES)(db, dice)
                    same(db, known)  # within the transaction, before anybody else sees it
                if dice.random() < 0.4:
                    raise _Undone
            database.look(lambda db: same(db, known))


def test_made_up_ids_and_large_apps_take_no_place(database: Database) -> None:
    known = KnownClients()

    def ask(db: Db) -> None:
        for number in range(50):
            known.find(db, ALL, (str(1000 + number), NO_SECRET))
            known.find(db, ALL, ("1", 1000 + number))

    database.look(ask)
    assert len(known) == 0
    with database.transaction() as db:
        rename(db, "1", "x" * (quotas.KNOWN_CLIENT_LARGEST + 1))
        assert known.find(db, ALL, ("1", 11)) is not None
        assert len(known) == 0


def test_who_asks_for_many_apps_does_not_push_out_the_ones_in_use(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "KNOWN_CLIENTS_BYTES", 2 * quotas.KNOWN_CLIENT_OVERHEAD + 1000)
    known = KnownClients()

    def wide(app: str) -> bool:
        """Return whether the app has to be read."""
        asked: list[str] = []
        database.look(lambda db: known.find(_Noting(db, asked), ALL, (app, NO_SECRET)))  # pyright: ignore[reportArgumentType]  (it stands in for a database)
        return ALL.wide in asked

    assert [wide(app) for app in ("1", "2", "1", "3", "1", "2", "1")] == [True, True, False, True, False, True, False]
    assert len(known) == 2


def test_an_app_that_grew_makes_room_for_itself(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "KNOWN_CLIENTS_BYTES", 3 * quotas.KNOWN_CLIENT_OVERHEAD)
    known = KnownClients()
    for length in (1, 1, quotas.KNOWN_CLIENT_OVERHEAD, 1, 1):
        with database.transaction() as db:
            rename(db, "1", "x" * length)
            for app in ("2", "1"):
                known.find(db, ALL, (app, NO_SECRET))
        assert len(known) == (1 if length > 1 else 2)


class _Noting:
    """A database that notes what it is asked."""

    def __init__(self, db: Db, asked: list[str]) -> None:
        self._db, self._asked = db, asked

    def one(self, sql: str, *args: Any) -> Any:
        self._asked.append(sql)
        return self._db.one(sql, *args)


def write_on(url: str, line: Connection) -> None:
    """Write the app again and again in this process, and send what was written once it is committed."""
    with opened(url) as database:
        for number in range(1, 61):
            with database.transaction() as db:
                rename(db, "1", str(number))
            line.send(number)
    line.close()


def test_t057_what_another_process_has_committed_is_seen_by_the_next_read(database: Database) -> None:
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=write_on, args=(database.url, there))
    writer.start()
    there.close()
    known, seen = KnownClients(), 0
    with suppress(EOFError):
        while here.poll(60):
            committed = here.recv()
            found: FoundClient | None = database.look(lambda db: known.find(db, ALL, ("1", 11)))
            assert found is not None
            assert committed <= int(found.client.name) == int(found.row[0])
            seen = committed
    writer.join(30)
    assert seen == 60


@pytest.mark.parametrize("lookup", [simple_flow, token_exchange])
def test_no_hot_read_takes_the_kind_of_a_row_as_a_value(lookup: ModuleType) -> None:
    """SQLite prepares such a statement again at every request: a partial index names a kind."""
    assert "kind = ?" not in inspect.getsource(lookup)
