"""Registration, and the first administrator: checked, hashed outside, then written.

A registration reveals nothing about anybody's address: the same rows are written and the same
mail is ordered whether or not the address has an owner (T086). An unconfirmed account holds no
address; a newer registration takes its place (T095).
"""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, lifetimes, names, passwords
from oauth2system.policy.names import Email, Username
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.accounts import admission, records, usernames
from oauth2system.services.accounts.terms import acceptance, current
from oauth2system.services.accounts.terms.current import Terms
from oauth2system.services.authorization import flows
from oauth2system.services.sessions import new_passwords, sign_in
from oauth2system.services.sessions.sign_in import Arrival
from oauth2system.storage.tables import clients, ephemeral, users
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.invitations import Invitation
from oauth2system.storage.tables.users import User


class SignInFirst(NotPermitted):
    """This is only for a browser that is signed in to the account (T094)."""


class SetUpAlready(NotPermitted):
    """The set-up link was used, or has expired."""


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """What a person typed, as it came."""

    username: str
    display_name: str
    email: str
    password: str = field(repr=False)
    # The version of the terms whose box was ticked.
    terms: str = ""


@dataclass(frozen=True, slots=True)
class CheckedRegistration:
    """What may be written once the password is hashed."""

    username: Username
    display_name: str
    email: Email
    terms: str = ""


async def register(
    call: Call, form: RegistrationForm, *, then: str, invite: str | None = None, browser: str | None = None
) -> str:
    """Register a person; returns a cookie for the browser, which the link in the mail then signs in.

    Raises Invalid with a sentence for each field, Closed or InvitationNeeded. `browser` is the cookie of an earlier
    registration.
    """
    wanted = await call(check, form, invite=invite, browser=browser)
    password_hash = await new_passwords.hash_unbreached(call, form.password)
    return await call(add, wanted, password_hash, then=then, invite=invite, browser=browser)


async def set_up(call: Call, form: RegistrationForm, token: str | None, device: str | None) -> Arrival:
    """Make the first administrator, by the link that the server printed; raises Invalid or SetUpAlready."""
    wanted = await call(check_first, form, token)
    password_hash = await new_passwords.hash_unbreached(call, form.password)
    return await call(add_first, wanted, password_hash, token, device)


@transacts
def check(
    ctx: Context, form: RegistrationForm, *, invite: str | None = None, browser: str | None = None
) -> CheckedRegistration:
    """Read a registration, or refuse with a sentence for every field that needs one."""
    rate_limits.spend(ctx, budgets.FORM, budgets.network(ctx.source.ip))
    admission.require_open(ctx, invite)
    wanted = read(ctx, form, own=_find_own_earlier(ctx, browser), terms=current.find(ctx))
    _require_admitted(ctx, wanted.email, admission.find_working(ctx, invite))
    return wanted


def _require_admitted(ctx: Context, email: Email, invited: Invitation | None) -> None:
    """Raise Invalid for an address that may have no account here, or that the invitation is not for."""
    if invited is not None:
        admission.require_invited(invited, email)
    admission.require_domain(ctx, email.key)


@transacts
def add(  # noqa: PLR0913  (the three cookies and links of one form)
    ctx: Context,
    wanted: CheckedRegistration,
    password_hash: str,
    *,
    then: str,
    invite: str | None = None,
    browser: str | None = None,
) -> str:
    """Write the account and order its mail; returns a cookie for the browser that did it."""
    rate_limits.spend(ctx, budgets.REGISTER, budgets.network(ctx.source.ip))
    admission.require_open(ctx, invite)
    with ctx.db.all_or_nothing():  # a refusal keeps the invitation and the earlier account
        invited = admission.use(ctx, invite)
        if invited is None:
            admission.require_open(ctx, invite, used=True)
        _require_admitted(ctx, wanted.email, invited)
        _forget(ctx, _find_own_earlier(ctx, browser))
        accepted = current.require(current.find(ctx), wanted.terms)
        user = _write(ctx, wanted, password_hash)
    # The mail counts for the network that registers, so that nobody uses up what the address's owner waits for.
    network = budgets.network(ctx.source.ip)
    outbox.mail(ctx, "confirm", lives=lifetimes.CONFIRM_LINK, user_id=user.id, first_from=network)
    audit.record(ctx, "account.registered", user_id=user.id)
    acceptance.record(ctx, user.id, accepted)
    if invited is not None:
        admission.record_use(ctx, invited, user.id)
    return one_time_links.mint(
        ctx,
        Kind.BROWSER,
        lives=lifetimes.CONFIRM_LINK,
        data=describe_origin(ctx, then),
        whose=Whose(user.id, user.generation),
    )


