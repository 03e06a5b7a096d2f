"""The signed-in browsers of a person: listed and ended on the security page."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions import sessions
from oauth2system.storage.tables import sessions as rows


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """One signed-in browser on the security page."""

    handle: str
    ip: str
    agent: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


@reads
def list_sessions(ctx: Context) -> tuple[BrowserSession, ...]:
    """List the signed-in browsers of the person who asks, latest first."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    live = rows.live_of(ctx.db, ctx.session.user_id, ctx.now)
    here = ctx.session.handle
    return tuple(
        BrowserSession(one.handle, one.ip, one.agent, one.created_at, one.seen_at, is_this=one.handle == here)
        for one in live
        if one.generation == ctx.session.generation
    )


@transacts
def end_session(ctx: Context, handle: str) -> tuple[BrowserSession, ...]:
    """End a session of the person who asks; returns those that are left, raises NotFound for anybody else's (T120)."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    found = rows.find_live_by_handle(ctx.db, handle, ctx.now)
    if found is None or found.user_id != ctx.session.user_id:
        raise NotFound(N_("This session has already ended."))
    sessions.close(ctx, found)
    return list_sessions(ctx)


@transacts
def end_others(ctx: Context) -> tuple[BrowserSession, ...]:
    """End every other session of the person who asks (T116); returns the one that is left."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    others = [one.handle for one in list_sessions(ctx) if not one.is_this]
    for found in (rows.find_live_by_handle(ctx.db, handle, ctx.now) for handle in others):
        if found is not None:
            sessions.close(ctx, found)
    return list_sessions(ctx)
