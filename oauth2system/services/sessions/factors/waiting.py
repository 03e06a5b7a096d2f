"""Sign-ins that wait for a second factor: the password was right, and no session exists yet (T104).

The handle is in a cookie, so the sign-in can be completed only in the browser that began it. It ends with the
person's generation: with a new password, and when all access is revoked.
"""

from dataclasses import dataclass

from oauth2system.policy import lifetimes
from oauth2system.protocol.authorization.interaction import Flow
from oauth2system.protocol.tokens import acr
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.context import Context
from oauth2system.services.sessions.factors import trusted_browsers
from oauth2system.storage.lookups import factors
from oauth2system.storage.tables import clients, deletions, server_settings, users
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in that waits: whose it is, the methods proved so far, and whether the person stays signed in."""

    row_id: int
    user: User
    amr: str
    kept: bool | None


def begin(ctx: Context, user: User, amr: str, kept: bool | None) -> str:  # noqa: FBT001  (a column of the row)
    """Keep a sign-in until the second factor comes; returns the value of its cookie."""
    return one_time_links.mint(
        ctx,
        Kind.WAITING,
        lives=lifetimes.WAITING_SIGN_IN,
        data={"amr": amr, "kept": kept},
        whose=Whose(user.id, user.generation),
    )


def find(ctx: Context, cookie: str | None) -> Waiting | None:
    """Return the sign-in that waits in this browser; None where it expired, ended, or never was."""
    row = one_time_links.find(ctx, Kind.WAITING, cookie)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if row is None or user is None or deletions.bars(ctx.db, user, ctx.now):
        return None
    return Waiting(row.id, user, row.data["amr"], row.data["kept"])


def take(ctx: Context, cookie: str | None) -> bool:
    """End the wait; of any number of parallel requests exactly one gets True."""
    return one_time_links.take(ctx, Kind.WAITING, cookie) is not None


@dataclass(frozen=True, slots=True)
class FlowWish:
    """What the request behind a sign-in wants: a second factor of everybody, or of those who have one."""

    demands: bool = False
    prefers: bool = False


def is_needed(ctx: Context, user: User, device: str | None, flow: str | None) -> bool:
    """Return whether a person with a right password has to prove a second factor in this browser.

    `flow` is the handle of the request that they sign in for.

    Trust counts for a sign-in only: a person who is signed in and signs in again confirms that it is them (T093).
    """
    wish = _read_wish(ctx, flow)
    if not factors.find_held(ctx.db, user.id).any:
        return wish.demands or is_demanded(ctx, user)
    confirms = ctx.session is not None and ctx.session.user_id == user.id
    return confirms or wish.prefers or not trusted_browsers.is_trusted(ctx, user.id, device)


def is_demanded(ctx: Context, user: User) -> bool:
    """Return whether an administrator demands a second factor of this person, who then sets up a first one."""
    return server_settings.find(ctx.db).demands_second_factor(is_admin=user.is_admin)


def _read_wish(ctx: Context, flow: str | None) -> FlowWish:
    """Return what a request wants; no more than `next_step` decides again when the browser returns to it."""
    row = one_time_links.find(ctx, Kind.FLOW, flow)
    if row is None or not row.client_id:
        return FlowWish()
    client = clients.find(ctx.db, row.client_id)
    request = Flow.from_json(row.data["flow"]).request
    levels = request.essential_acr or request.acr_values
    demands = client is not None and client.second_factor
    return FlowWish(demands, demands or (bool(levels) and acr.ONE_FACTOR not in levels))
