"""Sign-ins from browsers that were not known: the person is asked whether it was them, by mail and on their devices."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions import browser_sessions, known_browsers, sessions
from oauth2system.services.tokens import codes
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import audit as events
from oauth2system.storage.tables import sessions as rows
from oauth2system.storage.tables import users
from oauth2system.storage.tables.sessions import StoredSession


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A sign-in that the person is asked about."""

    handle: str
    ip: str
    agent: str
    created_at: datetime
    place: str = ""


def is_one(ctx: Context, user_id: str, device: str | None) -> bool:
    """Return whether to ask about a sign-in that begins now: the browser is unknown, and it is not the first one."""
    known = known_browsers.read(device)
    if known is not None and known.knows(ctx, user_id):
        return False
    if ctx.session is not None and ctx.session.user_id == user_id:
        return False
    return events.is_there(ctx.db, user_id, sessions.STARTED)


def report(ctx: Context, user_id: str, sid: str) -> None:
    """Order the mail about a sign-in that has just begun; only to an address that the person has confirmed."""
    user = users.find(ctx.db, user_id)
    if user is None or user.email_confirmed_at is None:
        return
    if not rate_limits.try_spend(ctx, budgets.NEW_SIGN_IN_MAILS, user_id):
        return
    outbox.mail(
        ctx,
        "new_sign_in",
        lives=lifetimes.CONFIRM_LINK,
        user_id=user_id,
        sid=sid,
        ip=ctx.source.ip,
        place=browser_sessions.describe_place(ctx, ctx.source.ip),
        agent=ctx.source.agent,
        when=str(ctx.now_ms),
    )


@reads
def list_questions(ctx: Context) -> tuple[NewSignIn, ...]:
    """List the sign-ins that the person is asked about here: none in a browser that is in question itself."""
    if ctx.session is None:
        return ()
    live = rows.live_of(ctx.db, ctx.session.user_id, ctx.now)
    if any(one.in_question for one in live if one.id == ctx.session.id):
        return ()
    return tuple(_view(ctx, one) for one in live if one.in_question)


def _view(ctx: Context, one: StoredSession) -> NewSignIn:
    return NewSignIn(one.handle, one.ip, one.agent, one.created_at, browser_sessions.describe_place(ctx, one.ip))


@transacts
def accept(ctx: Context, handle: str) -> None:
    """Note that a sign-in was the person's own; raises NotFound when it has ended."""
    rows.settle(ctx.db, _find_asked(ctx, handle).id)


@transacts
def disown(ctx: Context, handle: str) -> None:
    """End a sign-in that was not the person's own; raises NotFound when it has ended."""
    found = _find_asked(ctx, handle)
    _end(ctx, found.user_id, found.sid or codes.sid_from(found.handle), found.created_at)


def disown_past(ctx: Context, sid: str, began_at: datetime) -> None:
    """End what goes on of a sign-in that is in the log, and what began later; raises NotPermitted as `disown`."""
    _end(ctx, _require_known(ctx)[0].user_id, sid, began_at)


def disown_all(ctx: Context) -> None:
    """End every other session of the person: somebody else has used one; raises NotPermitted as `disown`."""
    here, live = _require_known(ctx)
    for one in live.values():
        if one.id != here.id:
            sessions.end_stored(ctx, one)
    audit.record(ctx, "session.disowned", user_id=here.user_id)


def _require_known(ctx: Context) -> tuple[StoredSession, dict[str, StoredSession]]:
    """Return this session and all that live, by handle; one that is in question itself answers for none."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    live = {one.handle: one for one in rows.live_of(ctx.db, ctx.session.user_id, ctx.now)}
    here = live.get(ctx.session.handle)
    if here is None or here.in_question:
        raise NotPermitted(N_("Answer this in a browser that you used before, or by the mail that we sent you."))
    return here, live


def _find_asked(ctx: Context, handle: str) -> StoredSession:
    """Return a session that the person may answer for."""
    found = _require_known(ctx)[1].get(handle)
    if found is None or not found.in_question:
        raise NotFound(N_("This session has already ended."))
    return found


@dataclass(frozen=True, slots=True)
class DisownPage:
    """What the link of the mail opens; `username` is empty where the link does not work any more."""

    username: str = ""
    ip: str = ""
    agent: str = ""
    began_at: datetime | None = None


@reads
def open_link(ctx: Context, token: str | None) -> DisownPage:
    """Return which sign-in the link of a mail is about; nothing happens yet."""
    row = one_time_links.find(ctx, Kind.NEW_SIGN_IN, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if row is None or user is None:
        return DisownPage()
    return DisownPage(user.username, row.data["ip"], row.data["agent"], from_ms(int(row.data["when"])))


@transacts
def disown_by_link(ctx: Context, token: str | None) -> bool:
    """End the sign-in that a mail was about, without a sign-in, and order a link for a new password.

    Returns False for a link that was used or has expired.
    """
    rate_limits.spend(ctx, budgets.LINK, budgets.network(ctx.source.ip))
    row = one_time_links.take(ctx, Kind.NEW_SIGN_IN, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if row is None or user is None:
        return False
    _end(ctx, user.id, row.data["sid"], from_ms(int(row.data["when"])))
    outbox.mail(ctx, "reset", lives=lifetimes.RESET_LINK, key=names.confirmed_key(user.email_key))
    return True


def _end(ctx: Context, user_id: str, sid: str, began_at: datetime) -> None:
    """End a sign-in, what goes on of it under its `sid`, and what began later: its browser was known by then."""
    here = ctx.session.id if ctx.session is not None else None
    for one in rows.live_of(ctx.db, user_id, ctx.now):
        goes_on = (one.sid or codes.sid_from(one.handle)) == sid
        if one.id != here and (goes_on or one.created_at >= began_at):
            sessions.end_stored(ctx, one)
    audit.record(ctx, "session.disowned", user_id=user_id)
