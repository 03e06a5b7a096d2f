"""Visits: who opens a page or sends an event, and whether they may."""

from dataclasses import dataclass

from oauth2system.policy import lifetimes
from oauth2system.policy.roles import Who
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.sessions import sessions
from oauth2system.storage.tables.sessions import Session


@dataclass(frozen=True, slots=True)
class Visit:
    """The visitor's live session, if any; `is_due` when it is time to note that they were seen."""

    session: Session | None
    is_due: bool = False

    def may_enter(self, who: Who) -> bool:
        """Return whether this visitor may enter; whether they own a thing (OWNER) the service checks (T120)."""
        match who:
            case Who.ANYONE:
                return True
            case Who.USER | Who.OWNER:
                return self.session is not None
            case Who.ADMIN:
                return self.session is not None and self.session.is_admin


async def enter(call: Call, who: Who | None) -> Visit:
    """Return who is there; for a visitor who may enter, note from time to time that they were seen.

    `who` is whom the page or event is for, None for nobody. The visit says whether they may enter.
    """
    seen = await call(look_up)
    if seen.is_due and who is not None and seen.may_enter(who):
        await call(sessions.touch)
    return seen


@reads
def look_up(ctx: Context) -> Visit:
    """Return who is there, looked up now (T114, T141)."""
    session = ctx.session
    return Visit(session, session is not None and ctx.now - session.seen_at > lifetimes.SESSION_SEEN)
