"""Client secrets: generated, shown once, kept as digests, several at a time."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, lifetimes, names, quotas
from oauth2system.protocol.clients.authentication import SecretCheck
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens import format as token_format
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.services.clients import playground, secret_expiry
from oauth2system.storage.tables import client_secrets, clients
from oauth2system.storage.tables.client_secrets import ClientSecret
from oauth2system.storage.tables.clients import StoredSecret

KIND = token_format.Kind.SECRET
PURPOSE = "client-secret"
HINT_LENGTH = 4
# The labels that we give: stored in English, and translated when they are shown.
LABEL, FIRST_LABEL, SIGNING_LABEL = N_("Secret"), N_("First secret"), N_("Secret for signing")
_OUR_LABELS: Mapping[str, Message] = {str(label): label for label in (LABEL, FIRST_LABEL, SIGNING_LABEL)}


class PresentedSecret(NamedTuple):
    """The id inside a secret that a caller sent, and the digest that must be stored under that id."""

    id: int
    digest: bytes


# An id without a row: a malformed secret costs the same read as a wrong one.
NOT_A_SECRET = PresentedSecret(-1, b"")


@dataclass(frozen=True, slots=True)
class SecretView:
    """What the owner sees of a secret: `label` is a message where we named it, `hint` has its last characters."""

    id: str
    label: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None
    last_network: str = ""
    last_method: str = ""
    # When it last came in a query string.
    query_at: datetime | None = None
    # Uses of this day and of the one before, in UTC.
    uses_today: int = 0
    uses_yesterday: int = 0
    expires_at: datetime | None = None
    expired: bool = False
    # It can be retired: the app keeps one that works, or needs none.
    may_retire: bool = True
    # The secret that was made to replace this one, and whether this one has been silent for a day since.
    replaced_by: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A fresh secret; `value` exists only in this answer. `working` are all secrets of the app, with it."""

    id: str
    value: str
    working: tuple[SecretView, ...]


class ReadableSecret(NamedTuple):
    """A secret with which a client signs."""

    id: int
    value: bytes
    hint: str
    expired: bool


def add(
    ctx: Context, client: Client, label: str, *, expires_at: datetime | None = None, replaces_id: int | None = None
) -> NewSecret:
    """Make another secret; the caller has checked whose app it is. Raises NotPermitted and Invalid."""
    kept = client_secrets.list_kept(ctx.db, client.id)
    if len(kept) >= quotas.SECRETS_OF_AN_APP:
        raise NotPermitted(N_("Retire an old secret first; an app can have ten."))
    text = " ".join(label.split()) or LABEL
    if problem := names.label_problem(text, quotas.SECRET_LABEL_LONGEST):
        raise Invalid(label=problem)
    rate_limits.spend(ctx, budgets.NEW_SECRETS, client.id)
    row_id = ctx.new_id()
    value = token_format.mint(KIND, row_id, ctx.random(32))
    secret = ClientSecret(
        id=row_id,
        client_id=client.id,
        digest=token_format.digest(KIND, value),
        sealed=_seal(ctx, client, value),
        label=text,
        hint=value[-HINT_LENGTH:],
        created_at=ctx.now,
        expires_at=expires_at,
        replaces_id=replaces_id,
        reminded=0 if expires_at is None else secret_expiry.count_past_mails(expires_at - ctx.now),
    )
    client_secrets.add(ctx.db, secret)
    audit.record(ctx, "secret.created", user_id=client.owner_id, client_id=client.id, secret=str(row_id))
    return NewSecret(str(row_id), value, _make_views(ctx, client, [*kept, secret]))


def replace(ctx: Context, client: Client, secret_id: str) -> NewSecret:
    """Make the successor of a secret, which keeps working, with its label and for as long as it was made for.

    Raises NotFound, and NotPermitted where a successor is there already.
    """
    kept = client_secrets.list_kept(ctx.db, client.id)
    old = _find(kept, secret_id)
    if any(one.replaces_id == old.id for one in kept):
        raise NotPermitted(N_("There is already a new secret for this one."))
    expires_at = None if old.expires_at is None else ctx.now + (old.expires_at - old.created_at)
    return add(ctx, client, old.label, expires_at=expires_at, replaces_id=old.id)


def _find(kept: Sequence[ClientSecret], secret_id: str) -> ClientSecret:
    found = next((one for one in kept if str(one.id) == secret_id), None)
    if found is None:
        raise NotFound(N_("There is no such secret."))
    return found


def ensure(ctx: Context, client: Client) -> NewSecret | None:
    """Add a secret if the method of the app needs one and it has none; None if nothing is missing."""
    if not client.takes_secret:
        return None
    signs = client.token_endpoint_auth_method == "client_secret_jwt"  # noqa: S105  (a method)
    kept = client_secrets.list_kept(ctx.db, client.id)
    # A digest alone cannot check a signature (OIDC Core §10.1).
    if any(secret.sealed is not None or not signs for secret in kept):
        return None
    return add(ctx, client, SIGNING_LABEL if signs else FIRST_LABEL)


def _seal(ctx: Context, client: Client, value: str) -> bytes | None:
    """Return the encrypted secret for a client that signs with it, None for all others (OIDC Core §10.1)."""
    if client.token_endpoint_auth_method != "client_secret_jwt":  # noqa: S105  (a method)
        return None
    return ctx.server.encryption.seal(PURPOSE, value.encode(), bound_to=client.id)


