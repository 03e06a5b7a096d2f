"""The real app with one more state in it: every kind of handler that somebody might write one day."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

import reflex as rx
from reflex_base.event.processor import EventProcessor
from reflex_base.event.processor.future import EventFuture

from oauth2system import i18n
from oauth2system.errors import Busy, Invalid, NotFound, NotPermitted, TooManyAttempts
from oauth2system.i18n import N_
from oauth2system.oauth2system import app
from oauth2system.policy import lifetimes
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.ui.namespace import TabNamespace
from oauth2system.ui.state import Visitor, Who, event

__all__ = ["Lab", "app"]

# No test waits as long as a person may.
lifetimes.BODY_LOOK = lifetimes.Lifetime(seconds=1)
i18n.FOLDER = Path(os.environ.get("LAB_LOCALE", i18n.FOLDER))

_pass_on, _enqueue = TabNamespace.on_event, EventProcessor.enqueue
_begun: ContextVar[list[EventFuture] | None] = ContextVar("begun", default=None)
_telling: set[asyncio.Task[None]] = set()


async def _note(processor: EventProcessor, *args: Any, **kwargs: Any) -> EventFuture:
    future = await _enqueue(processor, *args, **kwargs)
    if (begun := _begun.get()) is not None:
        begun.append(future)
    return future


async def _pass_on_and_tell_the_end(names: TabNamespace, sid: str, data: Any = None) -> None:
    """Tell the tab when all that its event set off is over: a test need not guess by a silence."""
    begun: list[EventFuture] = []
    mark = _begun.set(begun)
    await _pass_on(names, sid, data)
    _begun.reset(mark)
    number: Any = cast("dict[str, Any]", data).get("number") if isinstance(data, dict) else None
    if number is not None:
        task = asyncio.ensure_future(_tell_the_end(names, sid, number, begun))
        _telling.add(task)
        task.add_done_callback(_telling.discard)


async def _tell_the_end(names: TabNamespace, sid: str, number: int, begun: list[EventFuture]) -> None:
    for future in begun:
        with suppress(Exception, asyncio.CancelledError):  # what it came to is the tab's to hear
            await future.wait_all()
    tab: Any = names  # its library is untyped
    await tab.emit("end", number, to=sid)


for kind, name, ours in ((EventProcessor, "enqueue", _note), (TabNamespace, "on_event", _pass_on_and_tell_the_end)):
    setattr(kind, name, ours)

REFUSALS: dict[str, Exception] = {
    "fields": Invalid(name=N_("Too short."), form=N_("Have another look.")),
    "missing": NotFound(N_("There is nothing here.")),
    "forbidden": NotPermitted(N_("Ask the owner.")),
    "throttled": TooManyAttempts(9),
    "busy": Busy("locked"),
    "fault": ValueError("hunter2"),
}


@transacts
def whoami(ctx: Context) -> str:
    return ctx.session.username if ctx.session else "nobody"


@reads
def look(ctx: Context) -> str:
    return whoami(ctx)


class Lab(Visitor):
    """Handlers of every colour and label."""

    count: int = 0
    note: str = ""
    _hidden: str = "a server-side thing"

    @event(Who.ANYONE)
    def bump(self) -> None:
        self.count += 1

    @event(Who.USER)
    async def ask(self) -> None:
        self.note = await self.call(whoami)

    @event(Who.OWNER)
    async def own(self, app_id: str) -> None:
        self.note = f"{await self.call(look)} owns {app_id}"

    @event(Who.ADMIN)
    async def rule(self) -> None:
        self.note = "ruled"

    @event(Who.USER, background=True)
    async def later(self) -> None:
        await asyncio.sleep(0.01)
        found = await self.call(whoami)
        async with self:
            self.note = f"later {found}"

    @event(Who.ANYONE, background=True)
    async def later_refused(self) -> None:
        raise NotPermitted(N_("Not even later."))

    @event(Who.ANYONE)
    async def stepwise(self) -> AsyncIterator[None]:
        self.note = "first"
        yield
        self.note = "second"
        raise NotPermitted(N_("Not the third."))

    @event(Who.ANYONE)
    def refuse(self, kind: str) -> None:
        raise REFUSALS[kind]

    @event(Who.USER)
    async def give_away(self, form: dict[str, str]) -> None:
        self.note = f"gave {form['label']}"
        raise StepUpNeeded(N_("Confirm that it is you."))

    @event(Who.USER)
    async def write_away(self, name: str, value: str) -> None:
        self.note = f"wrote {name} {len(value)}"
        raise StepUpNeeded(N_("Confirm that it is you."))

    @event(Who.USER)
    async def give_away_stepwise(self) -> AsyncIterator[None]:
        self.note = "first"
        yield
        raise StepUpNeeded(N_("Confirm that it is you."))

    @event(Who.ANYONE)
    def praise(self) -> None:
        self.report("Saved.")

    @event(Who.ANYONE)
    def chain(self) -> object:
        return [Lab.bump, Lab.rule]

    @rx.event
    def forgotten(self) -> None:
        self.count = 1000

    def bare(self) -> None:
        self.count = 1000

    def set_note(self, value: str) -> None:
        self.note = value

    def _private(self) -> None:
        self.count = 1000
