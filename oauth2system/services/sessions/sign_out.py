"""/oauth2/end_session: judge the request, ask the person if in doubt, sign out (OIDC RP-Initiated Logout)."""

from dataclasses import dataclass

from oauth2system.policy import budgets, lifetimes
from oauth2system.protocol import logout
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, one_time_links, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import reads, writes
from oauth2system.services.clients.subjects import subject_of
from oauth2system.services.keys import keyring
from oauth2system.services.sessions import session_end, sessions
from oauth2system.services.tokens import codes
from oauth2system.storage.tables import clients
from oauth2system.storage.tables.ephemeral import Whose

STAGE = "end_session"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the person first; `handle` stands for what was asked, `url` is where it would end."""

    handle: str
    app_name: str
    username: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Left:
    """The browser is signed out; `frames` notify apps through the browser, `url` is where to go next."""

    url: str | None
    frames: tuple[str, ...] = ()


async def end_session(call: Call, params: Params) -> "Ask | Left":
    """Answer an app that asks to sign its person out; `posted` is the handle of a request that was posted.

    Raises Untrusted or OAuthError for a request that is not valid (OIDC RP-Initiated Logout §2).
    """
    handle = params.peek("posted")
    asked = params if handle is None else await call(find_kept, handle)
    ours = (await keyring.get(call.runner)).all_keys()
    return await call(begin, asked, ours)


@writes
def keep(ctx: Context, params: Params) -> str:
    """Keep a request that another site posted; the browser comes for it with our cookies (RP-Initiated Logout §2)."""
    rate_limits.spend(ctx, budgets.FLOWS, budgets.network(ctx.source.ip))
    return one_time_links.mint(ctx, Kind.POSTED, lives=lifetimes.SIGN_OUT_PAGE, data=params.to_json())


@reads
def find_kept(ctx: Context, handle: str) -> Params:
    """Return what was posted a moment ago."""
    row = one_time_links.find(ctx, Kind.POSTED, handle)
    if row is None:
        raise _refuse_expired()
    return Params.from_json(row.data)


@writes
def begin(ctx: Context, params: Params, keys: tuple[VerificationKey, ...]) -> Ask | Left:
    """Sign out at once when the app proves that it means this session; ask in every other case (T117)."""
    issuer, session = ctx.settings.public_url, ctx.session
    try:
        hint = logout.hint_of(params, keys, issuer)
        client_id = logout.client_id_of(params, hint)
    except (Untrusted, OAuthError) as refusal:
        app_log.note_caller(ctx, params.peek("client_id"), STAGE, refusal)
        raise
    client = clients.find(ctx.db, client_id) if client_id and client_id.isascii() and client_id.isdecimal() else None
    subject = None
    if session is not None:
        subject = subject_of(ctx, session.user_id, client) if client else session.user_id
    try:
        wanted = logout.judge(params, client, hint, subject=subject, sid=codes.sid_of(session) if session else None)
    except Untrusted as refusal:
        if client is not None:
            app_log.note(ctx, client.id, STAGE, refusal)
        raise
    if not wanted.ask or session is None:
        return _leave(ctx, wanted.url, client.id if client else None)
    data = {"url": wanted.url, "session": str(session.id), "client": client.id if client else None}
    rate_limits.spend(ctx, budgets.FLOWS, budgets.network(ctx.source.ip))
    handle = one_time_links.mint(
        ctx,
        Kind.SIGN_OUT,
        lives=lifetimes.SIGN_OUT_PAGE,
        data=data,
        whose=Whose(session.user_id, session.generation),
    )
    return Ask(handle, client.name if client else "", session.username, wanted.url)


@writes
def confirm(ctx: Context, handle: str) -> Left:
    """Sign out after the person agreed, in the browser that was asked and while the same person is signed in.

    The same button pressed again leads to the same place.
    """
    row = one_time_links.look(ctx, Kind.SIGN_OUT, handle, lives=lifetimes.SIGN_OUT_PAGE).row
    if row is None or (ctx.session is not None and row.data["session"] != str(ctx.session.id)):
        raise _refuse_expired()
    if one_time_links.take(ctx, Kind.SIGN_OUT, handle) is None:
        return Left(row.data["url"])
    return _leave(ctx, row.data["url"], row.data.get("client"))


@writes
def sign_out(ctx: Context, *, everywhere: bool) -> tuple[str, ...]:
    """Sign out by our own button; return the frames that notify the apps."""
    frames = _list_frames(ctx)
    session = sessions.find_begun(ctx)
    if everywhere and session is not None:
        sessions.sign_out_everywhere(ctx, session.user_id)
    else:
        sessions.end(ctx)
    return frames


def _leave(ctx: Context, url: str | None, client_id: str | None) -> Left:
    if client_id is not None:
        app_log.note_act(ctx, client_id, Act.SIGNED_OUT)
    left = Left(url, _list_frames(ctx))
    sessions.end(ctx)
    return left


def _list_frames(ctx: Context) -> tuple[str, ...]:
    session = sessions.find_begun(ctx)
    return () if session is None else session_end.list_frames(ctx, session.user_id, codes.sid_of(session))


def _refuse_expired() -> Untrusted:
    return Untrusted(PageReason.SIGN_OUT_EXPIRED)
