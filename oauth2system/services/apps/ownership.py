"""An app of the actor: found, shown, and saved after a change.

Every service of this room finds its app here, so somebody else's app is the same as none (T118, T120).
"""

from dataclasses import replace
from typing import Any

from oauth2system.errors import NotFound
from oauth2system.i18n import N_
from oauth2system.policy import quotas
from oauth2system.protocol.clients.client import CODE_GRANT, Client
from oauth2system.protocol.clients.redirect_uris import check_redirect_uri
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import RefusalView
from oauth2system.runtime.context import Context
from oauth2system.services.apps.views import App
from oauth2system.services.clients import records, secrets
from oauth2system.storage.tables import clients, consents
from oauth2system.storage.tables.clients import Registered


def get_own(ctx: Context, client_id: str, *, to_change: bool = False) -> Registered:
    """Return the actor's own app; raises NotFound. Two tabs that change one app do so one after the other."""
    registered = clients.find_registered(ctx.db, client_id, hold=to_change)
    if registered is None or ctx.session is None or registered.client.owner_id != ctx.session.user_id:
        raise NotFound(N_("There is no such app."))
    return registered


def save(ctx: Context, registered: Registered, what: str, **changes: Any) -> App:  # noqa: ANN401  (fields of a client)
    """Save changed fields of an own app, name `what` was changed in the audit log, and return the app as it is now."""
    changed = replace(registered.client, **changes)
    records.change(ctx, changed, what)
    return show(ctx, replace(registered, client=changed))


def show(ctx: Context, registered: Registered) -> App:
    """Return what the owner of an app sees of it."""
    client, refusals = registered.client, app_log.views(ctx, registered.client.id)
    return App(
        client_id=client.id,
        name=client.name,
        description=client.description,
        is_public=client.is_public,
        takes_secret=client.takes_secret,
        first_party=client.first_party,
        disabled=client.disabled,
        redirect_uris=client.redirect_uris,
        simple_flow=client.simple_flow,
        simple_redirect_uri=client.simple_redirect_uri,
        reread_seconds=client.reread_seconds,
        secrets=secrets.views(ctx, client.id),
        people=consents.people(ctx.db, client.id),
        created_at=registered.created_at,
        refusals=refusals,
        offered_uris=tuple(dict.fromkeys(one.sent for one in refusals if _may_register(ctx, client, one))),
        scopes=client.scopes,
        takes_links=_takes_links(client),
        require_pkce=client.require_pkce,
    )


def _may_register(ctx: Context, client: Client, refusal: RefusalView) -> bool:
    """Return whether a request was refused for an address that could be registered as it was sent."""
    if refusal.reason != PageReason.REDIRECT_URI_UNREGISTERED.name or refusal.sent in client.redirect_uris:
        return False
    is_whole = len(refusal.sent) < quotas.REFUSAL_TEXT_LONGEST
    allowed = {"allow_http": ctx.settings.allow_http_redirects, "plain_schemes": ctx.settings.allow_plain_schemes}
    return is_whole and check_redirect_uri(refusal.sent, **allowed) is None


def _takes_links(client: Client) -> bool:
    must_push = client.require_pushed_authorization_requests or client.is_fapi
    return CODE_GRANT in client.grant_types and not must_push and not client.require_signed_request_object
