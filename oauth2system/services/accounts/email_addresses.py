"""Email addresses: confirmed, changed, and a change undone; another link to do so."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from oauth2system import ids
from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.accounts import admission, records, registration, revoke_access
from oauth2system.services.authorization import flows
from oauth2system.services.sessions import sign_in
from oauth2system.services.sessions.sign_in import Arrival, Attempt, Match
from oauth2system.storage.tables import ephemeral, passkeys, recovery_codes, totp, users
from oauth2system.storage.tables.ephemeral import Ephemeral, Whose
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a link did: `did` is confirmed, moved or undone. The session is None unless the link also signed in."""

    did: str
    is_asker: bool = False
    signed_in: Arrival | None = field(default=None, repr=False)
    then: str = "/"


class AddressHeld(Invalid):
    """Another account has confirmed this address meanwhile."""


class AddressKeptBack(Invalid):
    """The account that gave this address up by a change can still take it back."""


class AlreadyConfirmed(Invalid):
    """The link was used before, and the account has its address: nothing is left to do."""


@dataclass(frozen=True, slots=True)
class AccountProof:
    """What must come with a link in a browser that did not register: the account's password."""

    attempt: Attempt
    match: Match | None = None


@transacts
def find_who_must_prove(
    ctx: Context, token: str | None, *, browser: str | None, device: str | None
) -> AccountProof | None:
    """Return whose password is asked before a link counts in this browser; None where none is asked.

    An attacker who registers somebody else's address waits for them to press a button in a mail they did not
    order. So the link alone confirms only where the account was made, or where it is signed in.
    """
    rate_limits.spend(ctx, budgets.LINK, budgets.network(ctx.source.ip))
    row = one_time_links.find(ctx, Kind.CONFIRM, token)
    if row is None or row.user_id is None or row.data["does"] != "confirm":
        return None
    if is_askers(ctx, row.user_id, browser):
        return None
    return AccountProof(sign_in.find_owner(ctx, row.user_id, device))


def is_askers(ctx: Context, user_id: str, browser: str | None) -> bool:
    """Return whether this browser registered the account or is signed in to it."""
    if ctx.session is not None and ctx.session.user_id == user_id:
        return True
    registered = one_time_links.find(ctx, Kind.BROWSER, browser)
    return registered is not None and registered.user_id == user_id


async def confirm(
    call: Call, token: str | None, password: str, *, browser: str | None, device: str | None
) -> Confirmed:
    """Use the link of a mail; a browser that did not ask for it must also send the account's password."""
    proof = await call(find_who_must_prove, token, browser=browser, device=device)
    if proof is not None:
        attempt = proof.attempt
        proof = AccountProof(attempt, await call.slow(lambda: sign_in.compare(attempt, password)))
    return await call(use_link, token, browser=browser, device=device, proof=proof)


