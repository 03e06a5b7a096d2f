"""The client ids that requests named and that no app has, for administrators."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import quotas
from oauth2system.runtime import app_log
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import unknown_apps


@dataclass(frozen=True, slots=True)
class UnknownAppView:
    """An id, where it was sent to, how often, and when last."""

    sent_id: str
    stage: str
    times: int
    last_at: datetime


async def open_unknown(call: Call) -> list[UnknownAppView]:
    """List the ids up to date, newest first; raises NotPermitted."""
    await call(list_unknown)  # nobody but an administrator makes the server write
    await app_log.flush(call)
    return await call(list_unknown)


@reads
def list_unknown(ctx: Context) -> list[UnknownAppView]:
    """List the ids as stored, newest first; raises NotPermitted."""
    if not ctx.system and (ctx.session is None or not ctx.session.is_admin):
        raise NotPermitted(N_("Only an administrator can do this."))
    found = unknown_apps.list_newest(ctx.db, quotas.UNKNOWN_APPS)
    return [UnknownAppView(one.sent_id, one.stage, one.times, from_ms(one.last_ms)) for one in found]
