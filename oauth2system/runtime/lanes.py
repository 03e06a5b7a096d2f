"""Lanes: every service function that HTTP, pages or commands call declares how it runs, where it is defined.

`@reads` never writes, and the database refuses it if it tries: it runs on the event loop on SQLite, without a
transaction of its own.
`@writes` is short: on SQLite it runs on the event loop and shares a commit with other requests.
`@transacts` may take longer: it runs in a thread, in a transaction of its own.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)

# A method of Runner: (runner, caller, service, arguments of the service).
Lane = Callable[..., Awaitable[Any]]


class Service(Protocol[P, R_co]):
    """A function with a lane. Other services call it with their Context, inside the transaction they are in."""

    lane: Lane

    def __call__(self, ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run it in the transaction of this Context."""
        ...


def reads(service: Callable[Concatenate[Context, P], R_co]) -> Service[P, R_co]:
    """Mark a function that only reads."""
    return _mark(service, Runner.read)


def writes(service: Callable[Concatenate[Context, P], R_co]) -> Service[P, R_co]:
    """Mark a short function that writes."""
    return _mark(service, Runner.write)


def transacts(service: Callable[Concatenate[Context, P], R_co]) -> Service[P, R_co]:
    """Mark a longer function that writes: what people click."""
    return _mark(service, Runner.transact)


def _mark(service: Callable[Concatenate[Context, P], R_co], lane: Lane) -> Service[P, R_co]:
    marked = cast("Service[P, R_co]", service)
    marked.lane = lane
    return marked
