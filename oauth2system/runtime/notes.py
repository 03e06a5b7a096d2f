"""What a server notes in memory and writes every few seconds: when things were last used, and what was refused."""

from oauth2system.runtime import app_log
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes


async def flush(call: Call) -> None:
    """Write what waits, so that the next read shows what happened a moment ago."""
    server = call.runner.server
    if server.last_used.waiting() or server.refusals:
        await call(write)


@writes
def write(ctx: Context) -> None:
    """Write all notes of this server."""
    ctx.server.last_used.write(ctx.db)
    app_log.write(ctx)
