"""An app's protocol settings, changed by its owner under the rules programs are judged by (RFC 7591).

A change is a piece of client metadata; null takes a member away. The rules themselves live in
protocol/clients/registration.py and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oauth2system.errors import Invalid
from oauth2system.protocol.clients import registration
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidScope
from oauth2system.protocol.reasons.reason import as_message
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.clients import capabilities, records, secrets, sector_identifiers
from oauth2system.services.clients.secrets import NewSecret
from oauth2system.services.sessions import step_up

# The settings by which an app proves itself.
CREDENTIALS = frozenset({"token_endpoint_auth_method", "jwks", "jwks_uri"})


@dataclass(frozen=True, slots=True)
class Protocol:
    """An app's protocol settings under their names of RFC 7591, and what else its page needs."""

    client_id: str
    name: str
    is_public: bool
    is_fapi: bool
    has_keys: bool
    has_addresses: bool
    has_idle_secrets: bool
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """The settings after a change, every changed member as it was before, and a secret where one was needed."""

    settings: Protocol
    before: Mapping[str, Any]
    secret: NewSecret | None


@reads
def view(ctx: Context, client_id: str) -> Protocol:
    """Show an app's protocol settings to its owner."""
    return _view(ctx, get_own(ctx, client_id).client)


def _view(ctx: Context, client: Client) -> Protocol:
    return Protocol(
        client.id,
        client.name,
        client.is_public,
        client.is_fapi,
        has_keys=client.jwks is not None or client.jwks_uri is not None,
        has_addresses=bool(client.redirect_uris),
        has_idle_secrets=not client.takes_secret and bool(secrets.list_views(ctx, client)),
        settings=settings_of(client),
    )


@reads
def judge(ctx: Context, client_id: str, changes: Mapping[str, Any]) -> Client:
    """Return the app as it would be; raises Invalid with a sentence for the field that was changed."""
    try:
        return revise_client(ctx, get_own(ctx, client_id).client, changes)
    except (InvalidClientMetadata, InvalidRedirectUri, InvalidScope) as error:
        raise for_field(error, changes) from error


def revise_client(ctx: Context, client: Client, changes: Mapping[str, Any]) -> Client:
    """Return the client with these members changed; raises InvalidClientMetadata or a relative (RFC 7591 §3.2.2)."""
    offer = capabilities.get_offer(ctx.settings)
    return registration.revise(
        client,
        changes,
        offer,
        allow_http=ctx.settings.allow_http_redirects,
        plain_schemes=ctx.settings.allow_plain_schemes,
    )


async def revise(call: Call, client_id: str, changes: Mapping[str, Any]) -> Changed:
    """Change some settings, once the sector document that they name agrees; raises Invalid as `judge` does."""
    if changes.get("sector_identifier_uri"):
        try:
            await sector_identifiers.judge(call, judge, client_id, changes)
        except InvalidClientMetadata as error:
            raise for_field(error, changes) from error
    return await call(change, client_id, changes)


@transacts
def change(ctx: Context, client_id: str, changes: Mapping[str, Any]) -> Changed:
    """Change some settings; a secret that the new method needs is shown this once. Raises Invalid.

    Raises StepUpNeeded where the change decides who can authenticate as the app (T093).
    """
    if CREDENTIALS & changes.keys():
        step_up.require(ctx)
    before, client = get_own(ctx, client_id, to_change=True).client, judge(ctx, client_id, changes)
    records.overwrite(ctx, before, client, what=" ".join(sorted(changes)))
    secret = secrets.ensure(ctx, client)
    return Changed(_view(ctx, client), _find_difference(before, client), secret)


def for_field(error: InvalidClientMetadata | InvalidRedirectUri | InvalidScope, changes: Mapping[str, Any]) -> Invalid:
    """Return a refusal of the rules as a sentence for the field that was changed."""
    member = error.params.get("member")
    field = member if isinstance(member, str) and member in changes else next(iter(changes), "form")
    return Invalid(**{field: as_message(error.reason.field, error.values)})


def settings_of(client: Client) -> dict[str, Any]:
    """Return everything that `rules.revise` can change."""
    own = {name: getattr(client, name) for name in ("profile", "access_token_format", "simple_flow")}
    return {**registration.answer(client), **own}


def _find_difference(before: Client, after: Client) -> dict[str, Any]:
    """Return the members that changed, as they were."""
    old, new = settings_of(before), settings_of(after)
    return {name: old.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}
