"""Signing in: find the accounts that may be meant, compare outside the transaction, then decide.

Every endpoint counts on the same budgets (T097) and does the same work for people who exist and people
who do not (T087): one comparison for a username, two for an address, which may name both its
confirmed owner and a registration that never proved it.
"""

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from oauth2system.errors import Invalid, NotPermitted, TooManyAttempts
from oauth2system.i18n import N_
from oauth2system.policy import budgets, names, quotas
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.services.sessions import known_browsers, new_sign_ins, password_hashing, sessions, step_up
from oauth2system.services.sessions.factors import waiting
from oauth2system.storage.tables import deletions, users
from oauth2system.storage.tables.users import User


class NameRests(TooManyAttempts):
    """Too many attempts at this name from here, whether or not an account has it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be meant; without a hash only the work of a comparison is done."""

    user_id: str | None = None
    kept: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, already counted."""

    candidates: tuple[Candidate, ...]
    device: str | None = field(repr=False)
    # How long sign-ins with this name must wait here, whether or not an account has it.
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """The account whose password it was, and a hash with today's parameters if the stored one is older."""

    user_id: str
    kept: str = field(repr=False)
    upgraded: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The values of the two cookies of a browser that has just signed in."""

    session: str = field(repr=False)
    device: str = field(repr=False)
    user_id: str
    # Whether the cookie outlives the browser.
    kept: bool = True
    # The language of their profile, for the pages of this browser.
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password was right, and there is no session yet: the value of the cookie of the sign-in that waits."""

    waiting: str = field(repr=False)
    user_id: str


Arrival = SignedIn | SecondFactorNeeded


class How(TypedDict, total=False):
    """Whether the person stays signed in (None for as before), and the request that they sign in for."""

    kept: bool | None
    flow: str | None


async def sign_in(
    call: Call, login: str, password: str, device: str | None, *, confirms: bool = False, **how: Unpack[How]
) -> Arrival:
    """Sign in by a username or an address; raises NotPermitted with one sentence for every reason.

    `device` is the cookie of a browser that has signed in before: its failures count apart (T096). `confirms` is
    whether the person who is signed in confirms that it is them: no other name counts then.
    """
    attempt = await call(find, login, device, confirms=confirms)
    match = await call.slow(lambda: compare(attempt, password))
    return await call(finish, attempt, match, **how)


async def check_password(call: Call, password: str, device: str | None) -> tuple[Attempt, Match | None]:
    """Compare the password that a signed-in person typed again; `finish_again` accepts or refuses it."""
    attempt = await call(find_again, device)
    return attempt, await call.slow(lambda: compare(attempt, password))


@writes
def find(ctx: Context, login: str, device: str | None, *, confirms: bool = False) -> Attempt:
    """Find the accounts that a name may mean, and count the attempt before anything is compared."""
    login = ctx.session.username if confirms and ctx.session is not None else login
    rate_limits.spend(ctx, budgets.SIGN_IN_ADDRESS, budgets.network(ctx.source.ip))
    found = _by_email(ctx, login) if "@" in login else (users.find_by_username(ctx.db, names.canonical(login)),)
    if not any(found):
        _count_unknown(ctx, login)
    return Attempt(tuple(_make_candidate(ctx, user, device) for user in found), device, _count_rests(ctx, login))


def _count_rests(ctx: Context, login: str) -> int:
    """Count an attempt at one name from here; return for how many seconds there may be no more.

    The account's own budget would reveal which accounts exist, and which address belongs to which name.
    """
    budget, here = budgets.SIGN_IN_HERE, (budgets.network(ctx.source.ip), _known_as(login))
    return 0 if rate_limits.try_spend(ctx, budget, *here) else rate_limits.wait_seconds(ctx, budget, *here)


