"""How HTTP, pages and commands call a service: the runner together with the caller it runs for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.lanes import Service
from oauth2system.runtime.runner import Runner
from oauth2system.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Call:
    """Runs services for one caller: `await call(service, …)`.

    A procedure takes the Call as its first argument: it is one async function that runs several
    transactions, and work between them that must not hold one.
    """

    runner: Runner
    caller: Caller

    def __call__(self, service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Run a service in the lane that it declares; raises what the service raises."""
        return service.lane(self.runner, self.caller, service, *args, **kwargs)

    def slow(self, work: Callable[[], R]) -> Awaitable[R]:
        """Run work of tens of milliseconds (argon2) outside any transaction; raises TooManyAttempts when busy."""
        return self.runner.slow(work)

    def picture(self, work: Callable[[], R]) -> Awaitable[R]:
        """Decode a picture outside any transaction, one at a time."""
        return self.runner.picture(work)

    def now(self, service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a service in this thread, without an event loop: for commands."""
        return self.runner.now(self.caller, service, *args, **kwargs)

    @property
    def settings(self) -> Settings:
        """Return the settings of this server."""
        return self.runner.settings
