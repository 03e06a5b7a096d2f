"""How the jobs of one group run on SQLite: one transaction, begun and ended by the driver alone."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from oauth2system.errors import Busy, Refusal, Trouble
from oauth2system.storage.database.engine import is_lock
from oauth2system.storage.database.statements import Db, Job, driver_of


class Locked(Busy):
    """Another process holds the write lock: nothing has run, and the caller may try again."""

    def __init__(self, why: str) -> None:
        """Keep why."""
        super().__init__(why, Trouble.LOCK)


class NotOurTurn(Locked):
    """A thread of this very process writes: it will be done in a moment."""


class Undone(Exception):
    """A group was rolled back, nothing of it was kept; `culprit` is the place of the job at fault, if it is known."""

    def __init__(self, culprit: int | None) -> None:
        """Keep the place."""
        super().__init__(culprit)
        self.culprit = culprit


def begin(connection: Connection) -> None:
    """Take the write lock by the driver alone: SQLAlchemy's own way costs as much as a job."""
    try:
        driver_of(connection).execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if is_lock(error):
            raise Locked(str(error)) from error
        raise


def commit(connection: Connection) -> None:
    """Put it on disk; any thread may do this."""
    driver_of(connection).execute("COMMIT")


def roll_back(connection: Connection) -> None:
    """Undo all of it; it may be undone already, as on a full disk."""
    driver_of(connection).rollback()


def run_all(db: Db, jobs: Sequence[Job]) -> list[Any] | None:
    """Run jobs without savepoints; None as soon as one has a fault."""
    try:
        return [run_one(db, job) for job in jobs]
    except Exception:  # noqa: BLE001  (it happens again, and is answered, in a savepoint of its own)
        return None


def run_in_savepoint(connection: Connection, db: Db, job: Job) -> Any:
    """Run one job so that its fault cannot undo its neighbours."""
    driver = driver_of(connection)
    driver.execute("SAVEPOINT job")
    try:
        result = run_one(db, job)
    except Exception as error:
        if not driver.in_transaction:  # SQLite has undone all of it, as it does on a full disk
            raise
        driver.execute("ROLLBACK TO job")
        result = error
    driver.execute("RELEASE job")
    return result


def run_one(db: Db, job: Job) -> Any:
    """Return what a job returns, or the Refusal it raises: what it wrote before that is kept."""
    try:
        return job(db)
    except Refusal as answer:
        return answer


def insist_open(connection: Connection) -> None:
    """Refuse to call it done when SQLite has ended the transaction by itself, as it does on a full disk."""
    if not driver_of(connection).in_transaction:
        raise RuntimeError("The transaction was lost on the way.")
