"""What a refusal leaves behind: a plugin of pytest that watches every service call in this process.

A refusal commits what was written before it (`oauth2system/errors.py`). So a service that takes or deletes
something and refuses afterwards loses it. Every function that may write before a refusal is listed here, with the
reason; any other one fails the test in which it happened.
"""

import inspect
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from oauth2system.errors import Refusal
from oauth2system.storage.database import group_commit
from oauth2system.storage.database.statements import Db, Job, Row
from oauth2system.storage.database.transactions import Database

# Counting an attempt is the point of refusing the next one; a record says what was refused.
MEANT_TABLES = {
    "throttles": "an attempt counts whatever becomes of it",
    "audit": "what was tried is written down",
    "app_log": "the owner of the app reads why",
    "replays": "a proof or an assertion is used up by being presented",
}
MEANT = {
    "authorization.flows.use_up": "the request behind the flow was answered elsewhere, so the flow has ended too",
    "sessions.passkey_proofs._note_use": "a counter that was shown counts, and one that shows a copy ends the passkey",
    "sessions.passkey_proofs.mail": "its person is notified of the copy",
    "tokens.codes.take_code": "a code that was presented is used up, whatever else is wrong (RFC 6749 §4.1.2)",
    "tokens.device_codes.redeem": "a poll is noted, so that the next one is not too fast (RFC 8628 §3.5)",
    "tokens.issue.revoke_family": "a replay ends the family (RFC 9700 §4.14.2)",
    "tokens.refresh._end_reused_family": "its person and the apps are notified of the replay",
}

_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)", re.IGNORECASE)
_SERVICES = "oauth2system.services."

Write = tuple[str, str]
_written: dict[int, list[Write]] = {}
_lost: list[str] = []


def _service() -> str:
    """Return the innermost service function that is running."""
    frame = inspect.currentframe()
    while frame is not None and not str(frame.f_globals.get("__name__")).startswith(_SERVICES):
        frame = frame.f_back
    if frame is None:
        return ""
    return f"{frame.f_globals['__name__'].removeprefix(_SERVICES)}.{frame.f_code.co_name}"


def _note(db: Db, table: str) -> None:
    service = _service()
    if service and id(db) in _written and table not in MEANT_TABLES:
        _written[id(db)].append((service, table))


def _judge(writes: list[Write], refusal: Refusal) -> None:
    _lost.extend(
        f"{service} wrote to {table} before {type(refusal).__name__}: {refusal}"
        for service, table in writes
        if service not in MEANT
    )


_Db = {name: getattr(Db, name) for name in ("run", "one", "send", "add", "execute", "attempt", "all_or_nothing")}
_transaction, _run_job = Database.transaction, group_commit.run_one


def _run(self: Db, sql: str, *args: Any) -> int:
    count = _Db["run"](self, sql, *args)
    if count > 0 and (found := _WRITES.match(sql)):
        _note(self, found.group(1))
    return count


def _one(self: Db, sql: str, *args: Any) -> Row | None:
    row = _Db["one"](self, sql, *args)
    if row is not None and (found := _WRITES.match(sql)):
        _note(self, found.group(1))
    return row


def _send(self: Db, sql: str, *args: Any) -> None:
    _Db["send"](self, sql, *args)
    if found := _WRITES.match(sql):
        _note(self, found.group(1))


def _add(self: Db, sql: str, *args: Any) -> bool:
    added = _Db["add"](self, sql, *args)
    if added and (found := _WRITES.match(sql)):
        _note(self, found.group(1))
    return added


def _execute(self: Db, change: Any) -> int:
    count = _Db["execute"](self, change)
    if count > 0:
        _note(self, change.table.name)
    return count


def _attempt(self: Db, change: Any) -> bool:
    before = len(_written.get(id(self), []))
    done = _Db["attempt"](self, change)
    if not done:
        _undo(self, before)
    return done


@contextmanager
def _all_or_nothing(self: Db) -> Generator[None]:
    before = len(_written.get(id(self), []))
    with _Db["all_or_nothing"](self):
        try:
            yield
        except BaseException:
            _undo(self, before)
            raise


def _undo(db: Db, before: int) -> None:
    """Forget what was written in a savepoint that is rolled back."""
    if id(db) in _written:
        del _written[id(db)][before:]


@contextmanager
def _watched_transaction(self: Database) -> Generator[Db]:
    with _transaction(self) as db:
        writes = _written[id(db)] = []
        try:
            yield db
        except Refusal as refusal:
            _judge(writes, refusal)
            raise
        finally:
            _written.pop(id(db), None)


def _watched_job(db: Db, job: Job) -> Any:
    """Run a job of a group commit, which returns a refusal as its answer."""
    writes = _written[id(db)] = []
    try:
        answer = _run_job(db, job)
    finally:
        _written.pop(id(db), None)
    if isinstance(answer, Refusal):
        _judge(writes, answer)
    return answer


def pytest_configure() -> None:
    """Watch from the beginning: services may run before the first fixture."""
    watched = {
        "run": _run, "one": _one, "send": _send, "add": _add, "execute": _execute, "attempt": _attempt,
        "all_or_nothing": _all_or_nothing,
    }  # fmt: skip
    for name, function in watched.items():
        setattr(Db, name, function)
    Database.transaction = _watched_transaction
    group_commit.run_one = _watched_job


@pytest.fixture(autouse=True)
def nothing_is_lost_to_a_refusal() -> Generator[None]:
    """Fail the test in which a service wrote something, and refused afterwards, without a listed reason."""
    _lost.clear()
    yield
    lost = sorted(set(_lost))
    _lost.clear()
    assert lost == []
