"""Signed-in browsers: start, resolve, end."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.tokens import amr as amr_values
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, outbox
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.services.clients import playground
from oauth2system.services.sessions import session_end
from oauth2system.services.tokens import codes
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups import authorize
from oauth2system.storage.lookups.authorize import AuthorizeLookup
from oauth2system.storage.lookups.known_clients import KnownClients
from oauth2system.storage.tables import deletions, ephemeral, sessions, tokens, users
from oauth2system.storage.tables.sessions import Session, StoredSession

KIND = Kind.SESSION
STARTED = "session.started"
PASSWORD = "pwd"  # noqa: S105  (how a person signed in, not a secret; RFC 8176 §2)
NOBODY = (-1, b"")


def read_client_and_consent(ctx: Context, client_id: str) -> AuthorizeLookup:
    """Return an app, the caller's session, and what its person allows the app, in one read."""
    if ctx.proof.inside is not None:
        return playground.look_up(ctx, client_id)
    cookie = ctx.proof.cookie
    session_id, digest = (token_format.read(KIND, cookie) if cookie else None) or NOBODY
    found = authorize.find(ctx.db, ctx.server.of(KnownClients), client_id, session_id, ctx.now_ms)
    if found.session is None or not hmac.compare_digest(found.session.digest, digest):
        return AuthorizeLookup(found.client)
    return found


def find_owing_terms(ctx: Context) -> Session | None:
    """Return the session of this browser that does not count until its person accepts the terms; None for any other."""
    return _find_by_cookie(ctx, sessions.find_owing_terms)


def find_begun(ctx: Context) -> Session | None:
    """Return the session of this browser to end it, also one that does not count now."""
    return ctx.session or _find_by_cookie(ctx, sessions.find_begun)


def _find_by_cookie(ctx: Context, find: Callable[[Db, int, datetime], Session | None]) -> Session | None:
    cookie = ctx.proof.cookie
    read = token_format.read(KIND, cookie) if cookie else None
    found = find(ctx.db, read[0], ctx.now) if read is not None else None
    return found if found is not None and read is not None and hmac.compare_digest(found.digest, read[1]) else None


class Started(NamedTuple):
    """A new session: the value of its cookie, whether the cookie outlives the browser, and what clients know it by."""

    value: str
    kept: bool
    sid: str


def start(  # noqa: PLR0913  (a session has these facts)
    ctx: Context,
    user_id: str,
    generation: int,
    *,
    amr: str = PASSWORD,
    kept: bool | None = None,
    in_question: bool = False,
) -> Started:
    """Begin a new session, ending the browser's old one (T103).

    `generation` was read together with the proof of the person, and the session ends with it (T092). `amr` says what
    was proved, in RFC 8176 values separated by spaces. `kept` is whether the person stays signed in; None for as
    before. `in_question` is whether the person is asked if it was them.

    A person who signs in again keeps the `sid`; for another person the old session ends for the clients too. An account
    that was about to be deleted is kept.
    """
    keep_account(ctx, user_id)
    sid = _end_replaced(ctx, user_id)
    kept = _was_kept(ctx, user_id) if kept is None else kept
    row_id, handle = ctx.new_id(), ctx.random(16).hex()
    value = token_format.mint(KIND, row_id, ctx.random(32))
    sessions.add(
        ctx.db,
        StoredSession(
            id=row_id,
            digest=token_format.digest(KIND, value),
            handle=handle,
            sid=sid,
            user_id=user_id,
            ip=ctx.source.ip,
            agent=ctx.source.agent[: quotas.BROWSER_NAME_LONGEST],
            created_at=ctx.now,
            authenticated_at=ctx.now,
            seen_at=ctx.now,
            expires_at=ctx.now + _limits(kept).idle,
            generation=generation,
            amr=amr,
            kept=kept,
            in_question=in_question or _was_in_question(ctx, user_id),
        ),
    )
    sid = sid or codes.sid_from(handle)
    audit.record(ctx, STARTED, user_id=user_id, sid=sid)
    _end_surplus(ctx, user_id)
    return Started(value, kept, sid)


def keep_account(ctx: Context, user_id: str) -> bool:
    """Keep an account that its person asked to delete; False where it was not about to be deleted (decision 0034)."""
    if not deletions.cancel(ctx.db, user_id, ctx.now):
        return False
    ephemeral.drop_unused(ctx.db, Kind.KEEP, user_id=user_id)
    audit.record(ctx, "account.kept", user_id=user_id)
    outbox.mail(ctx, "account_kept", lives=lifetimes.CONFIRM_LINK, user_id=user_id)
    return True


