"""What is kept about a person, as plain JSON values: no secret, no digest, and nothing about anybody else."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, quotas
from oauth2system.policy.networks import network_of
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.accounts import profile
from oauth2system.services.accounts.terms import acceptance
from oauth2system.services.apps import apps
from oauth2system.services.apps.views import App
from oauth2system.services.authorization import connected_apps
from oauth2system.services.pictures import images
from oauth2system.services.sessions import browser_sessions, passkeys
from oauth2system.services.sessions.factors import trusted_browsers
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.lookups import factors
from oauth2system.storage.tables import audit as events
from oauth2system.storage.tables import clients, pictures, users
from oauth2system.storage.tables import reads as read_rows
from oauth2system.storage.tables.audit import Event
from oauth2system.storage.tables.reads import NOTHING_READ, Read, ReadKey

Document = dict[str, Any]
# Facts of an event that have a name of their own in the export, and what only this server understands.
_NOT_FACTS = frozenset({"browser", "system", "sid"})


class Collected(NamedTuple):
    """The short part of an export: documents and pictures by file name, and how long the rest is."""

    user_id: str
    documents: dict[str, Any]
    pictures: dict[str, bytes]
    rows: int


class Page(NamedTuple):
    """Some rows of a long document, and the key after which the next ones follow; None at the end."""

    rows: list[Document]
    after: Any


@transacts
def begin(ctx: Context) -> Collected:
    """Collect what is short, and record that the actor exports their data; raises NotPermitted, TooManyAttempts."""
    me = profile.get_profile(ctx)
    rate_limits.spend(ctx, budgets.EXPORTS, me.id)
    audit.record(ctx, "account.exported", user_id=me.id)
    mine = [apps.view(ctx, card.client_id) for card in apps.list_mine(ctx)]
    documents = {
        "profile.json": {"made_at": ctx.now, **_describe_profile(ctx, me)},
        "sessions.json": [_describe_session(one) for one in browser_sessions.list_sessions(ctx)],
        "trusted_browsers.json": [
            {"agent": one.agent, "trusted_at": one.since} for one in trusted_browsers.list_all(ctx, me.id)
        ],
        "passkeys.json": [_describe_passkey(one) for one in passkeys.list_passkeys(ctx).passkeys],
        "connections.json": [_describe_connection(one) for one in connected_apps.read_connections(ctx).connected],
        "apps.json": [_describe_app(one) for one in mine],
    }
    rows = read_rows.count_of_user(ctx.db, me.id) + events.count_of_user(ctx.db, me.id)
    return Collected(me.id, documents, _read_pictures(ctx, me.id, mine), rows)


def _read_pictures(ctx: Context, user_id: str, mine: list[App]) -> dict[str, bytes]:
    """Return the person's picture and the logos of their apps, each in its largest size, by file name."""
    user = users.find(ctx.db, user_id)
    shown = {"pictures/me.webp": user.avatar if user is not None else None}
    for one in mine:
        client = clients.find(ctx.db, one.client_id)
        shown[f"pictures/app-{one.client_id}.webp"] = client.logo if client is not None else None
    found = {name: pictures.find(ctx.db, one, max(images.SIZES)) for name, one in shown.items() if one}
    return {name: body for name, body in found.items() if body is not None}


@reads
def list_reads(ctx: Context, after: ReadKey | None) -> Page:
    """Return some of what apps read of the actor."""
    found = read_rows.list_after(ctx.db, _get_actor(ctx), after or NOTHING_READ, quotas.EXPORTED_AT_ONCE)
    names = clients.names_of(ctx.db, {one.client_id for one in found})
    return _make_page([_describe_read(one, names) for one in found], lambda: found[-1].key)


@reads
def list_events(ctx: Context, after: int | None) -> Page:
    """Return some of the events about the actor, the oldest first."""
    me = _get_actor(ctx)
    found = events.list_after(ctx.db, me, after or 0, quotas.EXPORTED_AT_ONCE)
    return _make_page([_describe_event(one, me) for one in found], lambda: found[-1].id)


def _make_page(rows: list[Document], last: Callable[[], Any]) -> Page:
    return Page(rows, last() if len(rows) == quotas.EXPORTED_AT_ONCE else None)


def _get_actor(ctx: Context) -> str:
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    return ctx.session.user_id


def _describe_profile(ctx: Context, me: profile.Me) -> Document:
    held = factors.find_held(ctx.db, me.id)
    account = asdict(me) | {"language": users.language_of(ctx.db, me.id)} | acceptance.describe(ctx, me.id)
    return {**account, "second_factors": {"authenticator": held.authenticator, "passkeys": held.passkeys}}


def _describe_session(one: browser_sessions.BrowserSession) -> Document:
    return {"ip": one.ip, "agent": one.agent, "created_at": one.created_at, "seen_at": one.seen_at}


def _describe_passkey(one: passkeys.PasskeyView) -> Document:
    return {"name": one.name, "created_at": one.created_at, "last_used_at": one.last_used_at, "syncs": one.syncs}


def _describe_connection(one: connected_apps.ConnectionView) -> Document:
    return {
        "client_id": one.client_id,
        "app": one.app_name,
        "belongs_to": one.owner_name,
        "scopes": [scope.name for scope in one.allowed],
        "granted_at": one.granted_at,
        "last_read_at": one.fetched_at,
    }


def _describe_app(one: App) -> Document:
    kept = ("label", "created_at", "expires_at", "last_used_at")
    return {**asdict(one), "secrets": [{name: getattr(secret, name) for name in kept} for secret in one.secrets]}


def _describe_read(one: Read, names: dict[str, str]) -> Document:
    return {
        "client_id": one.client_id,
        "app": names.get(one.client_id),
        "endpoint": one.endpoint,
        "claims": one.fields.split(),
        "refused": not one.fields,
        "network": one.network,
        "times": one.times,
        "first_at": from_ms(one.first_ms),
        "last_at": from_ms(one.last_ms),
    }


def _describe_event(one: Event, user_id: str) -> Document:
    """Describe an event; of one that somebody else caused, neither they nor their network are named (T118)."""
    own = one.actor == f"user:{user_id}"
    anonymous = one.actor == "anonymous"
    described: Document = {"event": one.event, "at": one.at, "client_id": one.client_id}
    described["by"] = "me" if own else "anonymous" if anonymous else "the server" if one.actor == "system" else "others"
    if own or anonymous:
        described["network"] = network_of(one.ip)
        described |= {name: one.data[name] for name in ("browser", "system") if name in one.data}
        described["facts"] = {name: fact for name, fact in one.data.items() if name not in _NOT_FACTS}
    return described