def describe_origin(ctx: Context, then: str) -> dict[str, str]:
    """Return what is kept for a browser that waits for a mail: where it continues, and the site."""
    flow = parse_qs(urlsplit(then).query).get("flow", [""])[0]
    pending = flows.find(ctx, flow)
    client = clients.find(ctx.db, pending.flow.request.client_id) if pending else None
    return {"next": then, "site": client.name if client else ""}


@transacts
def check_first(ctx: Context, form: RegistrationForm, token: str | None) -> CheckedRegistration:
    """Read the form of the set-up link, which is valid until there is an administrator."""
    rate_limits.spend(ctx, budgets.FORM, budgets.network(ctx.source.ip))
    if one_time_links.find(ctx, Kind.SETUP, token) is None or users.has_admin(ctx.db):
        raise _set_up_already()
    wanted = read(ctx, form, reserved_ok=True)
    if users.find_by_email(ctx.db, wanted.email.key) is not None:
        raise Invalid(email=N_("Another account has this address."))
    return wanted


@transacts
def add_first(
    ctx: Context, wanted: CheckedRegistration, password_hash: str, token: str | None, device: str | None
) -> Arrival:
    """Write the first administrator and sign them in; of two parallel forms one wins."""
    with ctx.db.all_or_nothing():
        if one_time_links.take(ctx, Kind.SETUP, token) is None or users.has_admin(ctx.db):
            raise _set_up_already()
        user = records.write(
            ctx, wanted.username, wanted.email, wanted.display_name, password_hash, confirmed=True, admin=True
        )
    audit.record(ctx, "account.first_admin", user_id=user.id)
    return sign_in.arrive(ctx, user, device)


@transacts
def promote(ctx: Context, token: str | None) -> None:
    """Make the signed-in person the first administrator, by the set-up link; of two parallel requests one wins."""
    rate_limits.spend(ctx, budgets.FORM, budgets.network(ctx.source.ip))
    if ctx.session is None:
        raise SignInFirst(N_("Sign in first."))
    user = users.find(ctx.db, ctx.session.user_id)
    if user is None or users.has_admin(ctx.db) or one_time_links.take(ctx, Kind.SETUP, token) is None:
        raise _set_up_already()
    users.update(ctx.db, user.id, is_admin=True, updated_at=ctx.now)
    audit.record(ctx, "account.first_admin", user_id=user.id)


@transacts
def correct(ctx: Context, email: str, browser: str | None) -> None:
    """Give the account that was just made in this browser another address, and order its mail.

    It has no confirmed address yet: the browser could also register again.
    """
    rate_limits.spend(ctx, budgets.MAIL_ADDRESS, budgets.network(ctx.source.ip))
    wanted, user = names.read_email(email), _find_own_earlier(ctx, browser)
    admission.require_domain(ctx, wanted.key)
    if user is None:
        raise Invalid(email=N_("Sign in and change the address in your profile."))
    with ctx.db.all_or_nothing():
        _wait_for(ctx, user, wanted)
    # Links that were sent to the mistyped address must not confirm it.
    ephemeral.drop(ctx.db, (Kind.CONFIRM,), user_id=user.id)
    network = budgets.network(ctx.source.ip)
    outbox.mail(ctx, "confirm", lives=lifetimes.CONFIRM_LINK, user_id=user.id, first_from=network)
    audit.record(ctx, "account.corrected", user_id=user.id)


