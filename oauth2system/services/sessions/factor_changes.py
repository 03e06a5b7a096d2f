"""Second factors set up, replaced and removed by the person themselves, on the security page.

Each change is mailed to the person and ends the trust in every browser. The seed and new recovery codes stay sealed
until they were saved, and are shown only in the browser that made them.
"""

import base64
import json
from dataclasses import dataclass, field

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names
from oauth2system.protocol import totp as rules
from oauth2system.protocol.tokens import amr
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, encryption, one_time_links, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions import sessions, sign_in, step_up
from oauth2system.services.sessions.factors import notices, recovery_codes, totp, trusted_browsers, waiting
from oauth2system.services.sessions.factors.trusted_browsers import TrustedBrowser
from oauth2system.services.sessions.factors.waiting import Waiting
from oauth2system.services.sessions.sign_in import SignedIn
from oauth2system.storage.lookups import factors
from oauth2system.storage.lookups.factors import Held
from oauth2system.storage.tables import ephemeral, passkeys, users
from oauth2system.storage.tables import recovery_codes as code_rows
from oauth2system.storage.tables import totp as totp_rows
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User

_PURPOSE = "factor_shown"


@dataclass(frozen=True, slots=True)
class SetUp:
    """An authenticator app that is being set up: what it takes, as text and as the address of a QR code.

    Both are empty before that was begun.
    """

    seed: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AppConfirmed:
    """An app was set up: whether recovery codes were made with it, and the session that a first factor completed."""

    has_codes: bool
    signed_in: SignedIn | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Setter:
    """Who sets up an app, and the browser that may see its seed; `waiting` is a sign-in that must bring a factor."""

    user: User
    browser: str
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a person on the security page, and the browsers they trust."""

    held: Held
    trusted_browsers: tuple[TrustedBrowser, ...]


@reads
def show(ctx: Context) -> Factors:
    """Return the factors of the person who asks."""
    user = _require_person(ctx)
    return Factors(factors.find_held(ctx.db, user.id), trusted_browsers.list_all(ctx, user.id))


@transacts
def begin(ctx: Context, cookie: str | None) -> None:
    """Make a fresh seed for the person who asks; it counts once a code has proved that their app has it.

    `cookie` is that of a sign-in that waits and must bring a first factor.
    """
    setter = _require_setter(ctx, cookie)
    if setter.waiting is None:
        step_up.require(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, setter.user.id)
    ephemeral.drop_unused(ctx.db, Kind.SEED, user_id=setter.user.id)
    _keep(ctx, Kind.SEED, setter.user, totp.new_seed(ctx), setter.browser)


def find_set_up(ctx: Context, cookie: str | None) -> SetUp | None:
    """Return what setting up an app in this browser shows; None for anybody who may not."""
    setter = _find_setter(ctx, cookie)
    if setter is None:
        return None
    seed = _find_kept(ctx, Kind.SEED, setter.user, setter.browser)
    if seed is None:
        return SetUp()
    return SetUp(seed, rules.write_address(seed, ctx.settings.public_host, setter.user.username))


@transacts
def confirm(ctx: Context, code: str, cookie: str | None, device: str | None) -> AppConfirmed:
    """Keep the app that is being set up, if its code is right; a wrong code keeps the same seed.

    A person without recovery codes gets them. A first factor completes a sign-in that waits for one; in a session it
    counts as if the person had signed in with it. Raises Invalid.
    """
    setter = _require_setter(ctx, cookie)
    user, browser = setter.user, setter.browser
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    seed = _find_kept(ctx, Kind.SEED, user, browser)
    if seed is None:
        raise Invalid(form=N_("Setting up took too long. Begin again."))
    step = totp.find_step(ctx, seed, code)
    if setter.waiting is not None and not waiting.take(ctx, cookie):
        raise NotPermitted(N_("Sign in first."))
    held = factors.find_held(ctx.db, user.id)
    ephemeral.drop_unused(ctx.db, Kind.SEED, user_id=user.id)
    totp.save(ctx, user.id, seed, step)
    _report(ctx, user, "authenticator_replaced" if held.authenticator else "authenticator_added")
    signed_in = None
    if setter.waiting is not None:
        proved = amr.join(setter.waiting.amr, amr.CODE)
        signed_in = sign_in.welcome(ctx, user.id, device, user.generation, amr=proved, kept=setter.waiting.kept)
        browser = name_browser(signed_in)
    else:
        sessions.add_method(ctx, amr.CODE)
    if not held.recovery_codes:
        make_codes(ctx, user, browser)
    return AppConfirmed(not held.recovery_codes, signed_in)


@transacts
def remove_authenticator(ctx: Context) -> None:
    """Remove the authenticator app of the person who asks; without any factor left, the recovery codes go too."""
    user = _require_person(ctx)
    step_up.require(ctx)
    if not totp_rows.remove(ctx.db, user.id):
        raise NotPermitted(N_("There is no authenticator app to remove."))
    if not factors.find_held(ctx.db, user.id).any:
        code_rows.remove_all(ctx.db, user.id)
    _report(ctx, user, "authenticator_removed")


@transacts
def new_recovery_codes(ctx: Context) -> None:
    """Make new recovery codes for the person who asks; the old ones end."""
    user = _require_person(ctx)
    step_up.require(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    if not factors.find_held(ctx.db, user.id).any or ctx.session is None:
        raise NotPermitted(N_("Add a passkey or set up an authenticator app first."))
    make_codes(ctx, user, str(ctx.session.id))
    _report(ctx, user, "recovery_codes_made")


@reads
def show_codes(ctx: Context) -> tuple[str, ...]:
    """Return the recovery codes that were made in this browser some minutes ago; empty when they were saved."""
    user = _require_person(ctx)
    kept = _find_kept(ctx, Kind.CODES, user, str(ctx.session.id)) if ctx.session is not None else None
    return () if kept is None else tuple(json.loads(kept))


@transacts
def hide_codes(ctx: Context) -> None:
    """Show the recovery codes no more."""
    ephemeral.drop(ctx.db, (Kind.CODES,), user_id=_require_person(ctx).id)


@transacts
def remove_all(ctx: Context, username: str) -> User:
    """Remove every second factor of a person who lost them all, for the operator alone.

    Raises NotFound where nobody has that name.
    """
    user = users.find_by_username(ctx.db, names.canonical(username))
    if user is None or not ctx.system:
        raise NotFound(N_("There is no such user."))
    totp_rows.remove(ctx.db, user.id)
    code_rows.remove_all(ctx.db, user.id)
    passkeys.remove_since(ctx.db, user.id, 0)
    _report(ctx, user, "removed_by_operator")
    return user


@transacts
def forget_trusted_browsers(ctx: Context) -> None:
    """Trust no browser of the person who asks any more."""
    user = _require_person(ctx)
    if trusted_browsers.forget_all(ctx, user.id):
        audit.record(ctx, "factor.trust_ended", user_id=user.id)


@transacts
def forget_trusted_browser(ctx: Context, own_id: str) -> Factors:
    """Trust one browser of the person who asks no more; raises NotFound for anybody else's (T120)."""
    user = _require_person(ctx)
    if not trusted_browsers.forget(ctx, user.id, own_id):
        raise NotFound(N_("This browser is not trusted any more."))
    audit.record(ctx, "factor.trust_ended", user_id=user.id)
    return show(ctx)