def list_readable(ctx: Context, client_id: str) -> list[ReadableSecret]:
    """Return the secrets that can be decrypted, newest first, expired ones last: a client signs with one of them."""
    sealed = [one for one in reversed(client_secrets.list_kept(ctx.db, client_id)) if one.sealed]
    readable = [_unseal(ctx, one, one.sealed) for one in sealed if one.sealed]
    return sorted(readable, key=lambda one: one.expired)


def _unseal(ctx: Context, secret: ClientSecret, sealed: bytes) -> ReadableSecret:
    value = ctx.server.encryption.unseal(PURPOSE, sealed, bound_to=secret.client_id)
    return ReadableSecret(secret.id, value, secret.hint, _has_expired(ctx, secret))


def retire(ctx: Context, client: Client, secret_id: str) -> None:
    """Retire a secret; raises NotPermitted for the last one that works of an app that needs one."""
    kept = client_secrets.list_kept(ctx.db, client.id)
    secret = _find(kept, secret_id)
    if not _may_retire(ctx, client, secret, kept):
        raise NotPermitted(N_("This is the only secret. Add a new one first, then retire this one."))
    client_secrets.retire(ctx.db, secret.id, client.id, ctx.now)
    audit.record(ctx, "secret.retired", user_id=client.owner_id, client_id=client.id, secret=secret_id)


def _may_retire(ctx: Context, client: Client, secret: ClientSecret, kept: Sequence[ClientSecret]) -> bool:
    if not client.takes_secret or _has_expired(ctx, secret):
        return True
    return any(one is not secret and not _has_expired(ctx, one) for one in kept)


def _has_expired(ctx: Context, secret: ClientSecret) -> bool:
    return secret.expires_at is not None and secret.expires_at <= ctx.now


def list_views(ctx: Context, client: Client) -> tuple[SecretView, ...]:
    """List the secrets of an app that are not retired; the caller has checked whose app it is."""
    return _make_views(ctx, client, client_secrets.list_kept(ctx.db, client.id))


def _make_views(ctx: Context, client: Client, kept: Sequence[ClientSecret]) -> tuple[SecretView, ...]:
    successors = {one.replaces_id: one for one in kept if one.replaces_id is not None}
    return tuple(_make_view(ctx, client, one, kept, successors.get(one.id)) for one in kept)


def _make_view(
    ctx: Context, client: Client, secret: ClientSecret, kept: Sequence[ClientSecret], successor: ClientSecret | None
) -> SecretView:
    today = ctx.now_ms // lifetimes.Lifetime(days=1).in_ms
    by_day = {secret.used_day: secret.uses, secret.used_day - 1: secret.uses_before}
    return SecretView(
        id=str(secret.id),
        label=_OUR_LABELS.get(secret.label, secret.label),
        hint=secret.hint,
        created_at=secret.created_at,
        last_used_at=secret.last_used_at,
        last_network=secret.last_network or "",
        last_method=secret.last_method or "",
        query_at=secret.query_at,
        uses_today=by_day.get(today, 0),
        uses_yesterday=by_day.get(today - 1, 0),
        expires_at=secret.expires_at,
        expired=_has_expired(ctx, secret),
        may_retire=_may_retire(ctx, client, secret, kept),
        replaced_by=str(successor.id) if successor else "",
        silent=successor is not None and _is_silent(ctx, secret, successor),
    )


def _is_silent(ctx: Context, old: ClientSecret, successor: ClientSecret) -> bool:
    """Return whether a secret was not used for a day, counted from the day its successor was made at the earliest."""
    since = max(successor.created_at, old.last_used_at or successor.created_at)
    return ctx.now - since >= lifetimes.SECRET_SILENT


def read(value: str | None) -> PresentedSecret:
    """Read a secret as a caller sent it."""
    key = token_format.read(KIND, value) if value is not None else None
    return NOT_A_SECRET if key is None else PresentedSecret(*key)


def judge(
    ctx: Context, client: Client | None, presented: PresentedSecret, stored: StoredSecret | None, method: str | None
) -> SecretCheck:
    """Compare a presented secret with the stored one, in constant time; with a `method` its use is counted.

    `stored` is the client's unretired secret of the presented id. A client that moved to a method without a secret
    keeps its old ones, so that this can be undone; none of them is accepted meanwhile.
    """
    if client is not None and playground.stands_in(ctx, client, presented.digest):
        return SecretCheck.RIGHT if client.takes_secret else SecretCheck.WRONG
    if client is None or stored is None:
        return SecretCheck.WRONG
    if not hmac.compare_digest(stored.digest, presented.digest) or not client.takes_secret:
        return SecretCheck.WRONG
    if stored.expires_ms is not None and stored.expires_ms <= ctx.now_ms:
        return SecretCheck.EXPIRED
    if method is not None:
        note_use(ctx, presented.id, method)
    return SecretCheck.RIGHT


def note_use(ctx: Context, secret_id: int, method: str) -> None:
    """Note that a secret was accepted from this caller; it is written later (runtime/last_used.py)."""
    ctx.server.last_used.note_secret(secret_id, ctx.now_ms, ctx.source.ip, method)


def check(ctx: Context, client_id: str, value: str, method: str | None = None) -> tuple[Client | None, SecretCheck]:
    """Return the client of that id, and whether this is one of its working secrets."""
    presented = read(value)
    found = clients.find_with_secret(ctx.db, client_id, presented.id)
    if found is None:
        return None, SecretCheck.WRONG
    client, stored = found
    return client, judge(ctx, client, presented, stored, method)
