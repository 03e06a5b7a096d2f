"""The ZIP files with people's data: written piece by piece, kept until they are fetched, and for an hour at most.

A file stands in the folder of one server. A person who reaches another one gets a new file.
"""

import os
import zipfile
from collections.abc import Generator, Iterable
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, BinaryIO, NamedTuple

import orjson

from oauth2system.policy import lifetimes, quotas

_DONE, _PART = ".zip", ".part"
_MODE = 0o600


class Download(NamedTuple):
    """A file on its way to its person: how long it is, and its pieces."""

    size: int
    pieces: Generator[bytes]


class Archive:
    """A ZIP file that is being written; nobody sees it before `keep`."""

    def __init__(self, folder: Path) -> None:
        """Begin a file that only this server can read."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / f"{token_hex(16)}{_PART}"
        raw = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _MODE)
        self._file = os.fdopen(raw, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._rows: Rows | None = None

    def add(self, name: str, body: bytes) -> None:
        """Add a whole file."""
        self._zip.writestr(name, body)

    def add_document(self, name: str, document: Any) -> None:
        """Add a document as JSON."""
        self.add(name, _write_json(document, orjson.OPT_INDENT_2))

    def open_rows(self, name: str) -> "Rows":
        """Begin a long JSON list; no other file can be added before it ends."""
        self._rows = Rows(self._zip.open(name, "w", force_zip64=True))
        return self._rows

    def keep(self, name: str, now: datetime) -> None:
        """Keep the finished file under this name, in place of an earlier one."""
        self._zip.close()
        self._file.close()
        os.utime(self._path, (now.timestamp(), now.timestamp()))
        self._path.replace(self._path.with_name(name + _DONE))

    def discard(self) -> None:
        """Leave nothing of a file that was not finished; for one that is kept, do nothing."""
        self._path.unlink(missing_ok=True)
        if self._rows is not None:
            self._rows.close()
        self._zip.close()
        self._file.close()


class Rows:
    """A long JSON list in a file of the archive."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin the list."""
        self._file, self._before = file, b"[\n"

    def add(self, rows: Iterable[Any]) -> None:
        """Continue the list."""
        for row in rows:
            self._file.write(self._before + _write_json(row))
            self._before = b",\n"

    def end(self) -> None:
        """End the list."""
        self._file.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")
        self.close()

    def close(self) -> None:
        """Close the file, whether or not the list is complete."""
        self._file.close()


def _write_json(document: Any, options: int = 0) -> bytes:
    """Return a document as JSON: moments in ISO 8601 to the second, sets as sorted lists."""
    return orjson.dumps(document, default=sorted, option=options | orjson.OPT_OMIT_MICROSECONDS)


def take(folder: Path, name: str, now: datetime) -> Download | None:
    """Open a kept file and delete it, so that it can be fetched once; None where there is none that is young enough."""
    path = folder / (name + _DONE)
    # One caller gets it: a name can be changed once.
    taken = path.with_name(f"{token_hex(16)}{_PART}")
    try:
        path.rename(taken)
        file = taken.open("rb")
    except FileNotFoundError:
        return None
    taken.unlink(missing_ok=True)
    kept = os.fstat(file.fileno())
    if now.timestamp() - kept.st_mtime > lifetimes.EXPORT_KEPT.in_seconds:
        file.close()
        return None
    return Download(kept.st_size, _read_pieces(file))


def _read_pieces(file: BinaryIO) -> Generator[bytes]:
    with file:
        while piece := file.read(quotas.FILE_PIECE):
            yield piece


def delete_old(folder: Path, now: datetime, most: int) -> int:
    """Delete the files that are too old, and the oldest ones beyond so many; returns how many."""
    found = sorted(((_read_age(path, now), path) for path in _list_files(folder)), reverse=True)
    surplus = len(found) - most
    old = [
        path for number, (age, path) in enumerate(found) if number < surplus or age > lifetimes.EXPORT_KEPT.in_seconds
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _list_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in {_DONE, _PART}] if folder.is_dir() else []


def _read_age(path: Path, now: datetime) -> float:
    try:
        return now.timestamp() - path.stat().st_mtime
    except FileNotFoundError:  # fetched a moment ago
        return 0
