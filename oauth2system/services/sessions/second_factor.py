"""The second step of a sign-in: a code or a passkey completes it, and only then is there a session (T104).

Attempts are counted by person and kind of code, so a new sign-in brings no new attempts (T098), and guesses at one
kind leave the other usable.
"""

from dataclasses import dataclass, field

from oauth2system.errors import Invalid, NotPermitted, TooManyAttempts
from oauth2system.i18n import N_
from oauth2system.policy import budgets, quotas
from oauth2system.policy.budgets import Budget
from oauth2system.protocol import passkeys as rules
from oauth2system.protocol.passkeys import Options
from oauth2system.protocol.tokens import amr
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts, writes
from oauth2system.services.sessions import known_browsers, passkey_proofs, sign_in
from oauth2system.services.sessions.factors import notices, recovery_codes, totp, trusted_browsers, waiting
from oauth2system.services.sessions.sign_in import SignedIn
from oauth2system.storage.lookups import factors
from oauth2system.storage.lookups.factors import Held
from oauth2system.storage.tables import passkeys

_PURPOSE = "second factor"


class NothingWaits(NotPermitted):
    """No sign-in waits in this browser: it expired, was completed, or was never begun here."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed: a code of their app or a recovery code; `trusts` is whether to trust this browser."""

    code: str = field(default="", repr=False)
    recovery_code: str = field(default="", repr=False)
    trusts: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the page of the second step shows: whose sign-in waits, and what may complete it."""

    username: str
    held: Held
    # A first factor may be a passkey: the person proved their address.
    may_have_passkeys: bool = False


def ask(ctx: Context, cookie: str | None) -> Question | None:
    """Return what may complete the sign-in that waits in this browser; None where none waits."""
    found = waiting.find(ctx, cookie)
    if found is None:
        return None
    user = found.user
    return Question(user.username, factors.find_held(ctx.db, user.id), may_have_passkeys=user.email_confirmed)


@writes
def finish(ctx: Context, cookie: str | None, typed: Typed, device: str | None) -> SignedIn:
    """Start the session of a sign-in that waits, if the code is right.

    Raises NothingWaits, TooManyAttempts, or Invalid for the field with a wrong code.
    """
    found = waiting.find(ctx, cookie)
    if found is None:
        raise refuse()
    proved = amr.join(found.amr, prove(ctx, found.user.id, typed, device))
    if not waiting.take(ctx, cookie):
        raise refuse()
    user = found.user
    signed_in = sign_in.welcome(ctx, user.id, device, user.generation, amr=proved, kept=found.kept)
    if typed.recovery_code.strip():
        notices.report(ctx, user, "recovery_code_used")
    if typed.trusts:
        trusted_browsers.trust(ctx, user, signed_in.device)
    return signed_in


@reads
def ask_for_passkey(ctx: Context, cookie: str | None) -> Options:
    """Return what the browser is asked to complete the sign-in that waits in it; raises NothingWaits."""
    found = waiting.find(ctx, cookie)
    if found is None:
        raise refuse()
    accepted = [one for one in passkeys.of_user(ctx.db, found.user.id) if one.refused_at is None]
    return rules.ask_to_use(
        passkey_proofs.get_site(ctx),
        passkey_proofs.mint_challenge(ctx, _PURPOSE, str(found.row_id)),
        known=passkey_proofs.describe(accepted),
        must_verify=False,
    )


@transacts
def finish_by_passkey(ctx: Context, cookie: str | None, answer: str, device: str | None, *, trusts: bool) -> SignedIn:
    """Start the session of a sign-in that waits, if a passkey of its person answers.

    Raises NothingWaits, TooManyAttempts or PasskeyRefused.
    """
    here = budgets.network(ctx.source.ip)
    rate_limits.spend(ctx, budgets.SIGN_IN_ADDRESS, here)
    found = waiting.find(ctx, cookie)
    if found is None:
        raise refuse()
    user = found.user
    proof = passkey_proofs.prove(ctx, answer, _PURPOSE, str(found.row_id), whose=user.id)
    if not waiting.take(ctx, cookie):
        raise refuse()
    rate_limits.give_back(ctx, budgets.SIGN_IN_ADDRESS, here)
    proved = amr.join(found.amr, proof.amr)
    signed_in = sign_in.welcome(ctx, user.id, device, user.generation, amr=proved, kept=found.kept)
    if trusts:
        trusted_browsers.trust(ctx, user, signed_in.device)
    return signed_in


def prove(ctx: Context, user_id: str, typed: Typed, device: str | None) -> str:
    """Use up the code that a person typed, after counting the attempt; returns what it proved, as amr says it.

    Raises TooManyAttempts, or Invalid for the field with a wrong code.
    """
    name, code = ("recovery_code", typed.recovery_code) if typed.recovery_code.strip() else ("code", typed.code)
    if not code.strip():
        raise Invalid(code=N_("Type the code that your authenticator app shows."))
    attempts = _list_attempts(ctx, user_id, name, device)
    if not all(rate_limits.try_spend(ctx, budget, *whose) for budget, whose in attempts):
        raise TooManyAttempts(max(rate_limits.wait_seconds(ctx, budget, *whose) for budget, whose in attempts))
    try:
        use = recovery_codes.use if name == "recovery_code" else totp.use
        use(ctx, user_id, code[: quotas.FACTOR_CODE_LONGEST])
    except Invalid:
        audit.record_attempt(ctx, "factor.failed", user_id=user_id)
        raise
    for budget, whose in attempts:
        rate_limits.refill(ctx, budget, *whose)
    return amr.CODE


def _list_attempts(ctx: Context, user_id: str, name: str, device: str | None) -> list[tuple[Budget, tuple[str, ...]]]:
    """Return the budgets that an attempt counts on: a browser that signed in before has its own (T096)."""
    known = known_browsers.read(device)
    if known is not None and known.knows(ctx, user_id):
        return [(budget, (user_id, name, known.id)) for budget in (budgets.FACTOR_KNOWN, budgets.FACTOR_KNOWN_LONG)]
    return [(budget, (user_id, name)) for budget in (budgets.FACTOR, budgets.FACTOR_LONG)]


def refuse() -> NothingWaits:
    """Return the refusal where no sign-in waits in a browser."""
    return NothingWaits(N_("This sign-in has ended. Sign in again."))
