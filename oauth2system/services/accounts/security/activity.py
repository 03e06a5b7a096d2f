"""A person's own log of what happened to their account, and the answer "this was not me"."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, quotas, user_agents
from oauth2system.policy.networks import network_of
from oauth2system.policy.user_agents import Agent
from oauth2system.runtime import rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.accounts.security import activity_words
from oauth2system.services.sessions import new_sign_ins, sessions
from oauth2system.services.tokens import codes
from oauth2system.storage.tables import audit, clients
from oauth2system.storage.tables.audit import Event
from oauth2system.storage.tables.sessions import Session

_NEWEST = 2**63 - 1
_FAILED = frozenset({"login.failed", "factor.failed"})
_OWN_ANSWERS = frozenset({"session.disowned"})


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One event in words: when, in which browser, from which network, and who did it where it was not the person.

    `can_disown` is whether the person can answer that it was not them.
    """

    id: str
    at: datetime
    sentence: Message
    browser: Message | None = None
    network: str = ""
    by: Message | None = None
    is_here: bool = False
    can_disown: bool = False


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some of the events, newest first, and whether there are older ones."""

    lines: tuple[ActivityLine, ...]
    has_older: bool


@reads
def list_page(ctx: Context, part: str, before: str) -> ActivityPage:
    """Return the newest events about the actor that are older than the event `before`; raises NotPermitted.

    `part` is one of the parts of the log; any other word means all of it.
    """
    me = _get_session(ctx)
    known = activity_words.list_events(part)
    before_id = _read_id(before) or _NEWEST
    found = audit.list_of_user(ctx.db, me.user_id, known, before_id=before_id, limit=quotas.ACTIVITY_ON_A_PAGE + 1)
    shown = found[: quotas.ACTIVITY_ON_A_PAGE]
    names = clients.names_of(ctx.db, {one.client_id for one in shown if one.client_id is not None})
    return ActivityPage(tuple(_make_line(one, me, names) for one in shown), len(found) > len(shown))


@transacts
def disown(ctx: Context, event_id: str) -> str:
    """Answer that an event was not the person's doing; returns the notice for the page that leads to a new password.

    A sign-in is ended with what began after it; for other events every other session is. Raises NotFound, and
    NotPermitted in a browser about which the person is asked itself.
    """
    me = _get_session(ctx)
    read_id = _read_id(event_id)
    event = audit.find_of_user(ctx.db, me.user_id, read_id) if read_id else None
    if event is None or not _can_disown(event, me):
        raise NotFound(N_("This is not there any more."))
    if event.event in _FAILED:
        return "guessed"
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, me.user_id)
    sid = event.data.get("sid")
    if event.event == sessions.STARTED and isinstance(sid, str):
        new_sign_ins.disown_past(ctx, sid, event.at)
        return "sign_in_disowned"
    new_sign_ins.disown_all(ctx)
    return "others_ended"


def _make_line(event: Event, me: Session, names: dict[str, str]) -> ActivityLine:
    by = _describe_actor(event, me)
    browser = Agent(str(event.data.get("browser", "")), str(event.data.get("system", "")))
    seen = by is None and any(browser)
    return ActivityLine(
        str(event.id),
        event.at,
        activity_words.describe(event.event, _name_app(event, names)),
        user_agents.describe(browser) if seen else None,
        network_of(event.ip) if by is None else "",
        by,
        _is_here(event, me),
        _can_disown(event, me),
    )


def _name_app(event: Event, names: dict[str, str]) -> Message | str | None:
    if event.client_id is None:
        return None
    name = names.get(event.client_id) or event.data.get("name")
    return str(name) if name else N_("App {id}", id=event.client_id)


def _describe_actor(event: Event, me: Session) -> Message | None:
    """Return who did it, where it was somebody else: neither their name nor where they were is the person's to see."""
    if event.actor == "system":
        return N_("by the operator of this server")
    if event.actor.startswith("user:") and event.actor != f"user:{me.user_id}":
        return N_("from another account")
    return None


def _is_here(event: Event, me: Session) -> bool:
    return event.event == sessions.STARTED and event.data.get("sid") == codes.sid_of(me)


def _can_disown(event: Event, me: Session) -> bool:
    if event.event not in activity_words.WORDS or event.event in _OWN_ANSWERS or _is_here(event, me):
        return False
    return _describe_actor(event, me) is None


def _get_session(ctx: Context) -> Session:
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    return ctx.session


def _read_id(text: str) -> int | None:
    """Return an id that a page sends back; None for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(_NEWEST)) else 0
    return number if 0 < number <= _NEWEST else None
