"""Who calls a service: where the request came from, and the session that its cookie or handle proves."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Source
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import sessions
from oauth2system.storage.tables.sessions import Session

# The key of the mark in an ASGI scope. A server that reads the network fills other keys only.
INSIDE = "oauth2system.inside"


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The mark of a request that the playground of an app makes inside this process (decision 0039).

    It travels in the ASGI scope, where nothing that comes over the network can put it. `secret` is the digest of what
    stands in for the app's own secret; `keys` and `signing_secret` stand in for what the app signs with. `person` finds
    who sits at the browser; a program has nobody there. The reasons of refusals are collected here, and not in the log
    of the app.
    """

    client_id: str
    secret: bytes
    person: Callable[[Db, datetime], Session | None] | None = None
    refusals: list[OAuthError | Untrusted] = field(default_factory=list[OAuthError | Untrusted])
    keys: tuple[VerificationKey, ...] = ()
    signing_secret: bytes = field(default=b"", repr=False)


class Caller(NamedTuple):
    """Who calls: the source, and either the session cookie or the handle that replaces it.

    `leaves` is whether the person takes their data or deletes their account: the session counts for that also before
    they accept the terms of this server (decision 0035).
    """

    source: Source = Source()
    cookie: str | None = None
    handle: str | None = None
    system: bool = False
    inside: Inside | None = None
    leaves: bool = False

    def resolve(self, db: Db, now: datetime) -> Session | None:
        """Return the live session that the cookie or the handle proves, or the one of the playground."""
        if self.inside is not None:
            return self.inside.person(db, now) if self.inside.person else None
        if self.cookie is not None:
            return _find_by_cookie(db, self.cookie, now, leaves=self.leaves)
        return None if self.handle is None else _find_by_handle(db, self.handle, now)


NOBODY = Caller()
# The server itself: its jobs, its deliveries, and the commands of its operator.
SYSTEM = Caller(system=True)


def _find_by_cookie(db: Db, cookie: str, now: datetime, *, leaves: bool) -> Session | None:
    """Return the live session of this cookie; a malformed one is nobody (T113)."""
    read = token_format.read(Kind.SESSION, cookie)
    if read is None:
        return None
    session = sessions.find_live(db, read[0], now)
    if session is None and leaves:
        session = sessions.find_owing_terms(db, read[0], now)
    if session is None or not hmac.compare_digest(session.digest, read[1]):
        return None
    return session


def _find_by_handle(db: Db, handle: str, now: datetime) -> Session | None:
    """Return the live session that a handle stands for; only the event socket uses handles."""
    return sessions.find_live_by_handle(db, handle, now) if handle else None
