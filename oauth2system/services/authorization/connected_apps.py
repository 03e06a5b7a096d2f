"""The apps that a person has connected: listed with what they read, narrowed, revoked, and restored by an undo.

A revocation counts at once (decision 0033). Its undo gives the permission back and no token: what was revoked stays
revoked, so the app signs the person in again, without a question.
"""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol import scopes
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, audit
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.authorization import read_views
from oauth2system.services.authorization.answers import note_narrowed
from oauth2system.services.authorization.read_views import ReadView
from oauth2system.services.clients import reads as app_reads
from oauth2system.services.clients.reads import ReadPlace
from oauth2system.services.pictures import addresses
from oauth2system.services.tokens import issue
from oauth2system.storage.database.columns import from_ms, to_ms
from oauth2system.storage.tables import consents, ephemeral, users
from oauth2system.storage.tables import reads as read_rows
from oauth2system.storage.tables.consents import Answered, Consent
from oauth2system.storage.tables.ephemeral import Ephemeral, Whose

# Where an app fetches a person; at a sign-in and at a check it gets no more than a name.
_FETCHES = (ReadPlace.API_USER, ReadPlace.USERINFO)


@dataclass(frozen=True, slots=True)
class AllowedScope:
    """A scope that an app may use; one that is not `fixed` can be taken from it."""

    name: str
    words: Message
    fixed: bool


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One app on the connections page."""

    client_id: str
    app_name: str
    owner_name: str
    home: str
    allowed: tuple[AllowedScope, ...]
    granted_at: datetime
    fetched_at: datetime | None
    logo: str = ""
    reads: tuple[ReadView, ...] = ()
    has_more_reads: bool = False


@dataclass(frozen=True, slots=True)
class FormerView:
    """An app that has no access today, and has read the person's data or tried to."""

    client_id: str
    app_name: str
    logo: str
    reads: tuple[ReadView, ...]
    has_more_reads: bool


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections page: the apps with access, newest first, and the others that have a record of reads."""

    connected: tuple[ConnectionView, ...]
    former: tuple[FormerView, ...]


@dataclass(frozen=True, slots=True)
class Revoked:
    """What is left after a revocation, and the handle that undoes it for a few seconds."""

    undo: str
    connections: Connections


async def list_connections(call: Call) -> Connections:
    """List the person's apps and what each read, up to date; raises NotPermitted without a person."""
    await app_log.flush(call)
    await app_reads.save(call.runner)
    return await call(read_connections)


@reads
def read_connections(ctx: Context) -> Connections:
    """List the actor's apps and what each read, as stored; raises NotPermitted without an actor."""
    user_id = _get_actor(ctx)
    connected = consents.list_of_user(ctx.db, user_id)
    former = read_rows.list_unconnected(ctx.db, user_id)
    fetched = read_rows.find_last_fetches(ctx.db, user_id, _FETCHES)
    return Connections(
        tuple(
            ConnectionView(
                found.client_id,
                found.name,
                found.owner,
                found.home,
                list_allowed(scopes.read(found.scopes)),
                found.granted_at,
                _find_newer(found.fetched_at, fetched.get(found.client_id)),
                addresses.logo(found.logo, 64),
                *read_views.list_newest(ctx, user_id, found.client_id, quotas.READS_IN_SHORT),
            )
            for found in connected
        ),
        tuple(
            FormerView(
                one.client_id,
                one.name,
                addresses.logo(one.logo, 64),
                *read_views.list_newest(ctx, user_id, one.client_id, quotas.READS_IN_SHORT),
            )
            for one in former
        ),
    )


def _find_newer(stamp: datetime | None, recorded_ms: int | None) -> datetime | None:
    """Return when an app last fetched a person: by the record of reads, or by a stamp that may be a day older."""
    recorded = None if recorded_ms is None else from_ms(recorded_ms)
    return max((moment for moment in (stamp, recorded) if moment is not None), default=None)


def list_allowed(allowed: frozenset[str]) -> tuple[AllowedScope, ...]:
    """Return scopes in catalogue order, each with whether the app keeps it for as long as it has access."""
    optional = scopes.keep_optional(allowed)
    return tuple(AllowedScope(one.name, one.words, one.name not in optional) for one in scopes.list_in_order(allowed))


