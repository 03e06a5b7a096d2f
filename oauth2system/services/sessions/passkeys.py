"""A person's passkeys: added, named, removed, and used alone to sign in."""

import re
from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import authenticators, budgets, lifetimes, names, quotas
from oauth2system.protocol import passkeys as rules
from oauth2system.protocol.passkeys import NewKey, Options, Unproved
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions import factor_changes, passkey_proofs, sessions, sign_in, step_up
from oauth2system.services.sessions.factors import trusted_browsers
from oauth2system.services.sessions.passkey_proofs import PasskeyRefused
from oauth2system.services.sessions.sign_in import SignedIn
from oauth2system.storage.lookups import factors
from oauth2system.storage.tables import passkeys as passkey_rows
from oauth2system.storage.tables import recovery_codes, users
from oauth2system.storage.tables.passkeys import Passkey
from oauth2system.storage.tables.users import User

SERVER_NAME = "Oauth2System"
_ADD, _SIGN_IN = "add", "sign in"
_BROWSER = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """One passkey on the security page. `syncs` ones are on all devices of the person; a `refused` one is dead."""

    id: str
    name: str
    model: str
    syncs: bool
    created_at: datetime
    last_used_at: datetime | None
    refused: bool


@dataclass(frozen=True, slots=True)
class PasskeysView:
    """A person's passkeys; `full` where there may be no more."""

    passkeys: tuple[PasskeyView, ...]
    full: bool
    may_add: bool


@dataclass(frozen=True, slots=True)
class SignInOptions:
    """What a browser is asked at sign-in, and the cookie that the answer must come with."""

    options: Options
    browser: str


@reads
def list_passkeys(ctx: Context) -> PasskeysView:
    """List the passkeys of the person who asks."""
    user = _asker(ctx)
    found = passkey_rows.of_user(ctx.db, user.id)
    return PasskeysView(tuple(_view(one) for one in found), len(found) >= quotas.PASSKEYS_OF_A_PERSON, _may_add(user))


@reads
def is_offered(ctx: Context) -> bool:
    """Return whether to offer a passkey to this person: they have none, and did not decline lately."""
    user = _asker(ctx)
    may_add, since = _may_add(user) and not passkey_rows.count(ctx.db, user.id), ctx.now - lifetimes.PASSKEY_OFFER_RESTS
    return may_add and not passkey_rows.declined_since(ctx.db, user.id, since)


@transacts
def decline_offer(ctx: Context) -> None:
    """Offer this person no passkey for some months."""
    passkey_rows.decline(ctx.db, _asker(ctx).id, ctx.now)


@reads
def ask_to_add(ctx: Context) -> Options:
    """Return what the browser is asked for a new passkey of the person who asks.

    Raises PasskeyRefused, and StepUpNeeded where their sign-in is too old (T093).
    """
    user = _asker(ctx)
    step_up.require(ctx)
    return ask_for_new(ctx, user, _session(ctx))


def ask_for_new(ctx: Context, user: User, bound_to: str) -> Options:
    """Return what the browser is asked for a new passkey of a person; the answer counts for `bound_to` alone."""
    _require_may_add(user)
    found = passkey_rows.of_user(ctx.db, user.id)
    _require_room(len(found))
    return rules.ask_to_create(
        passkey_proofs.get_site(ctx),
        SERVER_NAME,
        passkey_proofs.mint_challenge(ctx, _ADD, bound_to),
        user_handle=_handle(ctx, user.id),
        username=user.username,
        shown=user.display_name,
        known=passkey_proofs.describe(found),
    )


@transacts
def add(ctx: Context, answer: str, name: str) -> bool:
    """Keep the passkey that the browser made; returns whether recovery codes were made: a first factor brings them.

    `name` is what the page proposes; the name of a known model counts first. Raises PasskeyRefused and StepUpNeeded.
    """
    user = _asker(ctx)
    step_up.require(ctx)
    is_first, method = keep_new(ctx, user, answer, name, _session(ctx))
    sessions.add_method(ctx, method)
    if is_first and ctx.session is not None:
        factor_changes.make_codes(ctx, user, str(ctx.session.id))
    return is_first


def keep_new(  # noqa: PLR0913  (what a new passkey is made of)
    ctx: Context, user: User, answer: str, name: str, bound_to: str, *, only_first: bool = False
) -> tuple[bool, str]:
    """Keep a passkey that the browser made for `bound_to`; returns whether it is a first factor, and what it proved.

    Raises PasskeyRefused; with `only_first` also for a person who has a second factor by now.
    """
    _require_may_add(user)
    made = _verified(ctx, answer, bound_to)
    # This also makes two of the person's requests wait for each other, so that both are counted below.
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    _require_room(passkey_rows.count(ctx.db, user.id))
    is_first = not factors.find_held(ctx.db, user.id).any
    if only_first and not is_first:
        raise PasskeyRefused("factor_there")
    called = authenticators.name_of(made.aaguid) or name
    if not passkey_rows.add(ctx.db, _row(ctx, user, made, called if _name_problem(called) is None else "Passkey")):
        raise PasskeyRefused("passkey_taken")
    _report(ctx, user, "added")
    return is_first, "swk" if made.syncs else "hwk"


@transacts
def rename(ctx: Context, passkey_id: str, name: str) -> PasskeysView:
    """Give a passkey of the person another name; raises Invalid, and NotFound for anybody else's (T120)."""
    user = _asker(ctx)
    called = " ".join(name.split())
    if (problem := _name_problem(called)) is not None:
        raise Invalid(passkey_name=problem)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    if not passkey_rows.rename(ctx.db, _number(passkey_id), user.id, called):
        raise _gone()
    return list_passkeys(ctx)