@writes
def find_again(ctx: Context, device: str | None) -> Attempt:
    """Begin to check the signed-in person's password, on the same budgets as the sign-in page (T097).

    Raises StepUpNeeded for a person whose password is not enough.
    """
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    step_up.require_with_password(ctx)
    candidate = _make_candidate(ctx, users.find(ctx.db, ctx.session.user_id), device)
    if candidate.kept is None:
        raise TooManyAttempts(60)
    return Attempt((candidate,), device)


def find_owner(ctx: Context, user_id: str, device: str | None) -> Attempt:
    """Begin to check the password of one account, on the same budgets as the sign-in page (T097)."""
    candidate = _make_candidate(ctx, users.find(ctx.db, user_id), device)
    return Attempt((candidate,), device)


def require_owner(ctx: Context, attempt: Attempt | None, match: Match | None, *, field: str) -> None:
    """Raise Invalid for a field of the form unless the password of that one account was given."""
    user = _require_unchanged(ctx, match)
    if attempt is None or user is None:
        if attempt is not None:
            _note_failure(ctx, attempt)
        raise Invalid(**{field: N_("This is not the password of that account.")})
    _forgive(ctx, user.id, attempt.device)


def compare(attempt: Attempt, password: str) -> Match | None:
    """Compare with every candidate, always all of them; slow, so only in `runner.slow`."""
    found: Match | None = None
    for candidate in attempt.candidates:
        checked = password_hashing.check(password, candidate.kept)
        if checked.right and found is None and candidate.user_id and candidate.kept:
            found = Match(candidate.user_id, candidate.kept, checked.upgraded)
    return found


@writes
def finish(
    ctx: Context, attempt: Attempt, match: Match | None, *, kept: bool | None = None, flow: str | None = None
) -> Arrival:
    """Let the person of the right password arrive; raises NotPermitted with one text for every reason."""
    user = _require_unchanged(ctx, match)
    if user is None or match is None:
        _note_failure(ctx, attempt)
        if attempt.wait_seconds:
            raise NameRests(attempt.wait_seconds)
        raise NotPermitted(N_("Wrong username or password."))
    # The address comes first, as in `find`: two sign-ins would wait for each other's row, and PostgreSQL would end one.
    rate_limits.give_back(ctx, budgets.SIGN_IN_ADDRESS, budgets.network(ctx.source.ip))
    rate_limits.spend(ctx, budgets.SIGN_INS, user.id)
    _forgive(ctx, user.id, attempt.device)
    if match.upgraded is not None:
        users.upgrade_hash(ctx.db, user.id, match.kept, match.upgraded)
    return arrive(ctx, user, attempt.device, kept=kept, flow=flow)


def arrive(
    ctx: Context, user: User, device: str | None, *, kept: bool | None = None, flow: str | None = None
) -> Arrival:
    """Start a session for a person who proved one factor, or ask for a second one first (T090, T104).

    Every way to a session passes here, whatever proved the person: a password, or the link of a mail.
    """
    if waiting.is_needed(ctx, user, device, flow):
        return SecondFactorNeeded(waiting.begin(ctx, user, sessions.PASSWORD, kept), user.id)
    return welcome(ctx, user.id, device, user.generation, kept=kept)


def finish_again(ctx: Context, attempt: Attempt, match: Match | None, *, field: str) -> User:
    """Return the signed-in person if the password was right; raises Invalid for that field, or StepUpNeeded."""
    user = _require_unchanged(ctx, match)
    if user is None or ctx.session is None or user.id != ctx.session.user_id:
        _note_failure(ctx, attempt)
        raise Invalid(**{field: N_("This is not your current password.")})
    step_up.require_with_password(ctx)
    _forgive(ctx, user.id, attempt.device)
    return user


