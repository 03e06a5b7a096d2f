"""Flows, the pending authorizations: kept, found again by the browser that began them, used up."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from oauth2system import ids
from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.authorization.interaction import Flow
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens import format as token_format
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.storage.tables import ephemeral, unanswered_flows
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.sessions import Session
from oauth2system.text import is_plain

KIND = token_format.Kind.FLOW


class FlowStage(StrEnum):
    """The state of a flow when one of its pages is opened."""

    OPEN = "open"
    AGREED = "agreed"
    REFUSED = "refused"
    # Answered by us: the sign-in was not what the app asked for.
    FAILED = "failed"
    # The pushed request behind it was completed by another flow.
    DOUBLED = "completed elsewhere"
    EXPIRED = "expired"
    # Not expired by its age, and yet not there.
    GONE = "gone"
    APP_GONE = "app gone"
    APP_CHANGED = "app changed"
    SWITCHED_OFF = "switched off"
    NEVER = "never"
    # Begun in another browser, or this one keeps no cookies.
    ELSEWHERE = "elsewhere"
    NO_COOKIES = "no cookies"


# How a flow can end without an agreement; the row says so under this very word.
_ENDINGS = (FlowStage.REFUSED, FlowStage.FAILED, FlowStage.DOUBLED)


@dataclass(frozen=True, slots=True)
class Pending:
    """An open flow, with the handle that names it in our URLs."""

    row_id: int
    handle: str
    flow: Flow
    # The person who decided, once somebody has.
    whose: Whose | None
    browser: bytes
    # The acts of its visitor that the app's log has: each once, however often they come back to a page.
    noted: frozenset[str] = frozenset()


def browser_digest(browser: str) -> bytes:
    """Return the digest of the cookie that ties a flow to its browser."""
    return sha256(browser.encode()).digest()


def keep(ctx: Context, flow: Flow, browser: str, noted: Iterable[Act] = ()) -> str:
    """Keep a flow for the browser that began it, with what the app's log has of it; returns its handle."""
    # A visitor of the playground is none of the app's, so nobody reads that they gave up.
    client_id = flow.request.client_id if ctx.proof.inside is None else None
    while True:
        row_id = ctx.new_id()
        handle = token_format.mint(KIND, row_id, ctx.random(32))
        data = _write(flow, browser_digest(browser), {act.name for act in noted})
        kept = ephemeral.keep(
            ctx.db,
            row_id,
            KIND,
            token_format.digest(KIND, handle),
            data=data,
            expires_ms=ctx.now_ms + lifetimes.FLOW.in_ms + lifetimes.FLOW_EXPIRED_KEPT.in_ms,
            client_id=client_id,
        )
        if kept:
            return handle


def _write(flow: Flow, browser: bytes, noted: Iterable[str]) -> dict[str, Any]:
    return {"flow": flow.to_json(), "browser": browser.hex(), "noted": sorted(noted)}


def find(ctx: Context, handle: str) -> Pending | None:
    """Find an open flow for any browser, only to show its app."""
    read = token_format.read(KIND, handle)
    row = ephemeral.find(ctx.db, *_make_key(read), ctx.now) if read else None
    if row is None or row.taken_ms is not None or _has_expired(ctx, row.id):
        return None
    flow, browser = Flow.from_json(row.data["flow"]), bytes.fromhex(row.data["browser"])
    return Pending(row.id, handle, flow, row.whose, browser, frozenset(row.data.get("noted", ())))


def _has_expired(ctx: Context, row_id: int) -> bool:
    """Return whether a flow has expired, by the time in its id."""
    return ctx.now_ms - ids.made_ms(row_id) >= lifetimes.FLOW.in_ms


def read_login_hint(pending: Pending) -> str:
    """Return the login_hint, to fill the field; nothing is looked up by it."""
    hint = pending.flow.request.login_hint
    return hint.strip() if hint and len(hint) <= quotas.SIGN_IN_NAME_LONGEST and is_plain(hint) else ""


@dataclass(frozen=True, slots=True)
class OpenedFlow:
    """What a page may say about a flow; `pending` is set only while it is open and belongs to this browser."""

    stage: FlowStage
    pending: Pending | None = None
    client_id: str = ""
    redirect_uri: str = ""


