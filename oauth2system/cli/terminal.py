"""The output of commands: results on stdout, progress and errors on stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any


def say(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(text + "\n")


def say_json(value: Any) -> None:
    """Print the result for a program."""
    say(json.dumps(value, default=_plain, ensure_ascii=False))


def note(text: str) -> None:
    """Report progress on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Counter:
    """Shows the progress of long work: one changing line on a terminal, few lines in a log."""

    _EVERY = 20_000

    def __init__(self, text: str) -> None:
        self._text = text
        self._live = sys.stderr.isatty()
        self._shown = 0

    def show(self, count: int) -> None:
        """Show the count so far."""
        if self._live:
            sys.stderr.write(f"\r{self._text}: {count}")
            sys.stderr.flush()
        elif count - self._shown >= self._EVERY:
            self._shown = count
            note(f"{self._text}: {count}")

    def done(self) -> None:
        """End the changing line."""
        if self._live:
            sys.stderr.write("\n")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under heads in columns; no text in it can move the cursor (T075)."""
    cells = [list(heads), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    for line in cells:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def printable(text: str) -> str:
    """Return the text with control characters escaped, which a terminal would obey (T075)."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return str(value)
