"""A person's data in one document, and the deletion of the account."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from oauth2system.policy import budgets
from oauth2system.runtime import app_log, audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.accounts import profile
from oauth2system.services.accounts.terms import acceptance
from oauth2system.services.apps import apps
from oauth2system.services.authorization import connected_apps, read_views
from oauth2system.services.clients import reads
from oauth2system.services.sessions import browser_sessions, passkeys

Document = dict[str, Any]


async def export(call: Call) -> Document:
    """Return everything that is kept of the person who is signed in; raises NotPermitted or TooManyAttempts."""
    await app_log.flush(call)
    await reads.save(call.runner)
    return await call(collect)


@transacts
def collect(ctx: Context) -> Document:
    """Collect what is kept of the actor, without secrets and digests."""
    me = profile.get_profile(ctx)
    rate_limits.spend(ctx, budgets.EXPORTS, me.id)
    document: Document = {
        "account": {**asdict(me), **acceptance.describe(ctx, me.id)},
        "connections": [asdict(one) for one in connected_apps.read_connections(ctx).connected],
        "reads": [asdict(one) for one in read_views.list_all(ctx)],
        "apps": [_export_app(ctx, card.client_id) for card in apps.list_mine(ctx)],
        "passkeys": [_export_passkey(one) for one in passkeys.list_passkeys(ctx).passkeys],
        "sessions": [_export_session(one) for one in browser_sessions.list_sessions(ctx)],
    }
    audit.record(ctx, "account.exported", user_id=me.id)
    return {"made_at": _to_plain(ctx.now), **_to_plain(document)}


def _export_app(ctx: Context, client_id: str) -> Document:
    view = asdict(apps.view(ctx, client_id))
    kept = ("label", "created_at", "expires_at", "last_used_at")
    view["secrets"] = [{name: one[name] for name in kept} for one in view["secrets"]]
    return view


def _export_passkey(one: passkeys.PasskeyView) -> Document:
    return {"name": one.name, "created_at": one.created_at, "last_used_at": one.last_used_at, "syncs": one.syncs}


def _export_session(one: browser_sessions.BrowserSession) -> Document:
    return {"ip": one.ip, "agent": one.agent, "created_at": one.created_at, "seen_at": one.seen_at}


def _to_plain(value: Any) -> Any:  # noqa: ANN401  (a JSON value)
    """Return the value as JSON knows it, moments in ISO 8601."""
    # What is inside an unannotated JSON value has no type that pyright could know.
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case dict():
            return {str(key): _to_plain(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case frozenset():
            return sorted(map(str, value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return [_to_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value
