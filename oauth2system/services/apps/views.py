"""What people see of an app: its card, its page, its line in a list; never a secret."""

from dataclasses import dataclass, replace
from datetime import datetime

from oauth2system.i18n import N_
from oauth2system.policy import quotas
from oauth2system.protocol.clients.client import CODE_GRANT, Client
from oauth2system.protocol.clients.redirect_uris import check_redirect_uri
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.context import Context
from oauth2system.services.clients import secrets
from oauth2system.services.clients.secrets import SecretView
from oauth2system.services.pictures import addresses
from oauth2system.storage.tables import consents
from oauth2system.storage.tables.clients import RegisteredClient

# Refusals of an address that could be registered.
UNREGISTERED = frozenset({PageReason.REDIRECT_URI_UNREGISTERED.name, PageReason.REDIRECT_URI_FOREIGN.name})
_UNREGISTERED_AFTER = frozenset({PageReason.SIGN_OUT_URI_UNREGISTERED.name, PageReason.SIGN_OUT_URI_FOREIGN.name})


@dataclass(frozen=True, slots=True)
class AppCard:
    """An app in a list."""

    client_id: str
    name: str
    description: str
    people: int
    disabled: bool
    created_at: datetime
    logo: str


@dataclass(frozen=True, slots=True)
class App:
    """Everything its owner sees of an app, but never a secret."""

    client_id: str
    name: str
    description: str
    is_public: bool
    takes_secret: bool
    first_party: bool
    disabled: bool
    redirect_uris: tuple[str, ...]
    simple_flow: bool
    simple_redirect_uri: str | None
    reread_seconds: int
    secrets: tuple[SecretView, ...]
    people: int
    created_at: datetime
    refusals: tuple[EventView, ...]
    # Addresses that requests brought and that could be registered.
    offered_uris: tuple[str, ...]
    scopes: frozenset[str]
    # Whether a link alone can begin a sign-in; some apps must push or sign their requests.
    takes_links: bool
    require_pkce: bool
    logo: str


@dataclass(frozen=True, slots=True)
class ListedApp:
    """An app as an administrator sees it in the list of all apps."""

    client_id: str
    name: str
    owner: str
    people: int
    disabled: bool
    created_at: datetime
    second_factor: bool = False


def show(ctx: Context, registered: RegisteredClient, working: tuple[SecretView, ...] | None = None) -> App:
    """Return what the owner of an app sees of it; its secrets are read unless the caller has them (`working`)."""
    client, refusals = registered.client, app_log.list_views(ctx, registered.client.id)
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
        secrets=secrets.list_views(ctx, client) if working is None else working,
        people=consents.count_people(ctx.db, client.id),
        created_at=registered.created_at,
        refusals=refusals,
        offered_uris=tuple(dict.fromkeys(one.sent for one in refusals if may_register(ctx, client, one))),
        scopes=client.scopes,
        takes_links=_takes_links(client),
        require_pkce=client.require_pkce,
        logo=addresses.logo(client.logo),
    )


def may_register(ctx: Context, client: Client, refusal: EventView) -> bool:
    """Return whether a request was refused for an address that could be registered as it was sent."""
    if refusal.reason not in UNREGISTERED or refusal.sent in client.redirect_uris:
        return False
    is_whole = len(refusal.sent) < quotas.LOG_TEXT_LONGEST
    allowed = {"allow_http": ctx.settings.allow_http_redirects, "plain_schemes": ctx.settings.allow_plain_schemes}
    return is_whole and check_redirect_uri(refusal.sent, **allowed) is None


def advise(client: Client, event: EventView) -> EventView:
    """Return an event of an app with the advice of today: nobody registers an address that is registered by now."""
    registered = client.redirect_uris if event.reason in UNREGISTERED else client.post_logout_redirect_uris
    if event.reason not in UNREGISTERED | _UNREGISTERED_AFTER or event.sent not in registered:
        return event
    return replace(event, repair=N_("This address is registered now. Start the sign-in again."))


def _takes_links(client: Client) -> bool:
    must_push = client.require_pushed_authorization_requests or client.is_fapi
    return CODE_GRANT in client.grant_types and not must_push and not client.require_signed_request_object