@transacts
def use_link(
    ctx: Context, token: str | None, *, browser: str | None, device: str | None, proof: AccountProof | None = None
) -> Confirmed:
    """Use the link of a mail, once: confirm, change or undo, by the kind of the link."""
    if token and token_format.read(Kind.UNDO, token):
        return _undo(ctx, token)
    row = one_time_links.find(ctx, Kind.CONFIRM, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if row is None or user is None or user.disabled_at is not None:
        raise _explain_unusable(ctx, token)
    if row.data["does"] == "move":
        return _move(ctx, token, row, user)
    if not is_askers(ctx, user.id, browser):
        attempt, match = (proof.attempt, proof.match) if proof else (None, None)
        sign_in.require_owner(ctx, attempt, match, field="password")
    return _confirm(ctx, token, row, user, browser=browser, device=device)


def _confirm(  # noqa: PLR0913  (the facts of one thing)
    ctx: Context, token: str | None, row: Ephemeral, user: User, *, browser: str | None, device: str | None
) -> Confirmed:
    """Give the account its address; sign in only the browser that registered (T101)."""
    if user.email_key != row.data["key"]:  # what an administrator gave the account stays allowed
        admission.require_domain(ctx, row.data["key"], field="token")
    with ctx.db.all_or_nothing():
        _claim(ctx, user, user.email, row.data["key"])
        if one_time_links.take(ctx, Kind.CONFIRM, token) is None:
            raise _refuse_dead()
    audit.record(ctx, "email.confirmed", user_id=user.id)
    registered = one_time_links.find(ctx, Kind.BROWSER, browser)
    if registered is None or registered.user_id != user.id:
        return Confirmed("confirmed", is_asker=ctx.session is not None and ctx.session.user_id == user.id)
    one_time_links.take(ctx, Kind.BROWSER, browser)
    arrival = sign_in.arrive(ctx, user, device)
    return Confirmed("confirmed", signed_in=arrival, then=_choose_next_page(ctx, registered.data["next"]))


def _choose_next_page(ctx: Context, then: str) -> str:
    """Return where the person was going, and whether that request has expired meanwhile."""
    flow = parse_qs(urlsplit(then).query).get("flow", [""])[0]
    if not flow or token_format.read(Kind.FLOW, flow) is None or flows.find(ctx, flow) is not None:
        return then
    return f"/account/email_confirm?{urlencode({'flow': flow, 'notice': 'confirmed_late'})}"


def _claim(ctx: Context, user: User, address: str, key: str) -> None:
    """Give the account the address, unless another one holds it; unconfirmed accounts with it are deleted (T095)."""
    holder = users.find_by_email(ctx.db, key)
    if holder is not None and holder.id != user.id:
        raise _refuse_held()
    waiting = users.find_by_email(ctx.db, names.unconfirmed_key(key))
    if waiting is not None and waiting.id != user.id:
        audit.record(ctx, "account.replaced", user_id=waiting.id)
        records.remove(ctx, waiting)
    if not users.claim_email(ctx.db, user.id, address, key, ctx.now):
        raise _refuse_held()
    if records.find_hold(ctx, key, user.id) is not None:
        raise AddressKeptBack(token=N_("Another account gave this address up in the last 7 days and may take it back."))
    records.release_address(ctx, user.id, key)


@transacts
def resend(ctx: Context, *, email: str | None, browser: str | None, then: str) -> str | None:
    """Send another confirmation to a person who is signed in, has just registered, or names an address (T088).

    Returns a cookie for a browser that is known, so that the link goes on to `then` there.
    """
    rate_limits.spend(ctx, budgets.MAIL_ADDRESS, budgets.network(ctx.source.ip))
    registered = one_time_links.find(ctx, Kind.BROWSER, browser) if email is None else None
    proof = ctx.session or registered
    user_id = proof.user_id if proof is not None else None
    if proof is None or user_id is None:
        key = names.read_email(email or "").key
        outbox.mail(ctx, "confirm_again", lives=lifetimes.CONFIRM_LINK, key=key)
        return None
    user = users.find(ctx.db, user_id)
    if user is not None:
        outbox.mail(ctx, "confirm", lives=lifetimes.CONFIRM_LINK, user_id=user.id)
    data = registration.describe_origin(ctx, then)
    return one_time_links.mint(
        ctx,
        Kind.BROWSER,
        lives=lifetimes.CONFIRM_LINK,
        data=data,
        whose=Whose(user_id, proof.generation),
    )


async def move(call: Call, email: str, password: str, device: str | None) -> None:
    """Begin a change of address, by the current password; raises Invalid. Nothing changes yet (T094)."""
    attempt, match = await sign_in.check_password(call, password, device)
    await call(ask_to_move, attempt, match, email)


@transacts
def ask_to_move(ctx: Context, attempt: Attempt, match: Match | None, email: str) -> None:
    """Mail a link to the new address and notify the old one; nothing changes until the link is used (T094)."""
    user = sign_in.finish_again(ctx, attempt, match, field="password")
    new = names.read_email(email)
    if new.key == user.email_key and user.email_confirmed_at is not None:
        raise Invalid(email=N_("This is your address already."))
    admission.require_domain(ctx, new.key)
    rate_limits.spend(ctx, budgets.MAIL_TO, "email_change", user.id)
    ephemeral.drop(ctx.db, (Kind.CONFIRM,), user_id=user.id)
    data = {"does": "move", "email": new.address, "key": new.key}
    token = one_time_links.mint(
        ctx, Kind.CONFIRM, lives=lifetimes.CONFIRM_LINK, data=data, whose=Whose(user.id, user.generation)
    )
    outbox.mail(
        ctx, "email_change", lives=lifetimes.CONFIRM_LINK, user_id=user.id, to=new.address, key=new.key, token=token
    )
    if user.email_confirmed_at is not None:
        facts = {"to": user.email, "username": user.username, "new": new.address}
        outbox.mail(ctx, "email_change_asked", lives=lifetimes.CONFIRM_LINK, **facts)
    audit.record(ctx, "email.move_asked", user_id=user.id)


def _move(ctx: Context, token: str | None, row: Ephemeral, user: User) -> Confirmed:
    """Change the address to the one that was confirmed; the old mailbox can undo it for a week."""
    if ctx.session is None or ctx.session.user_id != user.id:
        raise registration.SignInFirst(N_("Sign in to the account that changes to this address, then confirm."))
    admission.require_domain(ctx, row.data["key"], field="token")
    old = (user.email, user.email_key) if user.email_confirmed_at is not None else None
    with ctx.db.all_or_nothing():
        _claim(ctx, user, row.data["email"], row.data["key"])
        if one_time_links.take(ctx, Kind.CONFIRM, token) is None:
            raise _refuse_dead()
    if old is not None:
        records.hold_address(ctx, user.id, old[1])
    # Links that were sent to the old mailbox end, but not those that undo an earlier change.
    ephemeral.drop(ctx.db, (Kind.CONFIRM, Kind.RESET), user_id=user.id)
    if old is not None:
        data = {"email": old[0], "key": old[1]}
        undo = one_time_links.mint(ctx, Kind.UNDO, lives=lifetimes.UNDO_LINK, data=data, whose=Whose(user.id, None))
        facts = {"to": old[0], "username": user.username, "new": row.data["email"], "token": undo}
        outbox.mail(ctx, "email_changed", lives=lifetimes.UNDO_LINK, **facts)
    audit.record(ctx, "email.moved", user_id=user.id)
    return Confirmed("moved", then="/account")


def _undo(ctx: Context, token: str) -> Confirmed:
    """Restore the old address and end every session; the password must be reset to sign in again."""
    row = one_time_links.find(ctx, Kind.UNDO, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if row is None or user is None or user.disabled_at is not None:
        raise _refuse_dead()
    with ctx.db.all_or_nothing():  # while another account holds the address, the link stays usable
        _claim(ctx, user, row.data["email"], row.data["key"])
        if one_time_links.take(ctx, Kind.UNDO, token) is None:
            raise _refuse_dead()
    # Links that undo later changes were sent to addresses of the person who made those: they end.
    ephemeral.drop_newer(ctx.db, Kind.UNDO, user.id, row.id)
    users.update(ctx.db, user.id, password_hash=None)
    # Who changed the address may have added factors just before: to come back with them, or to lock the owner out.
    since = ids.made_ms(row.id) - lifetimes.UNDO_LINK.in_ms
    for factor in (passkeys, totp, recovery_codes):
        factor.remove_since(ctx.db, user.id, since)
    revoke_access.revoke_all(ctx, user.id, "address restored")
    outbox.mail(ctx, "reset", lives=lifetimes.RESET_LINK, key=row.data["key"])
    audit.record(ctx, "email.move_undone", user_id=user.id)
    return Confirmed("undone", then="/account/password_reset")


def _explain_unusable(ctx: Context, token: str | None) -> Invalid:
    """Refuse a link that cannot be used; the second click on a link that worked is no failure."""
    row = one_time_links.look(ctx, Kind.CONFIRM, token, lives=lifetimes.CONFIRM_LINK).row
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if row is None or user is None or user.email_confirmed_at is None or user.email_key != row.data["key"]:
        return _refuse_dead()
    return AlreadyConfirmed(token=N_("This address is already confirmed."))


def _refuse_held() -> AddressHeld:
    return AddressHeld(token=N_("This address belongs to another account by now. Sign in with that one."))


def _refuse_dead() -> Invalid:
    return Invalid(token=N_("This link has been used or has expired. Ask for a new one."))
