"""The link of the simple flow as nearly every site writes it, judged in one go (decision 0017)."""

from oauth2system.protocol import scopes
from oauth2system.protocol.authorization.request import AuthorizationRequest
from oauth2system.protocol.authorization.target import MAX_STATE, may_be_simple, simple_target
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.params import Params

_NAMES = frozenset({"client_id", "scope", "state"})


def judge(method: str, params: Params, client: Client, offer: Offer) -> AuthorizationRequest | None:
    """Return the request of a link with nothing but the app, the scope and a state; `client` is known and enabled.

    None means undecided: `trust` and `validate` judge everything else, and say why they refuse.
    """
    values = params.values
    if method != "GET" or params.repeated or not values.keys() <= _NAMES or not may_be_simple(client):
        return None
    state = values.get("state")
    if client.require_state if state is None else len(state) > MAX_STATE:
        return None
    asked = scopes.parse_simple(values.get("scope"))
    if not asked or not asked <= scopes.SIMPLE or not asked <= client.scopes:
        return None
    return AuthorizationRequest(simple_target(params, client, offer), asked)