@transacts
def remove(ctx: Context, passkey_id: str) -> PasskeysView:
    """Remove a passkey of the person; without any factor left, the recovery codes go too.

    Raises StepUpNeeded, and NotFound for anybody else's passkey (T120).
    """
    user = _asker(ctx)
    step_up.require(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    if not passkey_rows.remove(ctx.db, _number(passkey_id), user.id):
        raise _gone()
    if not factors.find_held(ctx.db, user.id).any:
        recovery_codes.remove_all(ctx.db, user.id)
    _report(ctx, user, "removed")
    return list_passkeys(ctx)


@reads
def ask_to_sign_in(ctx: Context, browser: str | None) -> SignInOptions:
    """Return what any browser is asked to sign in with a passkey alone: the same for everybody (T087)."""
    if browser is None or not _BROWSER.fullmatch(browser):
        browser = ctx.random(16).hex()
    challenge = passkey_proofs.mint_challenge(ctx, _SIGN_IN, browser)
    return SignInOptions(rules.ask_to_use(passkey_proofs.get_site(ctx), challenge, must_verify=True), browser)


@transacts
def sign_in_alone(  # noqa: PLR0913  (what the form and the cookies of one sign-in carry)
    ctx: Context,
    answer: str,
    browser: str | None,
    device: str | None,
    *,
    kept: bool | None = None,
    confirms: bool = False,
) -> SignedIn:
    """Sign in the person of a passkey that checked them, which counts as two factors; raises PasskeyRefused.

    `kept` is whether they stay signed in; None for as before. With `confirms` it is the person who is signed in.
    """
    here = budgets.network(ctx.source.ip)
    rate_limits.spend(ctx, budgets.SIGN_IN_ADDRESS, here)
    if not browser:
        raise PasskeyRefused("cookies")
    proof = passkey_proofs.prove(ctx, answer, _SIGN_IN, browser)
    if confirms and ctx.session is not None and ctx.session.user_id != proof.user.id:
        raise PasskeyRefused("passkey_not_yours")
    rate_limits.spend(ctx, budgets.SIGN_INS, proof.user.id)
    rate_limits.give_back(ctx, budgets.SIGN_IN_ADDRESS, here)
    return sign_in.welcome(ctx, proof.user.id, device, proof.user.generation, amr=proof.amr, kept=kept)


def _report(ctx: Context, user: User, did: str) -> None:
    """Record that the factors changed, and mail it to the person; no browser is trusted any more."""
    trusted_browsers.forget_all(ctx, user.id)
    audit.record(ctx, f"passkey.{did}", user_id=user.id)
    passkey_proofs.mail(ctx, user, did)


def _verified(ctx: Context, text: str, bound_to: str) -> NewKey:
    site = passkey_proofs.get_site(ctx)
    try:
        answer = rules.read_new(text, site)
        passkey_proofs.check_challenge(ctx, answer.challenge, _ADD, bound_to)
        made = rules.verify_new(answer, site)
    except Unproved as error:
        raise passkey_proofs.refuse(error) from error
    passkey_proofs.spend_challenge(ctx, answer.challenge)
    return made


def _row(ctx: Context, user: User, made: NewKey, name: str) -> Passkey:
    return Passkey(
        id=ctx.new_id(),
        user_id=user.id,
        credential_id=made.credential_id,
        user_handle=_handle(ctx, user.id),
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
        aaguid=made.aaguid,
        transports=" ".join(made.transports),
        syncs=made.syncs,
        copied=made.copied,
        created_at=ctx.now,
    )


def _view(one: Passkey) -> PasskeyView:
    model = authenticators.name_of(one.aaguid)
    refused = one.refused_at is not None
    return PasskeyView(str(one.id), one.name, model, one.syncs, one.created_at, one.last_used_at, refused)


def _asker(ctx: Context) -> User:
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session is not None else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    return user


def _session(ctx: Context) -> str:
    """Return what binds a registration: this very session."""
    return "" if ctx.session is None else ctx.session.handle


def _handle(ctx: Context, user_id: str) -> bytes:
    """Return what authenticators know a person by: no site learns it, and it reveals no id."""
    return ctx.server.encryption.fingerprint("passkey user", user_id)


def _may_add(user: User) -> bool:
    """Return whether a person may have passkeys: they proved their address.

    Else the maker of an account with somebody else's address would keep a key to it (T095).
    """
    return user.email_confirmed_at is not None


def _require_may_add(user: User) -> None:
    if not _may_add(user):
        raise PasskeyRefused("passkey_unconfirmed")


def _require_room(count: int) -> None:
    if count >= quotas.PASSKEYS_OF_A_PERSON:
        raise PasskeyRefused("passkey_full")


def _name_problem(name: str) -> Message | None:
    return names.label_problem(name, quotas.PASSKEY_NAME_LONGEST)


def _number(passkey_id: str) -> int:
    """Return the number of a row; raises NotFound for what is none."""
    if not (passkey_id.isascii() and passkey_id.isdecimal() and len(passkey_id) < 20):  # noqa: PLR2004  (digits of a 64-bit number)
        raise _gone()
    return int(passkey_id)


def _gone() -> NotFound:
    return NotFound(N_("This passkey has already been removed."))
