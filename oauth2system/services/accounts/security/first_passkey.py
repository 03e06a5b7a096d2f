"""A first factor that is a passkey, for a sign-in that waits until its person has one (decision 0030)."""

from oauth2system.protocol.passkeys import Options
from oauth2system.protocol.tokens import amr
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions import factor_changes, passkeys, second_factor, sign_in
from oauth2system.services.sessions.factor_changes import AppConfirmed
from oauth2system.services.sessions.factors import waiting
from oauth2system.services.sessions.factors.waiting import Waiting


@reads
def ask(ctx: Context, cookie: str | None) -> Options:
    """Return what the browser is asked for a first passkey; raises NothingWaits and PasskeyRefused."""
    found = _require_waiting(ctx, cookie)
    return passkeys.ask_for_new(ctx, found.user, _bind(found))


@transacts
def add(ctx: Context, cookie: str | None, answer: str, name: str, device: str | None) -> AppConfirmed:
    """Keep the first passkey of a person, which completes their sign-in and brings recovery codes.

    Raises NothingWaits, and PasskeyRefused also for a person who has a second factor by now.
    """
    found = _require_waiting(ctx, cookie)
    user = found.user
    _, method = passkeys.keep_new(ctx, user, answer, name, _bind(found), only_first=True)
    if not waiting.take(ctx, cookie):
        raise second_factor.refuse()
    proved = amr.join(found.amr, method)
    signed_in = sign_in.welcome(ctx, user.id, device, user.generation, amr=proved, kept=found.kept)
    factor_changes.make_codes(ctx, user, factor_changes.name_browser(signed_in))
    return AppConfirmed(has_codes=True, signed_in=signed_in)


def _require_waiting(ctx: Context, cookie: str | None) -> Waiting:
    found = waiting.find(ctx, cookie)
    if found is None:
        raise second_factor.refuse()
    return found


def _bind(found: Waiting) -> str:
    """Return what the answer counts for: this very sign-in."""
    return f"waiting {found.row_id}"
