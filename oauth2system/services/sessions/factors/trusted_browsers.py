"""Trusted browsers: for 30 days they ask for no second factor.

A browser is recognised by its cookie (known_browsers.py). Trust ends with the person's generation, such as by a new
password, and whenever their factors change.
"""

import hmac

from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.context import Context
from oauth2system.services.sessions import known_browsers
from oauth2system.storage.tables import ephemeral
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User


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
        data={"browser": _hash(ctx, user.id, known.id)},
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


def count(ctx: Context, user_id: str) -> int:
    """Count the browsers that a person trusts."""
    return len(ephemeral.list_standing(ctx.db, Kind.TRUSTED, user_id, ctx.now))


def forget_all(ctx: Context, user_id: str) -> int:
    """Trust no browser of a person any more; returns how many were trusted."""
    return ephemeral.drop(ctx.db, (Kind.TRUSTED,), user_id=user_id)


def _hash(ctx: Context, user_id: str, browser: str) -> str:
    return ctx.server.encryption.fingerprint("trusted", user_id, browser).hex()
