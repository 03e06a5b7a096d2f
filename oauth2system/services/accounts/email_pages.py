"""The page for confirming an address: what a link would do, whose address waits, and whether it is confirmed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oauth2system.policy import lifetimes
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.runtime.one_time_links import LinkStage as Link
from oauth2system.services.accounts import email_addresses, sign_in_pages
from oauth2system.services.accounts.page_request import PageRequest
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.storage.tables import users
from oauth2system.storage.tables.ephemeral import Ephemeral
from oauth2system.storage.tables.users import User


class EmailStep(StrEnum):
    """What the page is for."""

    CONFIRM = "confirm"
    MOVE = "move"
    UNDO = "undo"
    SIGN_IN = "sign in"
    ALREADY = "already"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    # Without a link: whose address waits is known, or that it has been confirmed, or nothing.
    WAITING = "waiting"
    DONE = "done"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class EmailView:
    """One state of the page. `site` is where the person was going when they registered here."""

    visit: PageVisit
    step: EmailStep
    address: str = ""
    username: str = ""
    asks_password: bool = False
    created_at: datetime | None = None
    registered_here: bool = False
    site: str = ""


@reads
def open_email_confirm(ctx: Context, page: PageRequest) -> EmailView:
    """Judge the link when it is opened; without a link, return whose address waits."""
    seen, token = sign_in_pages.open_page(ctx, page), page.get("token")
    if not token:
        return _show_waiting(ctx, page, seen)
    if token_format.read(Kind.UNDO, token):
        sight = one_time_links.look(ctx, Kind.UNDO, token, lives=lifetimes.UNDO_LINK)
        return EmailView(
            seen, EmailStep.UNDO if sight.stage is Link.USABLE else _ENDED[sight.stage], _read_address(sight.row)
        )
    sight = one_time_links.look(ctx, Kind.CONFIRM, token, lives=lifetimes.CONFIRM_LINK)
    user = users.find(ctx.db, sight.row.user_id) if sight.row and sight.row.user_id else None
    if sight.row is None or user is None or user.disabled:
        return EmailView(seen, _ENDED[Link.UNKNOWN if sight.stage is Link.USABLE else sight.stage])
    if sight.stage is Link.USED:
        return EmailView(seen, _judge_used(ctx, sight.row, user), user.email, user.username)
    if sight.row.data["does"] == "move":
        here = ctx.session is not None and ctx.session.user_id == user.id
        return EmailView(seen, EmailStep.MOVE if here else EmailStep.SIGN_IN, _read_address(sight.row), user.username)
    asks = not email_addresses.is_askers(ctx, user.id, page.registration)
    return EmailView(seen, EmailStep.CONFIRM, user.email, user.username, asks_password=asks, created_at=user.created_at)


@reads
def is_confirmed(ctx: Context, browser: str | None) -> bool:
    """Return whether the address that this browser waits for has been confirmed in another one."""
    user = _find_registered(ctx, browser)
    return user is not None and user.email_confirmed


_ENDED = {Link.USED: EmailStep.USED, Link.EXPIRED: EmailStep.EXPIRED, Link.UNKNOWN: EmailStep.UNKNOWN}


def _judge_used(ctx: Context, row: Ephemeral, user: User) -> EmailStep:
    """Return whether the used link's address is still the account's, and confirmed."""
    holder = users.find_by_email(ctx.db, row.data["key"])
    return EmailStep.ALREADY if user.email_confirmed and holder is not None and holder.id == user.id else EmailStep.USED


def _read_address(row: Ephemeral | None) -> str:
    return str(row.data.get("email", "")) if row is not None else ""


def _show_waiting(ctx: Context, page: PageRequest, seen: PageVisit) -> EmailView:
    made = one_time_links.find(ctx, Kind.BROWSER, page.registration)
    here = _find_registered(ctx, page.registration)
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session is not None else here
    if user is None:
        return EmailView(seen, EmailStep.ASK)
    registered_here = here is not None and here.id == user.id
    site = seen.flow.app_name if seen.flow else ""
    if not site and made is not None and registered_here:
        site = made.data.get("site", "")
    return EmailView(
        seen,
        EmailStep.DONE if user.email_confirmed else EmailStep.WAITING,
        user.email,
        user.username,
        registered_here=registered_here,
        site=site,
    )


def _find_registered(ctx: Context, browser: str | None) -> User | None:
    """Return the account that was made in this browser."""
    row = one_time_links.find(ctx, Kind.BROWSER, browser)
    return users.find(ctx.db, row.user_id) if row is not None and row.user_id is not None else None
