"""A throw-away PostgreSQL of the suite's own, reached through a socket file; nobody else's server is touched."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from itertools import count
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import stop, wait_until

# Nothing here outlives the run, so nothing needs to reach a disk. A test of crashes passes durable=True.
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_MODEST = ("shared_buffers=64MB", "max_connections=200", "jit=off", "listen_addresses=", "timezone=UTC")


_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# Tables, columns and the schema's version; copies of one template agree in all of it.
_SHAPE = (
    "SELECT (SELECT array_agg(version_num) FROM alembic_version), count(*), max(attrelid), sum(attnum)"
    " FROM pg_attribute WHERE attrelid >= 16384 AND NOT attisdropped"
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server installed here; Debian keeps it off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Cluster:
    """One PostgreSQL server with fresh databases by the dozen."""

    def __init__(self, *, durable: bool = False) -> None:
        bin_folder = programs()
        if bin_folder is None:
            raise RuntimeError("PostgreSQL is not installed; on Debian: sudo apt install postgresql")
        self._bin = bin_folder
        self._durable = durable
        self._numbers = count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="oauth2system-pg-"))
        # PostgreSQL refuses to run as root: its own account does, and must be able to write here.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._server: subprocess.Popen[bytes] | None = None
        self._idle: list[str] = []
        self._shapes: dict[str, object] = {}

    def start(self) -> None:
        """Make the files of a fresh server, and run it."""
        self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.resume()

    def resume(self) -> None:
        """Run the server, for the first time or after `halt`."""
        settings = (*_MODEST, *(() if self._durable else _FAST))
        options = [word for setting in settings for word in ("-c", setting)]
        command = [str(self._bin / "postgres"), "-D", "data", "-k", str(self.folder), *options]
        with (self.folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                command, cwd=self.folder, user=self._user, stdout=log, stderr=log, start_new_session=True
            )
        server = self._server
        if not wait_until(self._answers, seconds=PATIENCE_S, alive=lambda: server.poll() is None):
            raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-500:]}")

    def halt(self) -> None:
        """End the server and every connection to it; its files stay."""
        server, self._server = self._server, None
        if server is not None:
            stop(server, how=signal.SIGINT)  # PostgreSQL's "fast": open connections are ended

    def stop(self) -> None:
        """End the server and remove its files."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Return what an operator would write in OAUTH2SYSTEM_DATABASE_URL."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def create(self, name: str | None = None, *, template: str = "template0") -> str:
        """Make a database and return its URL; a copy of a template takes some twenty milliseconds."""
        name = name or f"test_{next(self._numbers)}"
        self.execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def lend(self, template: str) -> str:
        """Return the URL of an empty copy of a template, made now or used before and cleaned since."""
        return self._idle.pop() if self._idle else self.create(template=template)

    def take_back(self, url: str, template: str) -> None:
        """Empty what was lent for the next to borrow: a tenth of the time of a fresh copy."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_END_OTHERS)
            if connection.execute(_SHAPE).fetchone() == self._shape(template):
                tables = connection.execute(_TABLES).fetchall()
                connection.execute("SET session_replication_role = replica")
                connection.execute(
                    sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(*t)) for t in tables)
                )
                self._idle.append(url)
                return
        self.drop(url)  # whoever had it changed more than rows

    def _shape(self, template: str) -> object:
        if template not in self._shapes:
            with psycopg.connect(self.url(template)) as connection:
                self._shapes[template] = connection.execute(_SHAPE).fetchone()
        return self._shapes[template]

    def drop(self, url: str) -> None:
        """Remove a database, also while somebody is connected to it."""
        self.execute("DROP DATABASE {} WITH (FORCE)", urlsplit(url).path.removeprefix("/"))

    def execute(self, statement: LiteralString, *names: str) -> None:
        """Run an administrator's statement; the names are quoted as identifiers."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._bin / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, user=self._user, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr[-500:]}")


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Generator[Cluster]:
    """Run a PostgreSQL server for as long as the block lasts."""
    made = Cluster(durable=durable)
    try:
        made.start()
        yield made
    finally:
        made.stop()
