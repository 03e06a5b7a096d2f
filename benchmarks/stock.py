"""Store millions of tokens in the database of the running server."""

import os
import time

from benchmarks.servers import Server
from oauth2system import settings
from oauth2system.policy import lifetimes
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.tokens import Token

AT_ONCE = 5000


def fill(product: Server, client_id: str, count: int) -> None:
    """Insert live access tokens of an app, in transactions short enough for the server to continue."""
    given = settings.load({name: value for name, value in product.env.items() if name.startswith(settings.PREFIX)})
    runner = Runner(given, Database(given.database_url))
    started = time.monotonic()
    for begun in range(0, count, AT_ONCE):
        runner.now(Caller(system=True), _insert, client_id, min(AT_ONCE, count - begun))
    runner.close()
    print(f"stored {count:,} tokens in {time.monotonic() - started:.0f} s", flush=True)


def _insert(ctx: Context, client_id: str, count: int) -> None:
    for _ in range(count):
        row = Token(
            id=ctx.new_id(), family_id=None, client_id=client_id, access_digest=os.urandom(32),
            access_expires_ms=ctx.now_ms + lifetimes.ACCESS_TOKEN.in_ms, refresh_digest=None, refresh_expires_ms=None,
            scopes="identify", resources="", jkt=None,
        )  # fmt: skip
        tokens.add(ctx.db, row)
