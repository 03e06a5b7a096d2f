"""An authorization request that was posted from another site (OIDC Core §3.1.2.1).

Such a POST comes without our cookies. It is kept for a moment, and the browser comes for it with a
GET of our own, which brings them (protocol.md §3.1).
"""

from datetime import timedelta

from oauth2system.i18n import _
from oauth2system.protocol import target
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import Kind
from oauth2system.services import limits, links
from oauth2system.services.context import Context
from oauth2system.storage import clients

LIFETIME = timedelta(minutes=10)


def keep(ctx: Context, params: Params) -> str:
    """Keep a request of a known client; returns the handle it is found by."""
    target.known(clients.find(ctx.db, target.client_id_of(params)))
    limits.spend(ctx, limits.FLOWS, limits.network(ctx.source.ip))
    return links.mint(ctx, Kind.POSTED, lives=LIFETIME, data=params.to_json())


def find(ctx: Context, handle: str) -> Params:
    """Return the parameters that were posted; again, when the page is loaded again."""
    row = links.find(ctx, Kind.POSTED, handle)
    if row is None:
        raise Untrusted("invalid_request", _("This sign-in has expired. Go back to the site and start again."))
    return Params.from_json(row.data)
