"""The consent page that a link of an app leads to, as its owner would see it."""

from dataclasses import replace

from oauth2system.errors import NotPermitted
from oauth2system.protocol.authorization import validate
from oauth2system.protocol.authorization.interaction import Flow
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.params import parse_query
from oauth2system.protocol.reasons.reason import as_message
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.authorization import consents
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.authorization.flows import FlowStage, Pending
from oauth2system.services.clients import capabilities


@reads
def show(ctx: Context, client_id: str, query: str) -> ConsentView:
    """Return what the consent page asks for a link with this query, with the owner's own values.

    The page is that of a first visit: what the owner agreed to before does not count. Nothing is kept, so nothing can
    be answered. Raises NotPermitted with the reason where the link would be refused.
    """
    client, offer = get_own(ctx, client_id).client, capabilities.get_offer(ctx.settings)
    try:
        params = parse_query(query.encode())
        target = validate.trust(params, client, offer, method="GET")
        request = validate.validate(params, client, target, offer)
    except (OAuthError, Untrusted) as error:
        raise NotPermitted(as_message(error.reason.sentence, error.values)) from error
    asked = replace(request, prompt=frozenset({"consent"}))
    pending = Pending(0, "", Flow.begin(asked, client, ctx.now), whose=None, browser=b"")
    view = consents.ask(ctx, FlowView(FlowStage.OPEN, app_name=client.name, pending=pending, client=client))
    return replace(view, asked=tuple(replace(one, known=False, ticked=True) for one in view.asked))
