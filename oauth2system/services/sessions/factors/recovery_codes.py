"""Recovery codes: ten codes on paper, each of which stands in once for a lost second factor."""

import hmac
import unicodedata

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.policy import quotas
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import recovery_codes as rows
from oauth2system.storage.tables.recovery_codes import RecoveryCode

_PURPOSE = "recovery_code"
# Without I, L, O and U, which look like others or spell words: five bits a letter (Crockford's base 32).
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("ILO", "110")
_GROUPS, _GROUP = 3, 4  # 60 bits


def make(ctx: Context, user_id: str) -> tuple[str, ...]:
    """Return new codes for a person, in groups of four; the old ones end."""
    rows.remove_all(ctx.db, user_id)
    codes = tuple(_mint(ctx) for _ in range(quotas.RECOVERY_CODES))
    for code in codes:
        rows.add(ctx.db, RecoveryCode(ctx.new_id(), user_id, _hash(ctx, user_id, _read(code))))
    return codes


def use(ctx: Context, user_id: str, typed: str) -> None:
    """Use a code up; raises Invalid for one that is wrong, and for one that was used."""
    wanted, found = _hash(ctx, user_id, _read(typed)), None
    for one in rows.list_all(ctx.db, user_id):  # all of them, each in constant time
        if hmac.compare_digest(one.digest, wanted):
            found = one
    if found is None:
        raise Invalid(recovery_code=N_("This is none of your recovery codes."))
    if not rows.use(ctx.db, found.id, ctx.now):
        raise Invalid(recovery_code=N_("This recovery code was used already. Take another one."))


def _mint(ctx: Context) -> str:
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in ctx.random(_GROUPS * _GROUP))
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def _read(typed: str) -> str:
    """Return a code as its digest is made of it, however it was typed."""
    letters = "".join(unicodedata.normalize("NFKC", typed).upper().replace("-", "").split())
    return letters.translate(_LOOK_ALIKES)


def _hash(ctx: Context, user_id: str, plain: str) -> bytes:
    return ctx.server.encryption.fingerprint(_PURPOSE, user_id, plain)
