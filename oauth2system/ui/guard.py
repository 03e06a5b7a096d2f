"""The guard in front of every event: who sends it, is the state still theirs, may they call this.

Deny by default. Any visitor can send any event by name with any arguments, without a page (T139, T143).
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import FrontendEventExceptionState, OnLoadInternalState, State, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from oauth2system import log
from oauth2system.errors import Busy
from oauth2system.i18n import _, speak
from oauth2system.policy.roles import Who
from oauth2system.services.pictures import addresses
from oauth2system.services.sessions import visits
from oauth2system.services.sessions.visits import Visit
from oauth2system.ui.state import Visitor, language_of, runner

if TYPE_CHECKING:
    from reflex.app import App
    from reflex.state import BaseState

FrontendEventExceptionState.auto_reload_on_errors = []  # it reloads by a script that our CSP blocks

# Reflex's own events that pages need; none of them reads or changes anything of ours.
FRAMEWORK = frozenset(
    format_event_handler(handler)
    for handler in (
        State.event_handlers["hydrate"],
        State.event_handlers["hydrate_and_load"],
        State.event_handlers["set_is_hydrated"],
        OnLoadInternalState.event_handlers["on_load_internal"],
        OnLoadInternalState.event_handlers["set_is_hydrated"],
        FrontendEventExceptionState.event_handlers["handle_frontend_exception"],
    )
)


def who_may(name: str) -> Who | None:
    """Return who may send this event; None when nobody may."""
    if name in FRAMEWORK:
        return Who.ANYONE
    registered = RegistrationContext.get().event_handlers.get(name)
    return None if registered is None else getattr(registered.handler.fn, "who", None)


class Guard(Middleware):
    """Runs before every event, hydration and chained ones included."""

    async def preprocess(self, app: "App", state: "BaseState", event: Event) -> StateUpdate | None:  # noqa: ARG002  (the signature is Reflex's)
        """Return None to let the event run, or the update that the page gets instead."""
        root = state._get_root_state()  # noqa: SLF001  (the recipe of Reflex's own middleware)
        with speak(language_of(root)):
            return await self._judge(root, event)

    async def _judge(self, root: "BaseState", event: Event) -> StateUpdate | None:
        visitor = await root.get_state(Visitor)
        who = who_may(event.name)
        try:
            visit = await visits.enter(visitor.call, who)
        except Busy as busy:
            visitor.report_error(busy)
            return await _instead(root)
        if _opens(event):
            await _wipe(root)
        changed = await _meet(root, visitor, visit)
        if who is not None and visit.may_enter(who):
            return None
        # Anybody can send this, so it is one line, and few are logged (T143).
        log.anonymous("event.refused", name=event.name[:200], user=visit.session.user_id if visit.session else None)
        if who is not None and visit.session is None:
            address = quote(root.router.url.path or "/", safe="/")
            return await _instead(root, rx.redirect(f"/login?next={address}"))
        if not changed:
            visitor.report(_("There is nothing at this address."), "bad")
        return await _instead(root)


def _opens(event: Event) -> bool:
    """Return whether a page is opening: a page that reconnects is not.

    A tab keeps its state from one page to the next, and would show what the last one asked, with
    buttons that answer it, until the new one has been looked up.
    """
    return event.name.endswith(".hydrate_and_load") and "hashes" in event.payload


async def _meet(root: "BaseState", visitor: Visitor, visit: Visit) -> bool:
    """Give the state to the current visitor; return whether it belonged to somebody else before."""
    session = visit.session
    identity = f"{session.user_id} {session.handle}" if session else "-"
    changed = visitor._identity not in {"", identity}  # noqa: SLF001  (hidden from pages, not from the guard)
    if changed:
        await _wipe(root)
    facts: dict[str, Any] = {
        "_identity": identity,
        "signed_in": session is not None,
        "username": session.username if session else "",
        "display_name": session.display_name if session else "",
        "picture": addresses.avatar(session.avatar, 64) if session else "",
        "email_confirmed": session is not None and session.email_confirmed,
        "is_admin": session is not None and session.is_admin,
        "origin": runner().settings.public_url,
    }
    for name, value in facts.items():
        if getattr(visitor, name) != value:
            setattr(visitor, name, value)
    return changed


async def _wipe(root: "BaseState") -> None:
    """Reset the whole state of this tab; Redis returns only parts of a state, so all are fetched first."""
    if runner().settings.redis_url is not None:
        for state in RegistrationContext.get().base_states.values():
            await root.get_state(state)
    root.reset()


async def _instead(root: "BaseState", *events: Any) -> StateUpdate:
    """Return an update with the changes and these events, in place of the event that was sent."""
    delta = await root._get_resolved_delta()  # noqa: SLF001  (what Reflex sends after a handler)
    root._clean()  # noqa: SLF001  (Reflex has no public name for it)
    return StateUpdate(delta=delta, events=Event.from_event_type(list(events)))