@transacts
def narrow(ctx: Context, client_id: str, scope: str) -> Connections:
    """Take one optional scope from an app: its tokens give less at once (T049); raises NotFound or NotPermitted."""
    user_id = _get_actor(ctx)
    while scope in scopes.keep_optional((answered := consents.find(ctx.db, user_id, client_id)).allowed):
        # Where the app calls it optional, it does not ask for it at the next sign-in.
        left = Answered(answered.allowed - {scope}, answered.declined | {scope})
        if consents.narrow(ctx.db, user_id, client_id, before=answered, after=left):
            note_narrowed(ctx, (user_id, client_id), scope)
            return read_connections(ctx)
    raise NotFound(N_("The site has no such access any more."))


@transacts
def revoke(ctx: Context, client_id: str) -> Revoked:
    """Revoke an app's access and all its tokens at once; raises NotFound for an app that has none."""
    user_id = _get_actor(ctx)
    consent = consents.forget(ctx.db, user_id, client_id) if client_id.isdecimal() else None
    if consent is None:
        raise NotFound(N_("This site is not connected."))
    issue.revoke_of_user(ctx, user_id, "consent revoked", client_id)
    audit.record(ctx, "consent.revoked", user_id=user_id, client_id=client_id)
    return Revoked(_keep_for_undo(ctx, consent), read_connections(ctx))


def _keep_for_undo(ctx: Context, consent: Consent) -> str:
    user = users.find(ctx.db, consent.user_id)
    data = {"scopes": consent.scopes, "granted_ms": to_ms(consent.granted_at), "declined": consent.declined}
    while True:
        row_id = ctx.new_id()
        handle = token_format.mint(Kind.REVOCATION, row_id, ctx.random(token_format.RANDOM_BYTES))
        if ephemeral.keep(
            ctx.db,
            row_id,
            Kind.REVOCATION,
            token_format.digest(Kind.REVOCATION, handle),
            data=data,
            expires_ms=ctx.now_ms + lifetimes.UNDO_REVOCATION.in_ms,
            whose=Whose(consent.user_id, None if user is None else user.generation),
            client_id=consent.client_id,
        ):
            return handle


@transacts
def undo(ctx: Context, handle: str) -> Connections:
    """Allow an app again what it was allowed before it was revoked; raises NotFound when it is too late.

    Whatever the person has agreed to since then stays.
    """
    user_id, row = _get_actor(ctx), _take_undo(ctx, handle)
    if row is None or row.client_id is None:
        raise NotFound(N_("It is too late to undo this. Sign in to the site again instead."))
    data = row.data
    granted_at, declined = from_ms(data["granted_ms"]), data.get("declined", "")
    before = Consent(user_id, row.client_id, data["scopes"], granted_at, declined=declined)
    if consents.restore(ctx.db, before):
        audit.record(ctx, "consent.restored", user_id=user_id, client_id=row.client_id)
    return read_connections(ctx)


def _take_undo(ctx: Context, handle: str) -> Ephemeral | None:
    """Use the actor's own handle up; of several undos one gets its row."""
    key = token_format.read(Kind.REVOCATION, handle)
    found = ephemeral.find(ctx.db, key[0], Kind.REVOCATION, key[1], ctx.now) if key else None
    if key is None or found is None or found.user_id != _get_actor(ctx):
        return None
    return ephemeral.take(ctx.db, key[0], Kind.REVOCATION, key[1], ctx.now)


@transacts
def revoke_all(ctx: Context) -> int:
    """Revoke the access of every app and all its tokens at once; returns how many apps had access."""
    user_id = _get_actor(ctx)
    # First what could bring a consent back: an undo that commits meanwhile is seen by the next statement.
    ephemeral.drop(ctx.db, (Kind.REVOCATION,), user_id=user_id)
    count = consents.forget_all(ctx.db, user_id)
    issue.revoke_of_user(ctx, user_id, "consent revoked")
    audit.record(ctx, "consent.revoked", user_id=user_id, count=count)
    return count


def _get_actor(ctx: Context) -> str:
    """Return the id of the person who is signed in; raises NotPermitted without one."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in to see your connections."))
    return ctx.session.user_id
