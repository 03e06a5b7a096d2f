"""Where the database and Redis are."""

from pathlib import Path
from typing import NewType
from urllib.parse import SplitResult, parse_qs

from oauth2system.i18n import N_
from oauth2system.setting_types.hosts import Unusable, split

# An SQLite file or a PostgreSQL server, as SQLAlchemy reads it.
DatabaseUrl = NewType("DatabaseUrl", str)
RedisUrl = NewType("RedisUrl", str)


def read_database_url(text: str) -> DatabaseUrl:
    """Read the address of an SQLite file or of a PostgreSQL server; raises Unusable."""
    if text.startswith("sqlite:///") and len(text) > len("sqlite:///"):
        return DatabaseUrl(text)
    form = N_("it must begin with postgresql:// or sqlite:///")
    parts = split(text, form)
    if parts.scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or "://" not in text:
        raise Unusable(form)
    _require_encoded_password(parts)
    if not parts.hostname and "host" not in parse_qs(parts.query):
        raise Unusable(N_("it names no host; write it like postgresql://user:password@host/name"))
    return DatabaseUrl("postgresql+psycopg://" + text.partition("://")[2])


def read_redis_url(text: str) -> RedisUrl:
    """Read the address of a Redis server; raises Unusable."""
    form = N_("it must look like redis://:password@host:6379/0")
    parts = split(text, form)
    if parts.scheme == "unix" and parts.path:
        return RedisUrl(text)
    number = parts.path.removeprefix("/")
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or (number and not number.isdecimal()):
        raise Unusable(form)
    _require_encoded_password(parts)
    return RedisUrl(text)


def _require_encoded_password(parts: SplitResult) -> None:
    if parts.netloc.count("@") > 1 or parts.fragment:
        raise Unusable(N_("write @ as %40, / as %2F, ? as %3F and # as %23 in a name or password"))


def read_file(folder: Path, text: str) -> Path | None:
    """Return the path of a file that can be read; None for an empty text, raises Unusable."""
    if not text:
        return None
    path = folder / text
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise Unusable(N_("there is no file that can be read")) from error
