"""Backups: one file with everything that lasts, which can be restored into either kind of database.

The file is gzip over lines of JSON: a head, then each table and its rows, then the counts, so that a
file that was cut short is noticed before anything is kept. It holds addresses and password hashes (mode 0600)
but not SECRET_KEY, and the encrypted values inside cannot be read without that key. Its last line authenticates all
others by a key that follows from SECRET_KEY, so that a file that was changed is refused.
"""

import base64
import gzip
import hmac
import json
import os
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zlib import error as ZlibError  # noqa: N812  (a class, spelt like a function)

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_
from oauth2system.runtime import audit
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database import dump
from oauth2system.storage.database.dump import REVOCABLE, Section, UnfitRowError, Values

KIND = "oauth2system backup"
FORMAT = 1
LONGEST_LINE = 16 * 1024 * 1024
_EVERY = 500
# What reading may raise if the file is cut short, damaged or no backup, down to rows that fit no table.
_DAMAGED = (EOFError, gzip.BadGzipFile, ZlibError, ValueError, KeyError, TypeError, UnfitRowError)

_OF_ANOTHER_KEY = N_(
    "The backup was made with another SECRET_KEY, so this server cannot prove that nobody changed it. Set that key, or"
    " add --unproven if you know that the file is as it was made."
)
_NOT_SEALED = N_(
    "The backup was made by an older version, which did not seal it, so nobody can prove that it is unchanged."
    " Add --unproven if you know that the file is as it was made."
)
_CHANGED = N_("The backup was changed after it was made. Nothing was restored.")

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and whether its encrypted values can be read with our key."""

    made_at: str
    rows: dict[str, int]
    same_key: bool


def write(runner: Runner, path: Path, now: datetime, *, force: bool, progress: Progress) -> dict[str, int]:
    """Write a backup as of this moment; returns how many rows of each table are in it."""
    with _write_fresh(path, force=force) as file, dump.open_sections(runner.database) as (version, found):
        seal = _seal(runner)

        def add(value: dict[str, Any] | Values) -> None:
            line = _write_line(value)
            seal.update(line.encode())
            file.write(line)

        head = {"kind": KIND, "format": FORMAT, "schema": version, "made_at": now.isoformat(timespec="seconds")}
        add({**head, "key": _read_key(runner)})
        counts: dict[str, int] = {}
        total = 0
        for section in found:
            add({"table": section.table, "columns": section.columns})
            counts[section.table] = 0
            for row in section.rows:
                add([_pack(value) for value in row])
                counts[section.table] += 1
                total += 1
                if total % _EVERY == 0:
                    progress(total)
        add({"rows": counts})
        file.write(_write_line({"mac": seal.hexdigest()}))
    progress(total)
    return counts


def restore(  # noqa: PLR0913  (three switches, by name)
    runner: Runner, path: Path, *, force: bool, revoke_all: bool, unproven: bool = False, progress: Progress
) -> Restored:
    """Replace everything in the database by a backup, or change nothing; raises Misconfigured.

    A backup that our SECRET_KEY does not prove unchanged is refused, unless the operator trusts it (`unproven`).
    """
    held = dump.count_holdings(runner.database)
    if held and not force:
        raise Misconfigured(N_("The database holds {count} accounts already; add --force to replace them.", count=held))
    reader = _Reader(path, progress, None if unproven else _seal(runner))
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            head = reader.begin(file)
            same_key = hmac.compare_digest(str(head.get("key")), _read_key(runner))
            if not same_key and not unproven:
                raise Misconfigured(_OF_ANOTHER_KEY)
            left_out = REVOCABLE if revoke_all else frozenset[str]()
            dump.replace(runner.database, str(head["schema"]), reader.sections(file, left_out))
    except _DAMAGED as error:
        raise Misconfigured(N_("{path} is not a whole backup of Oauth2System.", path=path)) from error
    runner.now(SYSTEM, _note, revoke_all)
    return Restored(str(head["made_at"]), reader.counts, same_key)


def _note(ctx: Context, revoke_all: bool) -> None:  # noqa: FBT001  (as the runner hands it on)
    audit.record(ctx, "backup.restored", revoke_all=revoke_all)


class _Reader:
    """Reads the lines of a backup once, from its head to its counts."""

    def __init__(self, path: Path, progress: Progress, seal: hmac.HMAC | None) -> None:
        self.counts: dict[str, int] = {}
        self._path = path
        self._progress = progress
        self._next: Any = None
        self._seal = seal

    def begin(self, file: IO[str]) -> dict[str, Any]:
        """Read the head, and refuse a backup that this version cannot read."""
        head = self._read(file)
        if not isinstance(head, dict) or head.get("kind") != KIND:  # pyright: ignore[reportUnknownMemberType]  (JSON of any shape)
            raise ValueError
        if head.get("format") != FORMAT:  # pyright: ignore[reportUnknownMemberType]  (JSON of any shape)
            raise Misconfigured(N_("{path} was made by a newer version.", path=self._path))
        self._next = self._read(file)
        return head  # pyright: ignore[reportUnknownVariableType]  (JSON of any shape)

    def sections(self, file: IO[str], left_out: frozenset[str]) -> Iterator[Section]:
        """Yield one table after the other; raises when the counts at the end do not agree."""
        found: dict[str, int] = {}
        while "table" in self._next:
            name, columns = str(self._next["table"]), [str(column) for column in self._next["columns"]]
            rows = self._rows(file, name, found)
            if name in left_out:
                for _row in rows:
                    pass
            else:
                yield Section(name, columns, rows)
        if self._next["rows"] != found:
            raise ValueError
        self._check_seal(file)
        self.counts = {name: count for name, count in found.items() if name not in left_out}

    def _rows(self, file: IO[str], name: str, found: dict[str, int]) -> Iterator[Values]:
        found[name] = 0
        while isinstance(line := self._read(file), list):
            found[name] += 1
            if sum(found.values()) % _EVERY == 0:
                self._progress(sum(found.values()))
            yield [_unpack(value) for value in line]  # pyright: ignore[reportUnknownVariableType]  (JSON of any shape)
        self._next = line

    def _check_seal(self, file: IO[str]) -> None:
        """Refuse a file whose lines are not those that were written under our key."""
        if self._seal is None:
            return
        expected = self._seal.hexdigest()
        line = file.readline(LONGEST_LINE)
        shown = json.loads(line).get("mac") if line else None
        if not isinstance(shown, str):
            raise Misconfigured(_NOT_SEALED)
        if not hmac.compare_digest(shown, expected) or file.read(1):
            raise Misconfigured(_CHANGED)

    def _read(self, file: IO[str]) -> Any:
        line = file.readline(LONGEST_LINE)
        if not line.endswith("\n"):
            raise EOFError
        if self._seal is not None:
            self._seal.update(line.encode())
        return json.loads(line)


@contextmanager
def _write_fresh(path: Path, *, force: bool) -> Generator[IO[str]]:
    """Write a file that nobody else can read; it gets its name when it is complete and on disk."""
    if path.exists() and not force:
        raise Misconfigured(N_("{path} exists already; add --force to write over it.", path=path))
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    raw = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(raw, "wb") as bare:
            with gzip.open(bare, "wt", encoding="utf-8", compresslevel=6) as file:
                yield file
            bare.flush()
            os.fsync(bare.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_line(value: dict[str, Any] | Values) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"


def _seal(runner: Runner) -> hmac.HMAC:
    """Return what authenticates the lines of a backup; nobody without SECRET_KEY can write another."""
    return hmac.new(runner.server.encryption.key_for("backup", "mac"), digestmod=sha256)


def _pack(value: Any) -> Any:
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _unpack(value: Any) -> Any:
    match value:
        case {"bytes": str(text)}:
            return base64.b64decode(text, validate=True)
        case dict() | list():
            raise ValueError
        case _:
            return value


def _read_key(runner: Runner) -> str:
    """Return a digest that distinguishes SECRET_KEYs and reveals nothing else about them."""
    return runner.server.encryption.fingerprint("backup").hex()
