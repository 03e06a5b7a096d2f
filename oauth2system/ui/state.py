"""What every page's state stands on: who is there, how to call a service, how a refusal is told.

A state is thin: it calls services and keeps what they return for the page. Every public method of a
state can be called by anybody by name, so each is labelled with `event(who)` and refused otherwise
(guard.py); what pages share but nobody may call lives in `Verbs`, which is no state.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any

import reflex as rx
from reflex.istate.proxy import StateProxy

from oauth2system import log
from oauth2system.errors import Busy, Invalid, NotFound, Refusal
from oauth2system.i18n import _, choose, speak
from oauth2system.policy.roles import Who
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Source
from oauth2system.runtime.runner import Runner

__all__ = ["Visitor", "Who", "event", "runner", "serve"]

_served: list[Runner] = []


def serve(with_runner: Runner) -> None:
    """Give the pages the runner that runs their services; the composition root does this once."""
    _served[:] = [with_runner]


def runner() -> Runner:
    """Return the runner; there is none while pages are only being built, and nothing calls a service then."""
    return _served[0]


def event(who: Who, **options: Any) -> Callable[[Callable[..., Any]], Any]:  # noqa: ANN401  (Reflex's own options)
    """Label a handler with who may call it, and let it tell a refusal on the page instead of raising it."""

    def label(handler: Callable[..., Any]) -> Any:  # noqa: ANN401  (what Reflex makes of a handler)
        telling: Any = _telling(handler)
        telling.who = who
        return rx.event(telling, **options)

    return label


def _telling(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler of any colour so that whatever it raises ends as words on the page."""
    if inspect.isasyncgenfunction(handler):

        @wraps(handler)
        async def several(self: "Visitor", *args: Any, **kwargs: Any) -> AsyncIterator[Any]:  # noqa: ANN401
            steps, done = handler(self, *args, **kwargs), object()
            try:
                while (step := await _next(self, steps, done)) is not done:
                    yield step
            except Exception as error:  # noqa: BLE001  (told on the page, and logged unless it is an answer)
                await _told(self, error)

        return several

    @wraps(handler)
    async def once(self: "Visitor", *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        try:
            with speak(language_of(self)):
                result = handler(self, *args, **kwargs)
                return await result if isinstance(result, Awaitable) else result
        except Exception as error:  # noqa: BLE001  (told on the page, and logged unless it is an answer)
            await _told(self, error)
            return None

    return once


async def _next(state: "Visitor", steps: AsyncIterator[Any], done: object) -> Any:  # noqa: ANN401
    """Run a handler to its next step in the visitor's language; whoever takes the steps keeps their own."""
    with speak(language_of(state)):
        return await anext(steps, done)


async def _told(state: "Visitor", error: Exception) -> None:
    """Write the refusal onto the page: beside its fields, or as one notice."""
    with speak(language_of(state)):
        # A background handler holds no lock: it must take it to change what the page shows.
        if isinstance(state, StateProxy):
            async with state:
                state.hear(error)
            return
        state.hear(error)


class Verbs:
    """What the states of pages may do; no event can name any of it, because this class is no state."""

    @property
    def call(self: Any) -> Call:
        """Return what calls services as the person of this tab, looked up afresh; a refusal is raised."""
        return Call(runner(), caller_of(self))

    def tell(self: Any, text: str, kind: str = "good") -> None:
        """Say something on the page: good, bad, warn or info."""
        self.told, self.told_kind, self.problems = text, kind, {}

    def quiet(self: Any) -> None:
        """Take back what was said."""
        self.told, self.problems = "", {}

    def hear(self: Any, error: Exception) -> None:
        """Tell what went wrong: field by field when the person can mend it, in one sentence otherwise."""
        if isinstance(error, Invalid):
            problems = {name: _(message) for name, message in error.problems.items()}
            self.told, self.told_kind = problems.pop("form", ""), "bad"
            self.problems = problems
            return
        if not isinstance(error, Refusal | Busy):
            log.crash("event.failed", error)
        self.tell(_words(error), "bad")


def _words(error: Exception) -> str:
    match error:
        case NotFound():
            return _("This is not there any more.")
        case Refusal():
            return _(error.message)
        case Busy():
            return _("We are busy right now. Nothing was changed; try again in a moment.")
        case _:
            return _("Something broke on our side. Please try again in a moment.")


def caller_of(state: Any) -> Caller:  # noqa: ANN401  (a state, or the proxy that background handlers get)
    """Return who is at the other end of this tab's socket, as the edge introduced them."""
    router = state.router
    _name, _mark, handle = router.headers.cookie.partition("=")
    return Caller(Source(router.session.client_ip, router.headers.user_agent[:200]), handle=handle)


def language_of(state: Any) -> str:  # noqa: ANN401  (a state, or the proxy that background handlers get)
    """Return the language of whoever looks at this tab, as the edge chose it when the tab connected."""
    return choose([state.router.headers.accept_language])


class Visitor(Verbs, rx.State):
    """Who is looking at this tab. Filled in by the guard before any event runs, never by an event."""

    signed_in: bool = False
    username: str = ""
    display_name: str = ""
    email_confirmed: bool = False
    is_admin: bool = False
    origin: str = ""

    # What the page says back: one notice of a kind, and one sentence per field.
    told: str = ""
    told_kind: str = "good"
    problems: dict[str, str] = {}

    # Whose state this is: a session, or a stranger. The guard wipes everything when it changes.
    _identity: str = ""

    @event(Who.ANYONE)
    def look(self) -> None:
        """Begin a page afresh: what an earlier page said is over."""
        self.quiet()

    @event(Who.ANYONE)
    def dismiss(self) -> None:
        """Take the notice away."""
        self.quiet()
