"""What every service is given: the transaction, the time, and who is asking."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from oauth2system.ids import next_id
from oauth2system.settings import Settings
from oauth2system.storage.columns import to_ms
from oauth2system.storage.database import Db
from oauth2system.storage.sessions import Session


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request came from; the address is believed only from trusted proxies."""

    ip: str = ""
    agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """One request or click. `session` is None for a stranger; `system` is True for the operator's commands."""

    db: Db
    settings: Settings
    now: datetime
    random: Callable[[int], bytes]
    source: Source = Source()
    session: Session | None = None
    system: bool = False

    @property
    def now_ms(self) -> int:
        """Return now in milliseconds, as stored."""
        return to_ms(self.now)

    @property
    def actor(self) -> str:
        """Name the actor as the audit log does."""
        if self.session is not None:
            return f"user:{self.session.user_id}"
        return "system" if self.system else "stranger"

    def new_id(self, tag: int = 0) -> int:
        """Return a time-ordered id; see ids.py for the tag."""
        return next_id(self.now_ms, tag)
