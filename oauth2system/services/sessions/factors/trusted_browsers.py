"""Trusted browsers: for 30 days they ask for no second factor.

A browser is recognised by its cookie (known_browsers.py). Trust ends with the person's generation, such as by a new
password, and whenever their factors change.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.context import Context
from oauth2system.services.sessions import known_browsers
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import ephemeral
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class TrustedBrowser:
    """One trusted browser on the security page; one that was trusted before its name was kept has none."""

    id: str
    agent: str
    since: datetime


def trust(ctx: Context, user: User, device: str) -> None:
    """Trust the browser with this cookie; beyond the quota the browser that was trusted first is forgotten."""
    known = known_browsers.read(device)
    if known is None:
        return
    there = ephemeral.list_standing(ctx.db, Kind.TRUSTED, user.id, ctx.now)
    for one in there[quotas.TRUSTED_BROWSERS - 1 :]:
        ephemeral.forget(ctx.db, one.id, Kind.TRUSTED)
    one_time_links.mint(
        ctx,
        Kind.TRUSTED,
        lives=lifetimes.TRUSTED_BROWSER,
        data={
            "browser": _hash(ctx, user.id, known.id),
            "agent": ctx.source.agent[: quotas.BROWSER_NAME_LONGEST],
        },
        whose=Whose(user.id, user.generation),
    )


def is_trusted(ctx: Context, user_id: str, device: str | None) -> bool:
    """Return whether this person trusts the browser with this cookie."""
    known = known_browsers.read(device)
    if known is None or not known.knows(ctx, user_id):
        return False
    mark = _hash(ctx, user_id, known.id)
    there = ephemeral.list_standing(ctx.db, Kind.TRUSTED, user_id, ctx.now)
    return any(hmac.compare_digest(one.data["browser"], mark) for one in there)


def list_all(ctx: Context, user_id: str) -> tuple[TrustedBrowser, ...]:
    """List the browsers that a person trusts, the newest first."""
    there = ephemeral.list_standing(ctx.db, Kind.TRUSTED, user_id, ctx.now)
    return tuple(
        TrustedBrowser(str(one.id), one.data.get("agent", ""), from_ms(one.expires_ms) - lifetimes.TRUSTED_BROWSER)
        for one in there
    )


def forget(ctx: Context, user_id: str, own_id: str) -> bool:
    """Trust one browser of a person no more; False where they trust no such browser."""
    there = ephemeral.list_standing(ctx.db, Kind.TRUSTED, user_id, ctx.now)
    found = next((one for one in there if str(one.id) == own_id), None)
    if found is not None:
        ephemeral.forget(ctx.db, found.id, Kind.TRUSTED)
    return found is not None


def forget_all(ctx: Context, user_id: str) -> int:
    """Trust no browser of a person any more; returns how many were trusted."""
    return ephemeral.drop(ctx.db, (Kind.TRUSTED,), user_id=user_id)


def _hash(ctx: Context, user_id: str, browser: str) -> str:
    return ctx.server.encryption.fingerprint("trusted", user_id, browser).hex()