def welcome(  # noqa: PLR0913  (what a session is made of)
    ctx: Context,
    user_id: str,
    device: str | None,
    generation: int,
    *,
    amr: str = sessions.PASSWORD,
    kept: bool | None = None,
) -> SignedIn:
    """Start a session under a new id (T103) and remember the device; see `sessions.start` for the rest.

    Nothing more is asked: only for a person who has proved all that `arrive` asks for.
    """
    is_new = new_sign_ins.is_one(ctx, user_id, device)
    started = sessions.start(ctx, user_id, generation, amr=amr, kept=kept, in_question=is_new)
    if is_new:
        new_sign_ins.report(ctx, user_id, started.sid)
    known, language = known_browsers.remember(ctx, device, user_id), users.language_of(ctx.db, user_id)
    return SignedIn(started.value, known, user_id, started.kept, language)


def forgive_everybody(ctx: Context, user_id: str) -> None:
    """Reset the failed attempts of an account after its mailbox was proved, so that its owner can sign in (T096)."""
    _forgive(ctx, user_id, None)


def _by_email(ctx: Context, login: str) -> tuple[User | None, User | None]:
    """Return the account that owns the address, and the one that waits to confirm it."""
    key = _make_key(login)
    return users.find_by_email(ctx.db, key), users.find_by_email(ctx.db, names.unconfirmed_key(key))


def _make_key(login: str) -> str:
    try:
        return names.read_email(login).key
    except Invalid:
        return login.strip().lower()[: quotas.SIGN_IN_NAME_LONGEST]


def _count_unknown(ctx: Context, login: str) -> None:
    """Count an attempt at an unknown name like one at an account, so that both cost the same."""
    known_as = _known_as(login)
    rate_limits.try_spend(ctx, budgets.SIGN_IN, "nobody", known_as)
    rate_limits.try_spend(ctx, budgets.SIGN_IN_LONG, "nobody", known_as)


def _known_as(login: str) -> str:
    return _make_key(login) if "@" in login else names.canonical(login)[: quotas.SIGN_IN_NAME_LONGEST]


def _make_candidate(ctx: Context, user: User | None, device: str | None) -> Candidate:
    """Return the account with its hash; without the hash if it has no attempts left or is disabled."""
    if user is None:
        return Candidate()
    usable = _spend(ctx, user.id, device) and not deletions.bars(ctx.db, user, ctx.now)
    return Candidate(user.id, user.password_hash if usable else None)


def _spend(ctx: Context, user_id: str, device: str | None) -> bool:
    known = known_browsers.read(device)
    pair, whose = (budgets.SIGN_IN, budgets.SIGN_IN_LONG), (user_id,)
    if known is not None and known.knows(ctx, user_id):
        pair, whose = (budgets.SIGN_IN_KNOWN, budgets.SIGN_IN_KNOWN_LONG), (user_id, known.id)
    return all(rate_limits.try_spend(ctx, budget, *whose) for budget in pair)


def _forgive(ctx: Context, user_id: str, device: str | None) -> None:
    """Reset the failed attempts: the limit counts failures in a row (NIST SP 800-63B-4 §3.2.2)."""
    rate_limits.refill(ctx, budgets.SIGN_IN, user_id)
    rate_limits.refill(ctx, budgets.SIGN_IN_LONG, user_id)
    known = known_browsers.read(device)
    if known is not None:
        rate_limits.refill(ctx, budgets.SIGN_IN_KNOWN, user_id, known.id)
        rate_limits.refill(ctx, budgets.SIGN_IN_KNOWN_LONG, user_id, known.id)


def _require_unchanged(ctx: Context, match: Match | None) -> User | None:
    """Return the account, unless it was disabled or got another password during the comparison (T104).

    Hash and generation come from one read, so a session made by this proof ends with the password (T092).
    """
    user = users.find(ctx.db, match.user_id) if match is not None else None
    if user is None or match is None or user.password_hash != match.kept or deletions.bars(ctx.db, user, ctx.now):
        return None
    return user


def _note_failure(ctx: Context, attempt: Attempt) -> None:
    known = next((candidate.user_id for candidate in attempt.candidates if candidate.user_id), None)
    audit.record_attempt(ctx, "login.failed", user_id=known)
