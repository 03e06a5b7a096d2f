"""The consent page that a link of an app leads to, as its owner would see it."""

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.protocol.authorization import validate
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.params import parse_query
from oauth2system.protocol.reasons.reason import as_message
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.authorization import consents
from oauth2system.services.authorization.consents import AppQuestion, ConsentView
from oauth2system.services.clients import capabilities
from oauth2system.storage.tables import users
from oauth2system.storage.tables.consents import NOT_ASKED


@reads
def show(ctx: Context, client_id: str, query: str) -> ConsentView:
    """Return what the consent page asks for a link with this query, with the owner's own values.

    The page is that of a first visit: what the owner agreed to before does not count. Nothing is kept, so nothing can
    be answered. Raises NotPermitted with the reason where the link would be refused.
    """
    client, offer = get_own(ctx, client_id).client, capabilities.get_offer(ctx.settings)
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    try:
        params = parse_query(query.encode())
        target = validate.trust(params, client, offer, method="GET")
        request = validate.validate(params, client, target, offer)
    except (OAuthError, Untrusted) as error:
        raise NotPermitted(as_message(error.reason.sentence, error.values)) from error
    question = AppQuestion(request.needed, target.redirect_uri)
    return consents.put(ctx, client, user, question, NOT_ASKED)
