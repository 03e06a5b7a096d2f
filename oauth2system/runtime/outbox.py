"""Putting something into the outbox, in the same transaction as what it tells of."""

import json
from datetime import timedelta
from typing import Any

from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import outbox as rows
from oauth2system.storage.tables.outbox import Backlog

PURPOSE = "outbox"


class Undeliverable(Exception):  # noqa: N818
    """It will never arrive, however often we try; the message is a few words without an address."""


class Failed(Exception):  # noqa: N818
    """It did not arrive this time; the message is a few words without an address."""


def put(ctx: Context, kind: str, payload: dict[str, Any], *, lives: timedelta) -> None:
    """Put something in, in the same transaction as what it tells of."""
    row_id = ctx.new_id()
    sealed = ctx.server.encryption.seal(PURPOSE, json.dumps(payload).encode(), bound_to=str(row_id))
    rows.add(ctx.db, row_id, kind, sealed, due_ms=ctx.now_ms, expires_ms=to_ms(ctx.now + lives))
    ctx.server.wake_up.wake()


def mail(ctx: Context, letter: str, *, lives: timedelta, **facts: str) -> None:
    """Order a letter; its words, and most of its links, are made when it is sent (see messages.py)."""
    put(ctx, "mail", {"letter": letter, "number": f"{ctx.new_id():x}", **facts}, lives=lives)


def backlog(ctx: Context) -> Backlog:
    """Tell an operator how delivery goes (T159)."""
    return rows.backlog(ctx.db)