def make_codes(ctx: Context, user: User, browser: str) -> None:
    """Make recovery codes, which only this browser may show; the old ones end."""
    ephemeral.drop(ctx.db, (Kind.CODES,), user_id=user.id)
    _keep(ctx, Kind.CODES, user, json.dumps(recovery_codes.make(ctx, user.id)), browser)


def _report(ctx: Context, user: User, what: str) -> None:
    """Record a change of the factors and mail it to the person; no browser is trusted any more."""
    trusted_browsers.forget_all(ctx, user.id)
    notices.report(ctx, user, what)


def _require_person(ctx: Context) -> User:
    """Return the person who asks; raises NotPermitted for anybody who is not signed in."""
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session is not None else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    return user


def _find_setter(ctx: Context, cookie: str | None) -> Setter | None:
    """Return who may set up an app here: the person who is signed in, or whose sign-in must bring a first factor."""
    found = waiting.find(ctx, cookie) if cookie else None
    if found is not None and not factors.find_held(ctx.db, found.user.id).any:
        return Setter(found.user, f"waiting {found.row_id}", found)
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session is not None else None
    return None if user is None or ctx.session is None else Setter(user, str(ctx.session.id))


def name_browser(signed_in: SignedIn) -> str:
    """Return how a browser is named that has just got this session."""
    read = token_format.read(Kind.SESSION, signed_in.session)
    return "" if read is None else str(read[0])


def _require_setter(ctx: Context, cookie: str | None) -> Setter:
    setter = _find_setter(ctx, cookie)
    if setter is None:
        raise NotPermitted(N_("Sign in first."))
    return setter


def _keep(ctx: Context, kind: Kind, user: User, plain: str, browser: str) -> None:
    """Keep what one browser may show, sealed, until it expires."""
    sealed = ctx.server.encryption.seal(_PURPOSE, plain.encode(), bound_to=user.id)
    lives = lifetimes.FACTOR_SET_UP if kind is Kind.SEED else lifetimes.CODES_SHOWN
    data = {"sealed": base64.b64encode(sealed).decode(), "by": browser}
    one_time_links.mint(ctx, kind, lives=lives, data=data, whose=Whose(user.id, user.generation))


def _find_kept(ctx: Context, kind: Kind, user: User, browser: str) -> str | None:
    """Return what this browser may show; None where it was made in another one, or has expired."""
    row = ephemeral.newest_of(ctx.db, kind, user.id, ctx.now)
    if row is None or row.data["by"] != browser:
        return None
    try:
        return ctx.server.encryption.unseal(_PURPOSE, base64.b64decode(row.data["sealed"]), bound_to=user.id).decode()
    except encryption.Unreadable:  # the key has changed since
        return None
