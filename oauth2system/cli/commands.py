"""Runs one command and turns its outcome into an exit code and, for a failure, one line."""

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from oauth2system import env_file
from oauth2system.cli import parser
from oauth2system.cli.parser import Arguments
from oauth2system.cli.terminal import note, printable
from oauth2system.errors import Busy, Invalid, Misconfigured, Refusal
from oauth2system.i18n import _, choose, speak
from oauth2system.settings import PREFIX

FAILED = 1
OURS = Path(__file__).resolve().parents[1]


def run(arguments: Sequence[str]) -> int:
    """Run a command in the language of the terminal; returns the exit code."""
    os.umask(0o077)  # files that we make can be read by their owner alone
    with speak(language_of({**_in_file(), **os.environ})):
        return _run(arguments)


def _in_file() -> dict[str, str]:
    """Return the values of the `.env` file; its faults are reported by the commands that need it."""
    with suppress(Misconfigured):
        return env_file.read(Path.cwd())
    return {}


def language_of(environ: Mapping[str, str]) -> str:
    """Return the language for this terminal: by our own variable, or by its locale."""
    names = (f"{PREFIX}LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environ[name] for name in names if environ.get(name)), "")
    return choose([wanted.partition(".")[0].partition("@")[0]])


def _run(arguments: Sequence[str]) -> int:
    asked = parser.make().parse_args(arguments, Arguments())
    try:
        code = _command(asked.file, asked.verb)(asked) or 0
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:  # noqa: BLE001  (a person gets a line, not a traceback)
        note("oauth2system: " + printable(" ".join(_reason(error).split())))
        return FAILED
    return code


def _command(file: str, verb: str) -> Callable[[Arguments], int | None]:
    """Load only what this command needs: `--help` answers at once, and a server stays small."""
    return getattr(importlib.import_module(f"oauth2system.cli.{file}"), verb)


def _reason(error: Exception) -> str:
    match error:
        case Invalid():
            return "; ".join(f"{name}: {_(sentence)}" for name, sentence in error.problems.items())
        case Refusal() | Misconfigured():
            return _(error.message)
        case Busy():
            return _("The database cannot be used: {why}").format(why=error)
        case OSError():
            why = error.strerror or str(error)
            return f"{error.filename}: {why}" if error.filename else why
        case _:
            return _("This is a fault of Oauth2System: {kind} in {place}.").format(
                kind=type(error).__name__, place=_place(error)
            )


def _place(error: Exception) -> str:
    """Return the innermost line of ours, without the message, which may quote a secret."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if OURS in Path(frame.filename).parents]
    return f"{Path(frames[-1].filename).relative_to(OURS)}:{frames[-1].lineno}" if frames else "?"
