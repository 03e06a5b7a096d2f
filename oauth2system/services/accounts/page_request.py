"""The request for a page that the server fills, and its answer: shared by HTTP and the pages."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request for a page: the caller, the parameters of the address, and the cookies that identify the browser."""

    caller: Caller
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    browser: str | None = None
    registration: str | None = field(default=None, repr=False)
    # The cookie of a sign-in that waits for its second factor.
    waiting: str | None = field(default=None, repr=False)
    sent_cookies: bool = True

    def get(self, name: str) -> str:
        """Return a parameter of the address, empty when it is not there."""
        return self.query.get(name, "")


@dataclass(frozen=True, slots=True)
class FilledPage:
    """The content of one answer. `ends` is shown at the right end of the header."""

    title: str
    main: str
    ends: str = ""
    in_flow: bool = False


@dataclass(frozen=True, slots=True)
class GoOn:
    """Show nothing: the browser goes to this address of ours."""

    path: str


Renderer: TypeAlias = Callable[[PageRequest, Runner], Awaitable["FilledPage | GoOn"]]
