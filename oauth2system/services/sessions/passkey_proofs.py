"""What the use of a passkey proves: the challenge, the key, the person, and that the key has no copy.

A challenge is not kept anywhere (decision 0028): it carries when it ends, and a tag made with our key for one purpose
and one browser or session. That it is used once is noted when a right signature came with it. So anonymous callers
can ask for as many challenges as they like.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from oauth2system.errors import NotPermitted
from oauth2system.policy import budgets, lifetimes, page_messages
from oauth2system.protocol import passkeys as rules
from oauth2system.protocol.passkeys import BrowserAnswer, Defect, Known, Site, Unproved, Use
from oauth2system.runtime import audit, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import deletions, passkeys, replays, users
from oauth2system.storage.tables.passkeys import Passkey
from oauth2system.storage.tables.users import User

_BEGIN = 24
_CODES = {
    Defect.ORIGIN: "passkey_origin",
    Defect.CHALLENGE: "passkey_late",
    Defect.UNVERIFIED: "passkey_unverified",
    Defect.UNKNOWN_KIND: "passkey_kind",
}


class PasskeyRefused(NotPermitted):
    """A passkey was not accepted; `code` names the sentence in policy/page_messages.py."""

    def __init__(self, code: str) -> None:
        """Keep the code, with its sentence as the message."""
        super().__init__(page_messages.error(code).text)
        self.code = code


@dataclass(frozen=True, slots=True)
class PasskeyProof:
    """The person whose passkey it was, and how they proved themselves: RFC 8176 values, separated by spaces."""

    user: User = field(repr=False)
    passkey: Passkey = field(repr=False)
    amr: str


def refuse(error: Unproved) -> PasskeyRefused:
    """Return the refusal for an answer that proves nothing."""
    return PasskeyRefused(_CODES.get(error.defect, "passkey_wrong"))


def get_site(ctx: Context) -> Site:
    """Return the relying party: the host and origin of PUBLIC_URL."""
    return Site(ctx.settings.public_host, ctx.settings.public_url)


def describe(found: Sequence[Passkey]) -> list[Known]:
    """Return how a browser finds these passkeys."""
    return [Known(one.credential_id, tuple(one.transports.split())) for one in found]


def mint_challenge(ctx: Context, purpose: str, bound_to: str) -> bytes:
    """Return a challenge for one purpose, answered only by the browser or session that it is bound to."""
    begin = ctx.random(16) + (ctx.now_ms + lifetimes.PASSKEY_CHALLENGE.in_ms).to_bytes(8, "big")
    return begin + _tag(ctx, begin, purpose, bound_to)


def check_challenge(ctx: Context, challenge: bytes, purpose: str, bound_to: str) -> None:
    """Raise PasskeyRefused unless we made this challenge for that purpose and browser, minutes ago."""
    begin, tag = challenge[:_BEGIN], challenge[_BEGIN:]
    is_ours = hmac.compare_digest(tag, _tag(ctx, begin, purpose, bound_to))
    if not is_ours or _end_of(challenge) <= ctx.now_ms:
        raise PasskeyRefused("passkey_late")


def spend_challenge(ctx: Context, challenge: bytes) -> None:
    """Use a challenge up, once the answer to it was verified; raises PasskeyRefused for the second answer."""
    if not replays.claim(ctx.db, sha256(b"passkey\0" + challenge).digest(), _end_of(challenge)):
        raise PasskeyRefused("passkey_late")


def prove(ctx: Context, text: str, purpose: str, bound_to: str, *, whose: str | None = None) -> PasskeyProof:
    """Return the person whose passkey answered our challenge; raises PasskeyRefused.

    `whose` is the person who proved a password before. Without one, the authenticator must have checked the person.
    """
    alone = whose is None
    try:
        answer = rules.read_use(text, get_site(ctx))
        check_challenge(ctx, answer.challenge, purpose, bound_to)
        passkey = _find(ctx, answer)
        if whose is not None and passkey.user_id != whose:
            raise PasskeyRefused("passkey_other")
        # Read before the use is noted: a session under this generation ends with whatever is revoked meanwhile.
        user = users.find(ctx.db, passkey.user_id)
        if user is None or deletions.bars(ctx.db, user, ctx.now):
            raise PasskeyRefused("passkey_unknown")
        use = rules.verify_use(answer, get_site(ctx), passkey.public_key, must_verify=alone)
    except Unproved as error:
        raise refuse(error) from error
    spend_challenge(ctx, answer.challenge)
    _note_use(ctx, user, passkey, use)
    return PasskeyProof(user, passkey, " ".join(rules.methods_of(use, alone=alone)))


def _find(ctx: Context, answer: BrowserAnswer) -> Passkey:
    passkey = passkeys.find(ctx.db, answer.credential_id)
    if passkey is None or not rules.same_handle(passkey.user_handle, answer.user_handle):
        raise PasskeyRefused("passkey_unknown")
    if passkey.refused_at is not None:
        raise PasskeyRefused("passkey_refused")
    return passkey


def _note_use(ctx: Context, user: User, passkey: Passkey, use: Use) -> None:
    """Store the counter; one that did not rise shows a copy of the key, and ends the passkey."""
    if passkeys.use(ctx.db, passkey.id, use.sign_count, copied=use.copied, used_at=ctx.now):
        return
    now = passkeys.find(ctx.db, passkey.credential_id)
    if now is None:  # removed at this moment
        raise PasskeyRefused("passkey_unknown")
    if passkeys.refuse(ctx.db, passkey.id, ctx.now):
        audit.record(ctx, "passkey.copied", user_id=user.id, passkey=passkey.name)
        mail(ctx, user, "copied")
    raise PasskeyRefused("passkey_refused")


def mail(ctx: Context, user: User, did: str) -> None:
    """Report to a person that a passkey of theirs was added, removed or copied."""
    if user.email_confirmed_at is None or not rate_limits.try_spend(ctx, budgets.MAIL_TO, "passkey", did, user.id):
        return
    facts = {"to": user.email, "username": user.username, "when": str(ctx.now_ms)}
    outbox.mail(ctx, "passkey", lives=lifetimes.CONFIRM_LINK, did=did, **facts)


def _end_of(challenge: bytes) -> int:
    return int.from_bytes(challenge[16:_BEGIN], "big")


def _tag(ctx: Context, begin: bytes, purpose: str, bound_to: str) -> bytes:
    return ctx.server.encryption.fingerprint("passkey challenge", begin.hex(), purpose, bound_to)
