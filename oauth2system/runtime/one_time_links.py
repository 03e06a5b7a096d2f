"""One-time links in mails, and other values that can be used once: minted, found, taken."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from oauth2system import ids
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import ephemeral
from oauth2system.storage.tables.ephemeral import Ephemeral, Whose


def mint(  # noqa: PLR0913  (a row has these columns)
    ctx: Context,
    kind: Kind,
    *,
    lives: timedelta,
    data: Any,
    whose: Whose | None = None,
    client_id: str | None = None,
) -> str:
    """Return a new value of this kind; only its digest is kept (T085)."""
    while True:
        row_id = ctx.new_id()
        value = token_format.mint(kind, row_id, ctx.random(32))
        expires_ms = to_ms(ctx.now + lives)
        digest = token_format.digest(kind, value)
        if ephemeral.keep(
            ctx.db,
            row_id,
            kind,
            digest,
            data=data,
            expires_ms=expires_ms,
            whose=whose,
            client_id=client_id,
        ):
            return value


def find(ctx: Context, kind: Kind, value: str | None) -> Ephemeral | None:
    """Return the row of a value that could still be used, without using it."""
    read = token_format.read(kind, value) if value else None
    row = ephemeral.find(ctx.db, read[0], kind, read[1], ctx.now) if read else None
    return None if row is None or row.taken_ms is not None else row


def take(ctx: Context, kind: Kind, value: str | None) -> Ephemeral | None:
    """Use the value up; of any number of parallel requests exactly one gets the row."""
    read = token_format.read(kind, value) if value else None
    return ephemeral.take(ctx.db, read[0], kind, read[1], ctx.now) if read else None


class LinkStage(StrEnum):
    """How a link stands when it is opened."""

    USABLE = "usable"
    USED = "used"
    EXPIRED = "expired"
    # It may have been used, taken back or replaced by a newer one, or it never was: nothing more is known.
    UNKNOWN = "unknown"


class OpenedLink(NamedTuple):
    """A link as the page that it opens sees it; a used one still has its row for as long as it would have worked."""

    stage: LinkStage
    row: Ephemeral | None = None


def look(ctx: Context, kind: Kind, value: str | None, *, lives: timedelta) -> OpenedLink:
    """Return how a link stands, without using it."""
    read = token_format.read(kind, value) if value else None
    if read is None:
        return OpenedLink(LinkStage.UNKNOWN)
    row = ephemeral.find(ctx.db, read[0], kind, read[1], ctx.now) or ephemeral.find_used(
        ctx.db, read[0], kind, read[1], ctx.now
    )
    if row is not None:
        return OpenedLink(LinkStage.USABLE if row.taken_ms is None else LinkStage.USED, row)
    is_old = ctx.now_ms - ids.made_ms(read[0]) >= lives.total_seconds() * 1000
    return OpenedLink(LinkStage.EXPIRED if is_old else LinkStage.UNKNOWN)
