"""The outbox: the one queue for everything that leaves the server, mails and notices alike.

A payload is put in within the transaction that it reports on, and delivered after its commit by the handler of its
kind (services/delivery/worker.py). A new kind needs a handler at the composition root, and no queue of its own.
"""

import json
from datetime import timedelta
from typing import Any

from oauth2system.policy import quotas
from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import outbox
from oauth2system.storage.tables.outbox import Backlog, Recipient

PURPOSE = "outbox"
MAIL = "mail"


class Undeliverable(Exception):
    """It will never arrive, however often we try; the message is a few words without an address."""


class Failed(Exception):
    """It did not arrive this time; the message is a few words without an address."""


class Hung(Failed):
    """The recipient's server accepted and never answered: it is left alone for a while."""


def has_room(ctx: Context, to: Recipient) -> bool:
    """Return whether one more may wait for this app, and for all apps of its owner (T132)."""
    of_app, of_owner = outbox.count_waiting(ctx.db, to)
    return of_app < quotas.NOTICES_OF_AN_APP and of_owner < quotas.NOTICES_OF_AN_OWNER


def put(ctx: Context, kind: str, payload: dict[str, Any], *, lives: timedelta, to: Recipient | None = None) -> None:
    """Put a payload in; it is given up when it could not be delivered within `lives`.

    `to` names an app whose own server is called, so that it holds nobody else up.
    """
    row_id = ctx.new_id()
    sealed = ctx.server.encryption.seal(PURPOSE, json.dumps(payload).encode(), bound_to=str(row_id))
    outbox.add(ctx.db, row_id, kind, sealed, due_ms=ctx.now_ms, expires_ms=to_ms(ctx.now + lives), to=to)
    ctx.server.wake_up.wake()


def mail(ctx: Context, kind: str, *, lives: timedelta, **facts: str) -> None:
    """Order a mail; its words, and most of its links, are made when it is sent (services/delivery/messages.py)."""
    put(ctx, MAIL, {"mail": kind, "number": f"{ctx.new_id():x}", **facts}, lives=lives)


def count_backlog(ctx: Context) -> Backlog:
    """Return how many payloads wait and how many were given up, for an administrator (T159)."""
    return outbox.count_backlog(ctx.db)
