"""Who calls a service: where the request came from, and the session that its cookie or handle proves."""

import hmac
from datetime import datetime
from typing import NamedTuple

from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Source
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import sessions
from oauth2system.storage.tables.sessions import Session


class Caller(NamedTuple):
    """Who calls: the source, and either the session cookie or the handle that replaces it."""

    source: Source = Source()
    cookie: str | None = None
    handle: str | None = None
    system: bool = False

    def resolve(self, db: Db, now: datetime) -> Session | None:
        """Return the live session that the cookie or the handle proves."""
        if self.cookie is not None:
            return _find_by_cookie(db, self.cookie, now)
        return None if self.handle is None else _find_by_handle(db, self.handle, now)


NOBODY = Caller()
# The server itself: its jobs, its deliveries, and the commands of its operator.
SYSTEM = Caller(system=True)


def _find_by_cookie(db: Db, cookie: str, now: datetime) -> Session | None:
    """Return the live session of this cookie; a malformed one is nobody (T113)."""
    read = token_format.read(Kind.SESSION, cookie)
    if read is None:
        return None
    session = sessions.find_live(db, read[0], now)
    if session is None or not hmac.compare_digest(session.digest, read[1]):
        return None
    return session


def _find_by_handle(db: Db, handle: str, now: datetime) -> Session | None:
    """Return the live session that a handle stands for; only the event socket uses handles."""
    return sessions.find_live_by_handle(db, handle, now) if handle else None
