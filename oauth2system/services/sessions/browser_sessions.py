"""The signed-in browsers of a person: listed, with rough places, and ended on the security page.

Places are read from a database file of the operator's; without one there is only the address.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

import maxminddb

from oauth2system import log
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
    in_question: bool = False
    place: str = ""


@reads
def mark(ctx: Context) -> str:
    """Return a text that changes whenever a session of the person who asks begins, ends or is answered for.

    It is empty without a session. Asking is no use of the session: a page that is only open does not keep it alive.
    """
    if ctx.session is None:
        return ""
    live = rows.live_of(ctx.db, ctx.session.user_id, ctx.now)
    lines = sorted(f"{one.handle} {one.in_question}" for one in live if one.generation == ctx.session.generation)
    return sha256("\n".join(lines).encode()).hexdigest()[:32]


@reads
def list_sessions(ctx: Context) -> tuple[BrowserSession, ...]:
    """List the signed-in browsers of the person who asks, latest first."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    live = rows.live_of(ctx.db, ctx.session.user_id, ctx.now)
    here = ctx.session.handle
    return tuple(
        BrowserSession(
            one.handle,
            one.ip,
            one.agent,
            one.created_at,
            one.seen_at,
            is_this=one.handle == here,
            in_question=one.in_question,
            place=describe_place(ctx, one.ip),
        )
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


@dataclass(slots=True)
class PlacesDatabase:
    """The open file of one server, or the fact that there is none."""

    reader: Any = None
    opened: bool = False

    def find(self, path: str, ip: str) -> Any:
        """Return what the file says about an address; None where it says nothing or cannot be read."""
        try:
            if not self.opened:
                self.opened = True
                self.reader = maxminddb.open_database(path)  # pyright: ignore[reportUnknownMemberType]  (its stub leaves a type open)
            return None if self.reader is None else self.reader.get(ip)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            log.crash("places.unreadable", error)
            return None
        except ValueError:  # not an address
            return None


def describe_place(ctx: Context, ip: str) -> str:
    """Return the city and the country of an address, as far as known; empty without a file, or for a local address."""
    path = ctx.settings.places_database
    if path is None or not ip:
        return ""
    found = ctx.server.of(PlacesDatabase).find(str(path), ip)
    if not isinstance(found, dict):
        return ""
    record = cast("dict[str, Any]", found)
    names = (_read_name(record.get("city")), _read_name(record.get("country")))
    return ", ".join(name for name in names if name)


def _read_name(part: Any) -> str:
    """Return the English name in a part of a record, as the files of MaxMind and DB-IP have it."""
    named = cast("dict[str, Any]", part).get("names") if isinstance(part, dict) else None
    name = cast("dict[str, Any]", named).get("en") if isinstance(named, dict) else None
    return name if isinstance(name, str) else ""
