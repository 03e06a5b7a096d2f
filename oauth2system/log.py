"""One line of JSON per event, on stderr: what happened, never a story and never a secret."""

import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 500
LINES_A_MINUTE = 600

# Whatever has the shape of a handle of ours, or sits in a URL under a name that holds a secret (T072).
_HANDLE = re.compile(r"o[a-z0-9]_[A-Za-z0-9_-]{20,}")
_NAMED = re.compile(
    r"(?i)\b(oauth_token|code|client_secret|[a-z_]*token|id_token_hint|client_assertion|request|state|flow|form|password)"
    r"=[^&\s\"']+"
)
# json escapes C0, quotes and everything beyond ASCII; these are what it leaves as it is (T075).
_UNPRINTABLE = re.compile("\x7f")

# Libraries that any browser can make speak, and that would write to stderr themselves with tracebacks that quote it.
_OUTSPOKEN = ("engineio", "socketio", "reflex", "uvicorn")

_lock = threading.Lock()


def event(name: str, /, **facts: object) -> None:
    """Write one event; every text is cut, freed of secrets and escaped into one line."""
    record: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": name}
    record.update((key, _plain(value)) for key, value in facts.items() if value is not None)
    _write(_UNPRINTABLE.sub(r"\\u007f", json.dumps(record, ensure_ascii=True)))


def crash(name: str, error: BaseException, /, **facts: object) -> None:
    """Write what broke and where: its type and the way there, never its message, which may quote a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    chain = error.__cause__ or error.__context__
    event(
        name,
        error=type(error).__qualname__,
        why=error.strerror if isinstance(error, OSError) else None,
        after=type(chain).__qualname__ if chain else None,
        where=where,
        **facts,
    )


def redact(text: str) -> str:
    """Return the text without anything that looks like a secret of ours."""
    return _NAMED.sub(r"\1=[redacted]", _HANDLE.sub("[redacted]", text))


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value][:20]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (values of any shape)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (values of any shape)
    text = redact(str(value))
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


class LineBudget:
    """How many lines of one kind a minute may bring, so that no visitor can fill the disk."""

    def __init__(self, lines: int = LINES_A_MINUTE) -> None:
        self._lines = lines
        self._minute = -1
        self._used = 0

    def spend(self) -> bool:
        """Return whether there is room for one more; the first one too many is let through to say so."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        return self._used <= self._lines


_anonymous = LineBudget()


def anonymous(name: str, /, **facts: object) -> None:
    """Write an event that anybody can cause at will, within a budget."""
    if _anonymous.spend():
        event(name, **facts)


class Lines(logging.Handler):
    """Turns what libraries log into our lines: cut, freed of secrets, no traceback text."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; of an exception only the type and place."""
        if record.name.startswith(_OUTSPOKEN) and not _anonymous.spend():
            return
        error = record.exc_info[1] if record.exc_info else None
        facts: dict[str, object] = {"logger": record.name, "level": record.levelname.lower()}
        if error is not None:
            crash("library.failed", error, **facts, line=record.lineno)
            return
        # Reflex quotes what a browser sent in its warnings: keep the beginning, which is its own words.
        longest = 120 if record.name.startswith("reflex") else LONGEST_TEXT
        event("library.logged", **facts, message=record.getMessage()[:longest])


def take_over() -> None:
    """Send every library's records of warning and above through us, and nothing else anywhere."""
    logging.basicConfig(level=logging.WARNING, handlers=[Lines()], force=True)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(_OUTSPOKEN):
            logging.getLogger(name).handlers.clear()


def _write(line: str) -> None:
    with _lock:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