def _wait_for(ctx: Context, user: User, wanted: Email) -> None:
    """Let an unconfirmed account wait for another address, in place of the account that waited for it before.

    It may have been confirmed a moment ago: then the address that it proved stays.
    """
    waiting = names.unconfirmed_key(wanted.key)
    other = users.find_by_email(ctx.db, waiting)
    if other is not None and other.id != user.id:
        _forget(ctx, other)
    if not users.wait_for_email(ctx.db, user.id, wanted.address, waiting, ctx.now):
        raise Invalid(email=N_("This account has just changed. Load the page again."))


def _set_up_already() -> SetUpAlready:
    return SetUpAlready(N_("This set-up link has been used or has expired. Start the server again for a new one."))


def read(
    ctx: Context,
    form: RegistrationForm,
    *,
    own: User | None = None,
    reserved_ok: bool = False,
    terms: Terms | None = None,
) -> CheckedRegistration:
    """Read all fields, collecting one sentence for each that cannot be used."""
    problems: dict[str, Message] = {}
    username = email = None
    shown = ""
    try:
        username = _free_username(ctx, form.username, own, reserved_ok=reserved_ok)
    except Invalid as refusal:
        problems |= refusal.problems
    try:
        shown = names.read_display_name(form.display_name, otherwise=username.canonical if username else "-")
    except Invalid as refusal:
        problems |= refusal.problems
    try:
        email = names.read_email(form.email)
    except Invalid as refusal:
        problems |= refusal.problems
    sentence = passwords.problem(form.password, *ctx.settings.site_names, form.username, form.email, form.display_name)
    if sentence is not None:
        problems["password"] = sentence
    try:
        current.require(terms, form.terms)
    except Invalid as refusal:
        problems |= refusal.problems
    if problems or username is None or email is None:
        raise Invalid(**problems)
    return CheckedRegistration(username, shown, email, form.terms)


def _free_username(ctx: Context, text: str, own: User | None, *, reserved_ok: bool) -> Username:
    username = names.read_username(text, reserved_ok=reserved_ok)
    sentence = usernames.find_problem(ctx, username, own)
    if sentence is not None:
        raise Invalid(username=sentence)
    return username


def _find_own_earlier(ctx: Context, browser: str | None) -> User | None:
    """Return the unconfirmed account that this browser made before, which this registration replaces."""
    row = one_time_links.find(ctx, Kind.BROWSER, browser)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id is not None else None
    return user if user is not None and _is_replaceable(user) else None


def _is_replaceable(user: User) -> bool:
    """Return whether the account can be replaced: its address is not confirmed, and no administrator made it."""
    return user.email_confirmed_at is None and user.email_key != names.confirmed_key(user.email_key)


def _forget(ctx: Context, user: User | None) -> None:
    """Delete an unconfirmed account with its password, sessions and links (T095)."""
    if user is not None:
        audit.record(ctx, "account.replaced", user_id=user.id)
        records.remove(ctx, user)


def _write(ctx: Context, wanted: CheckedRegistration, password_hash: str) -> User:
    """Write the account; a parallel registration of the same address (a double click) is replaced like any other."""
    waiting = names.unconfirmed_key(wanted.email.key)
    for _attempt in range(2):
        _forget(ctx, users.find_by_email(ctx.db, waiting))
        fresh = records.create(ctx, wanted.username, wanted.email, wanted.display_name, password_hash)
        user = replace(fresh, email_key=waiting)
        if users.add(ctx.db, user):
            usernames.require_not_held(ctx, wanted.username)
            return user
    raise Invalid(username=N_("This username has just been taken. Choose another."))
