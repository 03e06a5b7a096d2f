"""An authorization request that was posted from another site (OIDC Core §3.1.2.1).

Such a POST comes without our cookies. It is kept for a moment, and the browser is redirected to a GET, which has
them.
"""

import json

from oauth2system.policy import budgets, lifetimes, quotas
from oauth2system.protocol.authorization import target
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, one_time_links, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, writes
from oauth2system.services.authorization.request_checks import STAGE
from oauth2system.storage.tables import clients


@writes
def keep(ctx: Context, params: Params) -> str:
    """Keep a request of a known client; returns its handle. Raises Untrusted for one that is too large to keep."""
    client = target.require_client(clients.find(ctx.db, target.client_id_of(params)))
    if len(json.dumps(params.to_json())) > quotas.POSTED_REQUEST_LARGEST:
        refusal = Untrusted(PageReason.POSTED_TOO_LONG, most=quotas.POSTED_REQUEST_LARGEST)
        app_log.note(ctx, client.id, STAGE, refusal)
        raise refusal
    rate_limits.spend(ctx, budgets.FLOWS, budgets.network(ctx.source.ip))
    return one_time_links.mint(ctx, Kind.POSTED, lives=lifetimes.CROSS_SITE_POST, data=params.to_json())


@reads
def find(ctx: Context, handle: str) -> Params:
    """Return the parameters that were posted; a reload finds them again."""
    row = one_time_links.find(ctx, Kind.POSTED, handle)
    if row is None:
        raise Untrusted(PageReason.FLOW_EXPIRED)
    return Params.from_json(row.data)
