"""Client secrets: generated, shown once, kept as digests, several at a time."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, names, quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens import format as token_format
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
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


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A fresh secret; `value` exists only in this answer. `working` are all working secrets of the app, with it."""

    id: str
    value: str
    working: tuple[SecretView, ...]


def add(ctx: Context, client: Client, label: str) -> NewSecret:
    """Make another secret; the caller has checked whose app it is. Raises NotPermitted and Invalid."""
    working = client_secrets.list_working(ctx.db, client.id)
    if len(working) >= quotas.SECRETS_OF_AN_APP:
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
    )
    client_secrets.add(ctx.db, secret)
    audit.record(ctx, "secret.created", client_id=client.id, secret=str(row_id))
    return NewSecret(str(row_id), value, tuple(map(_make_view, (*working, secret))))


def ensure(ctx: Context, client: Client) -> NewSecret | None:
    """Add a secret if the method of the app needs one and it has none; None if nothing is missing."""
    if not client.takes_secret:
        return None
    signs = client.token_endpoint_auth_method == "client_secret_jwt"  # noqa: S105  (a method)
    working = client_secrets.list_working(ctx.db, client.id)
    # A digest alone cannot check a signature (OIDC Core §10.1).
    if any(secret.sealed is not None or not signs for secret in working):
        return None
    return add(ctx, client, SIGNING_LABEL if signs else FIRST_LABEL)


def _seal(ctx: Context, client: Client, value: str) -> bytes | None:
    """Return the encrypted secret for a client that signs with it, None for all others (OIDC Core §10.1)."""
    if client.token_endpoint_auth_method != "client_secret_jwt":  # noqa: S105  (a method)
        return None
    return ctx.server.encryption.seal(PURPOSE, value.encode(), bound_to=client.id)


def list_readable(ctx: Context, client_id: str) -> list[bytes]:
    """Return the working secrets that can be decrypted, newest first: a client signs with one of them."""
    sealed = [secret.sealed for secret in reversed(client_secrets.list_working(ctx.db, client_id)) if secret.sealed]
    return [ctx.server.encryption.unseal(PURPOSE, one, bound_to=client_id) for one in sealed]


def retire(ctx: Context, client: Client, secret_id: str) -> None:
    """Retire a secret; raises NotPermitted for the last one of an app that needs one."""
    working = {str(secret.id): secret for secret in client_secrets.list_working(ctx.db, client.id)}
    secret = working.get(secret_id)
    if secret is None:
        raise NotFound(N_("There is no such secret."))
    if len(working) == 1 and client.takes_secret:
        raise NotPermitted(N_("This is the only secret. Add a new one first, then retire this one."))
    client_secrets.retire(ctx.db, secret.id, client.id, ctx.now)
    audit.record(ctx, "secret.retired", client_id=client.id, secret=secret_id)


def list_views(ctx: Context, client_id: str) -> tuple[SecretView, ...]:
    """List the working secrets of an app; the caller has checked whose app it is."""
    return tuple(map(_make_view, client_secrets.list_working(ctx.db, client_id)))


def _make_view(secret: ClientSecret) -> SecretView:
    return SecretView(
        id=str(secret.id),
        label=_OUR_LABELS.get(secret.label, secret.label),
        hint=secret.hint,
        created_at=secret.created_at,
        last_used_at=secret.last_used_at,
    )


def read(value: str | None) -> PresentedSecret:
    """Read a secret as a caller sent it."""
    key = token_format.read(KIND, value) if value is not None else None
    return NOT_A_SECRET if key is None else PresentedSecret(*key)


def matches(ctx: Context, client: Client | None, presented: PresentedSecret, stored: StoredSecret | None) -> bool:
    """Decide whether a presented secret is the stored one, in constant time, and note that it was used.

    `stored` is the client's working secret of the presented id. A client that moved to a method without a secret
    keeps its old ones, so that this can be undone; none of them is accepted meanwhile.
    """
    if client is None or stored is None:
        return False
    if not hmac.compare_digest(stored.digest, presented.digest) or not client.takes_secret:
        return False
    ctx.server.last_used.note_secret(presented.id, ctx.now_ms, stored.used_ms)
    return True


def check(ctx: Context, client_id: str, value: str) -> tuple[Client | None, bool]:
    """Return the client of that id, and whether this is one of its working secrets."""
    presented = read(value)
    found = clients.find_with_secret(ctx.db, client_id, presented.id)
    if found is None:
        return None, False
    client, stored = found
    return client, matches(ctx, client, presented, stored)
