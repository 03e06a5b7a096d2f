"""The base of every page's state: who is there, how to call a service, how a refusal is reported.

A state is thin: it calls services and keeps what they return for the page. Every public method of a
state can be called by anybody by name, so each is labelled with `event(who)` and refused otherwise
(guard.py); what pages share but nobody may call lives in `Verbs`, which is no state.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from reflex.istate.proxy import StateProxy

from oauth2system import log
from oauth2system.errors import Busy, Invalid, NotFound, Refusal
from oauth2system.i18n import _, choose, languages, speak
from oauth2system.policy.roles import Who
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Source
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import saved_forms
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.ui.page_states import LazyPages

__all__ = ["Visitor", "Who", "event", "runner", "serve"]

_served: list[Runner] = []


def serve(with_runner: Runner) -> None:
    """Set the runner for the services that pages call; the composition root does this once."""
    _served[:] = [with_runner]


def runner() -> Runner:
    """Return the runner; there is none while pages are only being built, and nothing calls a service then."""
    return _served[0]


def event(who: Who, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Mark a handler with who may call it, and report its refusals on the page instead of raising them."""

    def label(handler: Callable[..., Any]) -> Any:
        reporting: Any = _report_refusals(handler)
        reporting.who = who
        return rx.event(reporting, **options)

    return label


def _report_refusals(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler, async or not, so that what it raises is reported on the page."""
    if inspect.isasyncgenfunction(handler):

        @wraps(handler)
        async def several(self: "Visitor", *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            steps, done = handler(self, *args, **kwargs), object()
            try:
                while (step := await _next(self, steps, done)) is not done:
                    yield step
            except StepUpNeeded:
                yield await _confirm_first(self, (*args, *kwargs.values()))
            except Exception as error:  # noqa: BLE001  (reported on the page, and logged unless it is a refusal)
                await _report_to(self, error)

        return several

    @wraps(handler)
    async def once(self: "Visitor", *args: Any, **kwargs: Any) -> Any:
        try:
            with speak(language_of(self)):
                result = handler(self, *args, **kwargs)
                return await result if isinstance(result, Awaitable) else result
        except StepUpNeeded:
            return await _confirm_first(self, (*args, *kwargs.values()))
        except Exception as error:  # noqa: BLE001  (reported on the page, and logged unless it is a refusal)
            await _report_to(self, error)
            return None

    return once


async def _next(state: "Visitor", steps: AsyncIterator[Any], done: object) -> Any:
    """Run a handler to its next step in the visitor's language; the caller keeps its own."""
    with speak(language_of(state)):
        return await anext(steps, done)


async def _report_to(state: "Visitor", error: Exception) -> None:
    """Show an error on the page: at its fields, or as one notice."""
    with speak(language_of(state)):
        # A background handler holds no lock: it must take it to change what the page shows.
        if isinstance(state, StateProxy):
            async with state:
                state.report_error(error)
            return
        state.report_error(error)


async def _confirm_first(state: "Visitor", args: tuple[Any, ...]) -> Any:
    """Lead to the sign-in page, which says why, and from there back to this page with what was typed (T093)."""
    sent = next((one for one in args if isinstance(one, dict)), {})
    match args:
        case (str(name), str(value)):  # one field, by its name
            sent = {name: value}
        case _:
            pass
    typed = {str(name): value for name, value in sent.items() if isinstance(value, str)}
    handle = await state.call(saved_forms.keep, typed, {}) if typed else None
    query = {"notice": "stepped_up", "form": handle} if handle else {"notice": "stepped_up"}
    back = f"{state.router.url.path}?{urlencode(query)}"
    return rx.redirect(f"/login?{urlencode({'confirm': '1', 'next': back})}")


class Verbs:
    """Methods for the states of pages; no event can call them, because this class is no state."""

    @property
    def call(self: Any) -> Call:
        """Return the Call for the person of this tab, who is looked up again; a service raises its refusals."""
        return Call(runner(), caller_of(self))

    def report(self: Any, text: str, kind: str = "good") -> None:
        """Show a notice on the page; its kind is good, bad, warn or info."""
        self.notice_text, self.notice_kind, self.problems = text, kind, {}
        self.saved = ""

    def clear_notice(self: Any) -> None:
        """Remove the notice and the messages of fields."""
        self.notice_text, self.problems, self.saved = "", {}, ""

    def report_error(self: Any, error: Exception) -> None:
        """Show what went wrong: at each field if the person can fix it, in one sentence otherwise."""
        self.saved = ""  # what was saved before is no answer to this
        if isinstance(error, Invalid):
            problems = {name: _(message) for name, message in error.problems.items()}
            self.notice_text, self.notice_kind = problems.pop("form", ""), "bad"
            self.problems = problems
            return
        if isinstance(error, Busy):
            log.anonymous("busy", trouble=error.trouble, why=str(error))
        elif not isinstance(error, Refusal):
            log.crash("event.failed", error)
        self.report(_words(error), "bad")


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


# Every event reads the two below. `state.router` would put itself together anew for each, at six times the price.


def caller_of(state: Any) -> Caller:
    """Return the caller at the other end of this tab's socket, as the edge identified them."""
    headers = state.rx_router_headers
    _name, _mark, handle = headers.cookie.partition("=")
    language = _offer(headers.accept_language)
    return Caller(Source(state.rx_router_session.client_ip, headers.user_agent[:200], language=language), handle=handle)


def language_of(state: Any) -> str:
    """Return the language of this tab, which the edge chose when it connected."""
    return _offer(state.rx_router_headers.accept_language)


def _offer(wish: str) -> str:
    """Return the language that the edge named, or else the best for what is wished."""
    return wish if wish in languages() else choose([wish])


class Visitor(LazyPages, Verbs, rx.State):
    """The visitor of this tab. The guard fills it in before any event runs; no event can."""

    signed_in: bool = False
    username: str = ""
    display_name: str = ""
    picture: str = ""
    email_confirmed: bool = False
    is_admin: bool = False
    origin: str = ""

    # The notice with its kind, and one message for each field.
    notice_text: str = ""
    notice_kind: str = "good"
    problems: dict[str, str] = {}
    # What was saved last, and whether it can be undone; a refusal after it takes its place.
    saved: str = ""
    can_undo: bool = False

    # The owner of this state: a session, or an anonymous visitor. When it changes, the guard resets everything.
    _identity: str = ""

    @event(Who.ANYONE)
    def look(self) -> None:
        """Open a page: remove the notice of the page before."""
        self.clear_notice()

    @event(Who.ANYONE)
    def dismiss(self) -> None:
        """Remove the notice."""
        self.clear_notice()