class _Limits(NamedTuple):
    """After how long a session ends: unused, and in any case."""

    idle: timedelta
    absolute: timedelta


def _limits(kept: bool) -> _Limits:  # noqa: FBT001  (the column)
    if kept:
        return _Limits(lifetimes.SESSION_IDLE, lifetimes.SESSION)
    return _Limits(lifetimes.BRIEF_SESSION_IDLE, lifetimes.BRIEF_SESSION)


def _was_in_question(ctx: Context, user_id: str) -> bool:
    """Return whether the person is still asked about the session that this one replaces: a new sign-in is no answer."""
    old = ctx.session
    return old is not None and old.user_id == user_id and sessions.is_in_question(ctx.db, old.id)


def _was_kept(ctx: Context, user_id: str) -> bool:
    """Return what the person chose in this browser when they signed in before."""
    return ctx.session is None or ctx.session.user_id != user_id or ctx.session.kept


def _end_surplus(ctx: Context, user_id: str) -> None:
    """End the sessions of a person that were not seen for longest, where there are more than a person can have."""
    for one in sessions.list_surplus(ctx.db, user_id, ctx.now, quotas.SESSIONS_OF_A_PERSON):
        end_stored(ctx, one)


def end_stored(ctx: Context, one: StoredSession) -> None:
    """End a session that was read from the database, and notify the apps that took part in it."""
    sessions.end(ctx.db, one.id, ctx.now)
    session_end.end_and_notify(ctx, one.user_id, one.sid or codes.sid_from(one.handle))
    audit.record(ctx, "session.ended", user_id=one.user_id)


def _end_replaced(ctx: Context, user_id: str) -> str | None:
    """End the session that a new one replaces; returns the `sid` that goes on."""
    old = find_begun(ctx)
    if old is None:
        return None
    sessions.end(ctx.db, old.id, ctx.now)
    if old.user_id == user_id:
        return codes.sid_of(old)
    session_end.end_and_notify(ctx, old.user_id, codes.sid_of(old))
    return None


@writes
def touch(ctx: Context) -> None:
    """Move the idle limit, never past the absolute one."""
    session = ctx.session
    if session is not None and ctx.now - session.seen_at > lifetimes.SESSION_SEEN:
        limits = _limits(session.kept)
        sessions.touch(ctx.db, session.id, ctx.now, min(ctx.now + limits.idle, session.created_at + limits.absolute))


def add_method(ctx: Context, method: str) -> None:
    """Note that the person has just proved a new factor in this session: it counts as if they had signed in with it."""
    if ctx.session is not None:
        sessions.set_amr(ctx.db, ctx.session.id, amr_values.join(ctx.session.amr, method))


def end(ctx: Context) -> None:
    """Sign this browser out."""
    session = find_begun(ctx)
    if session is not None:
        close(ctx, session)


def close(ctx: Context, session: Session) -> None:
    """End a session of the person who asks, and notify the apps that took part in it."""
    sessions.end(ctx.db, session.id, ctx.now)
    session_end.end_and_notify(ctx, session.user_id, codes.sid_of(session))
    audit.record(ctx, "session.ended", user_id=session.user_id)


def sign_out_everywhere(ctx: Context, user_id: str) -> None:
    """Sign a person out of every browser; offline access and links in mails go on (OIDC Core §11)."""
    generation = users.raise_generation(ctx.db, user_id)
    end_everywhere(ctx, user_id)
    if generation is not None:
        tokens.outlive(ctx.db, user_id, generation)
        ephemeral.outlive(ctx.db, (Kind.CONFIRM, Kind.RESET, Kind.BROWSER), user_id, generation)


def end_everywhere(ctx: Context, user_id: str) -> int:
    """End every session that can be seen, with notices to the apps; returns how many.

    A session that is made at the same time is not seen here. It ends with the generation, which the caller raises.
    """
    live = sessions.live_of(ctx.db, user_id, ctx.now)
    ended = sessions.end_all(ctx.db, user_id, ctx.now)
    for one in live:
        session_end.end_and_notify(ctx, user_id, one.sid or codes.sid_from(one.handle))
    audit.record(ctx, "session.ended_everywhere", user_id=user_id, count=ended)
    return ended