def look(ctx: Context, handle: str, browser: str | None) -> OpenedFlow:
    """Return the state of a flow, for the browser that opens one of its pages."""
    read = token_format.read(KIND, handle)
    if read is None:
        return OpenedFlow(FlowStage.NEVER)
    row = ephemeral.find(ctx.db, *_make_key(read), ctx.now)
    if row is None:
        return OpenedFlow(FlowStage.EXPIRED if _has_expired(ctx, read[0]) else FlowStage.GONE)
    if not is_of(bytes.fromhex(row.data["browser"]), browser):
        return OpenedFlow(FlowStage.NO_COOKIES if browser is None else FlowStage.ELSEWHERE)
    flow = Flow.from_json(row.data["flow"])
    stage = FlowStage.EXPIRED if _has_expired(ctx, row.id) else FlowStage.OPEN
    if row.taken_ms is not None and row.taken_ms - ids.made_ms(row.id) < lifetimes.FLOW.in_ms:
        stage = next((ending for ending in _ENDINGS if row.data.get(ending)), FlowStage.AGREED)
    pending = find(ctx, handle) if stage is FlowStage.OPEN else None
    return OpenedFlow(stage, pending, flow.request.client_id, flow.request.target.redirect_uri)


def has_ended(ctx: Context, handle: str, browser: str | None) -> bool:
    """Return whether a flow of this browser was answered or has expired, as far as that is still kept."""
    sight = look(ctx, handle, browser)
    return sight.pending is None and bool(sight.client_id)


def is_of(kept: bytes, browser: str | None) -> bool:
    """Return whether a flow was begun in the browser with this cookie."""
    return browser is not None and hmac.compare_digest(kept, browser_digest(browser))


def _make_key(read: tuple[int, bytes]) -> tuple[int, str, bytes]:
    return read[0], KIND, read[1]


def get(ctx: Context, handle: str, browser: str | None) -> Pending:
    """Return a flow to the browser that began it; raises Untrusted for any other (T025, T101)."""
    pending = find(ctx, handle)
    if pending is None:
        never = token_format.read(KIND, handle) is None
        raise Untrusted(PageReason.FLOW_UNKNOWN if never else PageReason.FLOW_EXPIRED)
    if browser is None:
        raise Untrusted(PageReason.FLOW_WITHOUT_COOKIE)
    if not is_of(pending.browser, browser):
        raise Untrusted(PageReason.FLOW_OF_ANOTHER_BROWSER)
    return pending


def move_on(ctx: Context, pending: Pending, flow: Flow, session: Session | None, noted: Iterable[Act] = ()) -> bool:
    """Save a step of the flow and the person who took it, None if nobody had to be signed in.

    A decision is valid as long as the generation of the session that made it. `noted` are the acts of this step that
    the app's log has. Returns False if the flow has ended meanwhile.
    """
    whose = Whose(session.user_id, session.generation) if session else pending.whose
    data = _write(flow, pending.browser, pending.noted.union(act.name for act in noted))
    return ephemeral.rewrite(ctx.db, pending.row_id, data=data, whose=whose)


def use_up(ctx: Context, pending: Pending) -> bool:
    """End the flow; of all parallel requests exactly one gets True. How it ended is kept for a day."""
    read = token_format.read(KIND, pending.handle)
    until_ms = ctx.now_ms + lifetimes.FLOW_ANSWERED_KEPT.in_ms
    return read is not None and ephemeral.take_until(ctx.db, *_make_key(read), now=ctx.now, until_ms=until_ms)


def note_end(ctx: Context, pending: Pending, ending: FlowStage) -> None:
    """Record how a flow ended that was used up without an agreement."""
    data = {"flow": pending.flow.to_json(), "browser": pending.browser.hex(), ending.value: True}
    ephemeral.note_end(ctx.db, pending.row_id, data)


def give_up(ctx: Context, limit: int) -> int:
    """Use up the flows whose time has ended without an answer, a bounded number at a time: their app's owner reads it.

    A flow that is used up after its end has expired; every page says so, as before.
    """
    gone = unanswered_flows.give_up(
        ctx.db, ctx.now_ms + lifetimes.FLOW_EXPIRED_KEPT.in_ms, now_ms=ctx.now_ms, limit=limit
    )
    for one in gone:
        _note_given_up(ctx, one.id, one.client_id)
    return len(gone)


def purge(ctx: Context, limit: int) -> int:
    """Delete flows, codes and links that expired a while ago; an unanswered flow may still be there after a pause."""
    gone = ephemeral.purge(ctx.db, ctx.now - lifetimes.USED_UP_KEPT, limit)
    for one in gone:
        if one.kind == KIND and one.taken_ms is None:
            _note_given_up(ctx, one.id, one.client_id)
    return len(gone)


def _note_given_up(ctx: Context, row_id: int, client_id: str | None) -> None:
    if client_id is not None:
        app_log.note_act(ctx, client_id, Act.GAVE_UP, ids.made_ms(row_id) + lifetimes.FLOW.in_ms)
