"""What every service is given: the transaction, the time, who is asking, and what the server remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from oauth2system.ids import next_id
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.runtime.server_state import ServerState
from oauth2system.settings import Settings
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables.sessions import Session


class InsideMark(Protocol):
    """The mark of a request that the playground of an app makes inside this process; see caller.py."""

    @property
    def client_id(self) -> str:
        """Return the app whose playground it is."""
        ...

    @property
    def secret(self) -> bytes:
        """Return the digest of what stands in for the app's secret."""
        ...

    @property
    def keys(self) -> tuple[VerificationKey, ...]:
        """Return what stands in for the app's public keys."""
        ...

    @property
    def signing_secret(self) -> bytes:
        """Return what stands in for the secret that the app signs with."""
        ...

    @property
    def refusals(self) -> list[OAuthError | Untrusted]:
        """Return the list that collects why the request is refused."""
        ...


class CallerProof(Protocol):
    """What a caller sends to prove who it is."""

    @property
    def inside(self) -> InsideMark | None:
        """Return the mark of a request from the playground; None for all that comes over the network."""
        ...

    @property
    def cookie(self) -> str | None:
        """Return the session cookie, if it sends one."""
        ...

    def resolve(self, db: Db, now: datetime) -> Session | None:
        """Return the live session that it proves, or None."""
        ...


class Source(NamedTuple):
    """Where a request came from; the address is believed only from trusted proxies."""

    ip: str = ""
    agent: str = ""
    request_id: str = ""
    # What the pages speak to it; None where only English is spoken.
    language: str | None = None


@dataclass(slots=True, eq=False)
class Context:
    """One request or click. `system` is True for the operator's commands."""

    db: Db
    server: ServerState
    settings: Settings
    now: datetime
    random: Callable[[int], bytes]
    proof: CallerProof
    source: Source
    system: bool
    now_ms: int = field(init=False)
    _session: Session | None = field(init=False, default=None)
    _looked: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Work out now in milliseconds, as stored, once."""
        self.now_ms = to_ms(self.now)

    @property
    def session(self) -> Session | None:
        """Return the live session of the caller, looked up in this transaction; None for an anonymous caller."""
        if not self._looked:
            self.use_session(self.proof.resolve(self.db, self.now))
        return self._session

    def use_session(self, session: Session | None) -> None:
        """Take a session that a service read and proved together with something else, so nobody reads it again."""
        self._session, self._looked = session, True

    @property
    def actor(self) -> str:
        """Name the actor as the audit log does."""
        if self.session is not None:
            return f"user:{self.session.user_id}"
        return "system" if self.system else "anonymous"

    def new_id(self, tag: int = 0) -> int:
        """Return a time-ordered id; see ids.py for the tag."""
        return next_id(self.now_ms, tag)
