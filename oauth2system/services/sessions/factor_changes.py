"""Second factors set up, replaced and removed by the person themselves, on the security page.

Each change is mailed to the person and ends the trust in every browser. The seed and new recovery codes stay sealed
until they were saved, and are shown only in the browser that made them.
"""

import base64
import json
from dataclasses import dataclass, field

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes
from oauth2system.protocol import totp as rules
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, encryption, one_time_links, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions.factors import recovery_codes, totp, trusted_browsers
from oauth2system.storage.lookups import factors
from oauth2system.storage.lookups.factors import Held
from oauth2system.storage.tables import ephemeral, users
from oauth2system.storage.tables import recovery_codes as code_rows
from oauth2system.storage.tables import totp as totp_rows
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User

_PURPOSE = "factor_shown"


@dataclass(frozen=True, slots=True)
class SetUp:
    """An authenticator app that is being set up: what it takes, as text and as the address of a QR code."""

    seed: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a person on the security page, and how many browsers they trust."""

    held: Held
    trusted_browsers: int


@reads
def show(ctx: Context) -> Factors:
    """Return the factors of the person who asks."""
    user = _require_person(ctx)
    return Factors(factors.find_held(ctx.db, user.id), trusted_browsers.count(ctx, user.id))


@transacts
def begin(ctx: Context) -> None:
    """Make a fresh seed for the person who asks; it counts once a code has proved that their app has it."""
    user = _require_person(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    ephemeral.drop_unused(ctx.db, Kind.SEED, user_id=user.id)
    _keep(ctx, Kind.SEED, user, totp.new_seed(ctx))


def find_set_up(ctx: Context) -> SetUp | None:
    """Return the app that is being set up in this browser; None where that was not begun, or was long ago."""
    user = _require_person(ctx)
    seed = _find_kept(ctx, Kind.SEED, user)
    return None if seed is None else SetUp(seed, rules.write_address(seed, ctx.settings.public_host, user.username))


@transacts
def confirm(ctx: Context, code: str) -> bool:
    """Keep the app that is being set up, if its code is right; a wrong code keeps the same seed.

    Returns whether recovery codes were made with it: a first factor brings them. Raises Invalid.
    """
    user = _require_person(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    seed = _find_kept(ctx, Kind.SEED, user)
    if seed is None:
        raise Invalid(form=N_("Setting up took too long. Begin again."))
    step = totp.find_step(ctx, seed, code)
    held = factors.find_held(ctx.db, user.id)
    ephemeral.drop_unused(ctx.db, Kind.SEED, user_id=user.id)
    totp.save(ctx, user.id, seed, step)
    _report(ctx, user, "authenticator_replaced" if held.authenticator else "authenticator_added")
    if held.any:
        return False
    _make_codes(ctx, user)
    return True


@transacts
def remove_authenticator(ctx: Context) -> None:
    """Remove the authenticator app of the person who asks; without any factor left, the recovery codes go too."""
    user = _require_person(ctx)
    if not totp_rows.remove(ctx.db, user.id):
        raise NotPermitted(N_("There is no authenticator app to remove."))
    if not factors.find_held(ctx.db, user.id).any:
        code_rows.remove_all(ctx.db, user.id)
    _report(ctx, user, "authenticator_removed")


@transacts
def new_recovery_codes(ctx: Context) -> None:
    """Make new recovery codes for the person who asks; the old ones end."""
    user = _require_person(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    if not factors.find_held(ctx.db, user.id).any:
        raise NotPermitted(N_("Set up an authenticator app first."))
    _make_codes(ctx, user)
    _report(ctx, user, "recovery_codes_made")


@reads
def show_codes(ctx: Context) -> tuple[str, ...]:
    """Return the recovery codes that were made in this browser some minutes ago; empty when they were saved."""
    kept = _find_kept(ctx, Kind.CODES, _require_person(ctx))
    return () if kept is None else tuple(json.loads(kept))


@transacts
def hide_codes(ctx: Context) -> None:
    """Show the recovery codes no more."""
    ephemeral.drop(ctx.db, (Kind.CODES,), user_id=_require_person(ctx).id)


@transacts
def forget_trusted_browsers(ctx: Context) -> None:
    """Trust no browser of the person who asks any more."""
    user = _require_person(ctx)
    if trusted_browsers.forget_all(ctx, user.id):
        audit.record(ctx, "factor.trust_ended", user_id=user.id)


def _make_codes(ctx: Context, user: User) -> None:
    ephemeral.drop(ctx.db, (Kind.CODES,), user_id=user.id)
    _keep(ctx, Kind.CODES, user, json.dumps(recovery_codes.make(ctx, user.id)))


def _report(ctx: Context, user: User, what: str) -> None:
    """Record a change of the factors and mail it to the person; no browser is trusted any more."""
    trusted_browsers.forget_all(ctx, user.id)
    audit.record(ctx, f"factor.{what}", user_id=user.id)
    if user.email_confirmed:
        facts = {"to": user.email, "username": user.username, "when": str(ctx.now_ms), "what": what}
        outbox.mail(ctx, "factors_changed", lives=lifetimes.CONFIRM_LINK, **facts)


def _require_person(ctx: Context) -> User:
    """Return the person who asks; raises NotPermitted for anybody who is not signed in."""
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session is not None else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    return user


def _keep(ctx: Context, kind: Kind, user: User, plain: str) -> None:
    """Keep what this browser may show, sealed, until it expires."""
    sealed = ctx.server.encryption.seal(_PURPOSE, plain.encode(), bound_to=user.id)
    lives = lifetimes.FACTOR_SET_UP if kind is Kind.SEED else lifetimes.CODES_SHOWN
    data = {"sealed": base64.b64encode(sealed).decode(), "by": _name_browser(ctx)}
    one_time_links.mint(ctx, kind, lives=lives, data=data, whose=Whose(user.id, user.generation))


def _find_kept(ctx: Context, kind: Kind, user: User) -> str | None:
    """Return what this browser may show; None where it was made in another one, or has expired."""
    row = ephemeral.newest_of(ctx.db, kind, user.id, ctx.now)
    if row is None or row.data["by"] != _name_browser(ctx):
        return None
    try:
        return ctx.server.encryption.unseal(_PURPOSE, base64.b64decode(row.data["sealed"]), bound_to=user.id).decode()
    except encryption.Unreadable:  # the key has changed since
        return None


def _name_browser(ctx: Context) -> str:
    return str(ctx.session.id) if ctx.session is not None else ""
