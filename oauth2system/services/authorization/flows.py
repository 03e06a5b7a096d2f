"""Pending authorizations: kept, found again by the browser that began them, used up."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.authorization.interaction import Flow
from oauth2system.protocol.clients.metadata import is_plain
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens import format as token_format
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.storage.tables import ephemeral
from oauth2system.storage.tables.sessions import Session

KIND = token_format.Kind.FLOW


@dataclass(frozen=True, slots=True)
class Pending:
    """A flow found again, with the handle that names it in our own URLs."""

    row_id: int
    handle: str
    flow: Flow
    user_id: str | None
    browser: bytes
    generation: int | None = None


def browser_digest(browser: str) -> bytes:
    """Return what is kept of the cookie that ties a flow to its browser."""
    return sha256(browser.encode()).digest()


def keep(ctx: Context, flow: Flow, browser: str) -> str:
    """Keep a flow for the browser that began it; returns its handle."""
    while True:
        row_id = ctx.new_id()
        handle = token_format.mint(KIND, row_id, ctx.random(32))
        data = {"flow": flow.to_json(), "browser": browser_digest(browser).hex()}
        kept = ephemeral.keep(
            ctx.db,
            row_id,
            KIND,
            token_format.digest(KIND, handle),
            data=data,
            expires_ms=ctx.now_ms + lifetimes.FLOW.in_ms,
            client_id=flow.request.client_id,
        )
        if kept:
            return handle


def find(ctx: Context, handle: str) -> Pending | None:
    """Find an open flow from any browser, only to show what it is about."""
    read = token_format.read(KIND, handle)
    row = ephemeral.find(ctx.db, *_named(read), ctx.now) if read else None
    if row is None or row.taken_ms is not None:
        return None
    flow, browser = Flow.from_json(row.data["flow"]), bytes.fromhex(row.data["browser"])
    return Pending(row.id, handle, flow, row.user_id, browser, row.generation)


@transacts
def login_hint(ctx: Context, handle: str) -> str:
    """Return what a site thinks its visitor signs in with, to fill the field; nothing is looked up by it."""
    pending = find(ctx, handle)
    hint = pending.flow.request.login_hint if pending else None
    return hint.strip() if hint and len(hint) <= quotas.SIGN_IN_NAME_LONGEST and is_plain(hint) else ""


def _named(read: tuple[int, bytes]) -> tuple[int, str, bytes]:
    return read[0], KIND, read[1]


def get(ctx: Context, handle: str, browser: str | None) -> Pending:
    """Find a flow for the very browser that began it, or refuse with a page (T025, T101)."""
    pending = find(ctx, handle)
    if pending is None:
        raise Untrusted(PageReason.FLOW_EXPIRED)
    if browser is None or not hmac.compare_digest(pending.browser, browser_digest(browser)):
        raise Untrusted(PageReason.FLOW_OF_ANOTHER_BROWSER)
    return pending


def move_on(ctx: Context, pending: Pending, flow: Flow, session: Session | None) -> None:
    """Keep what the person has done in this flow, and who it was: None for what nobody has to be signed in for.

    A decision ends with the generation of the session that made it.
    """
    user_id = session.user_id if session else pending.user_id
    generation = session.generation if session else pending.generation
    data = {"flow": flow.to_json(), "browser": pending.browser.hex()}
    ephemeral.rewrite(ctx.db, pending.row_id, data=data, user_id=user_id, generation=generation)


def use_up(ctx: Context, pending: Pending) -> bool:
    """End the flow; of any number of parallel requests exactly one gets True."""
    read = token_format.read(KIND, pending.handle)
    return read is not None and ephemeral.take(ctx.db, *_named(read), ctx.now) is not None
