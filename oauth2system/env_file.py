"""The `.env` file, read by python-dotenv: the rules are those that people know from other programs."""

from pathlib import Path

from dotenv.parser import parse_stream

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_

NAME = ".env"


def read(folder: Path) -> dict[str, str]:
    """Return the variables of the folder's `.env` file, or nothing when there is none.

    A byte order mark is skipped, `export`, quotes and comments are understood. `$` means itself: a password may have
    one. Raises Misconfigured for a file that is not UTF-8 text, and for a line that is not `NAME=value`.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    pairs: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for line in parse_stream(lines):
                if line.error:
                    raise Misconfigured(
                        N_("{path} cannot be read: line {line} is not NAME=value.", path=path, line=line.original.line)
                    )
                if line.key is not None:
                    pairs[line.key] = line.value or ""
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            N_("{path} cannot be read; it must be plain UTF-8 text and ours to read.", path=path)
        ) from error
    return pairs
