"""The authenticator app of a person: its seed is sealed, and each code works once (RFC 6238)."""

import base64

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, Message
from oauth2system.protocol import totp as rules
from oauth2system.runtime import encryption
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import totp as rows
from oauth2system.storage.tables.totp import Totp

_PURPOSE = "totp"
WRONG = N_("This code is not right. Type the one that your app shows now.")
UNREADABLE = N_("This server cannot read your authenticator app any more. Ask its administrator.")
USED = N_("This code was used already. Wait until your app shows the next one.")


def new_seed(ctx: Context) -> str:
    """Return a fresh seed, as authenticator apps take it (RFC 4648 base 32)."""
    return base64.b32encode(ctx.random(rules.SEED_BYTES)).decode()


def seal(ctx: Context, user_id: str, seed: str) -> bytes:
    """Encrypt a seed; it can be read for this person only."""
    return ctx.server.encryption.seal(_PURPOSE, seed.encode(), bound_to=user_id)


def unseal(ctx: Context, user_id: str, sealed: bytes) -> str:
    """Decrypt a seed; raises Unreadable."""
    return ctx.server.encryption.unseal(_PURPOSE, sealed, bound_to=user_id).decode()


def use(ctx: Context, user_id: str, typed: str) -> None:
    """Use a code of the person's app; raises Invalid for one that is wrong, too old or used (T099)."""
    kept = rows.find(ctx.db, user_id)
    if kept is None:
        raise _refuse(WRONG)
    try:
        seed = unseal(ctx, user_id, kept.sealed)
    except encryption.Unreadable:  # the key of this server has changed since
        raise _refuse(UNREADABLE) from None
    step = find_step(ctx, seed, typed)
    if not rows.use_step(ctx.db, kept, step):
        raise _refuse(USED)


def find_step(ctx: Context, seed: str, typed: str) -> int:
    """Return the time step of a code; raises Invalid for a wrong one."""
    code = rules.clean(typed)
    step = None if code is None else rules.find_step(seed, code, ctx.now_ms // 1000)
    if step is None:
        raise _refuse(WRONG)
    return step


def save(ctx: Context, user_id: str, seed: str, step: int) -> None:
    """Keep an app whose code of this step has just proved that it works."""
    rows.save(ctx.db, Totp(user_id, seal(ctx, user_id, seed), ctx.now, step))


def _refuse(sentence: Message) -> Invalid:
    return Invalid(code=sentence)
