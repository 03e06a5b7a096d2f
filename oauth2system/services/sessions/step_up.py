"""Step-up: a change that could give the account or an app away asks the person to sign in anew (decision 0029, T093).

Somebody who finds or steals a signed-in browser has its session, and no factor of the person.
"""

from oauth2system.errors import NotPermitted, Refusal
from oauth2system.i18n import N_
from oauth2system.policy import lifetimes
from oauth2system.protocol.tokens import acr
from oauth2system.runtime.context import Context
from oauth2system.storage.lookups import factors
from oauth2system.storage.tables import passkeys
from oauth2system.storage.tables.sessions import Session

_WHY = N_("You signed in a while ago. Confirm that it is you, then do this again.")


class StepUpNeeded(Refusal):
    """The person must sign in again first: the doors lead to the sign-in page and back, and keep what was typed."""


def require(ctx: Context) -> None:
    """Raise StepUpNeeded unless the person signed in minutes ago, with a second factor if they have one."""
    session = _get_session(ctx)
    if not _is_fresh(ctx, session) or not _proved_enough(ctx, session):
        raise StepUpNeeded(_WHY)


def require_with_password(ctx: Context) -> None:
    """Raise StepUpNeeded before a form that carries the current password, which the caller checks.

    The password proves a person who has nothing else. A person with a second factor signs in with it first.
    """
    session = _get_session(ctx)
    if not _has_second_factor(ctx, session) or (_is_fresh(ctx, session) and _proved_enough(ctx, session)):
        return
    raise StepUpNeeded(_WHY)


def list_reachable(ctx: Context, user_id: str) -> tuple[str, ...]:
    """Return the levels (`acr`) that a person could reach with the factors they have."""
    if passkeys.count(ctx.db, user_id):
        return acr.LEVELS
    return (acr.ONE_FACTOR, acr.SEVERAL_FACTORS) if factors.find_held(ctx.db, user_id).any else (acr.ONE_FACTOR,)


def _is_fresh(ctx: Context, session: Session) -> bool:
    return ctx.now - session.authenticated_at <= lifetimes.STEP_UP


def _proved_enough(ctx: Context, session: Session) -> bool:
    return "mfa" in session.amr.split() or not _has_second_factor(ctx, session)


def _has_second_factor(ctx: Context, session: Session) -> bool:
    return "mfa" in session.amr.split() or factors.find_held(ctx.db, session.user_id).any


def _get_session(ctx: Context) -> Session:
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    return ctx.session
