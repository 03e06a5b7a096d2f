"""The log of an app, as its owner reads, searches and exports it; somebody else's app is the same as none (T118)."""

from dataclasses import dataclass

from oauth2system.policy import quotas
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps import redirect_uris
from oauth2system.services.apps.ownership import bring_up_to_date, check_signed_in, get_own
from oauth2system.services.apps.views import advise, may_register


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are wanted: those under a reference, if there are any; else of one stage and of one outcome."""

    reference: str = ""
    stage: str = ""
    outcome: str = ""
    limit: int = quotas.LOG_ON_A_PAGE


@dataclass(frozen=True, slots=True)
class Activity:
    """The entries that are wanted, and what the page needs to offer a repair."""

    client_id: str
    name: str
    disabled: bool
    redirect_uris: tuple[str, ...]
    # Addresses that requests brought and that could be registered.
    offered_uris: tuple[str, ...]
    entries: tuple[EventView, ...]
    has_more: bool
    # Whether these are the entries under the reference.
    is_referenced: bool


async def open_activity(call: Call, client_id: str, wanted: Wanted) -> Activity:
    """Return an app's log up to date; raises NotFound."""
    await bring_up_to_date(call, client_id)
    return await call(view, client_id, wanted)


@reads
def view(ctx: Context, client_id: str, wanted: Wanted) -> Activity:
    """Return an app's log as stored; raises NotFound."""
    client = get_own(ctx, client_id).client
    referenced = app_log.find_reference(ctx, client_id, wanted.reference, wanted.limit + 1)
    found = referenced or app_log.list_events(ctx, client_id, wanted.limit + 1, wanted.stage, wanted.outcome)
    entries = found[: wanted.limit]
    return Activity(
        client_id=client.id,
        name=client.name,
        disabled=client.disabled,
        redirect_uris=client.redirect_uris,
        offered_uris=tuple(dict.fromkeys(one.sent for one in entries if may_register(ctx, client, one))),
        entries=tuple(advise(client, one) for one in entries),
        has_more=len(found) > wanted.limit,
        is_referenced=bool(referenced),
    )


async def export_log(call: Call, client_id: str) -> list[EventView]:
    """Return an app's whole log up to date, newest first; raises NotFound, and NotPermitted without a session."""
    await call(check_signed_in)
    await bring_up_to_date(call, client_id)
    return await call(list_all, client_id)


@reads
def list_all(ctx: Context, client_id: str) -> list[EventView]:
    """Return an app's whole log as stored, newest first; raises NotFound."""
    client = get_own(ctx, client_id).client
    return [advise(client, one) for one in app_log.list_events(ctx, client.id, quotas.LOG_EXPORTED)]


async def repair(call: Call, client_id: str, uri: str, wanted: Wanted) -> Activity:
    """Register an address that a request brought, and return the log as it is then; raises what both raise."""
    await call(redirect_uris.add, client_id, uri)
    return await open_activity(call, client_id, wanted)
