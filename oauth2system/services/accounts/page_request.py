"""What a page of the way in is filled from, and with: the HTTP door and the pages agree on it here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One visit of a page: who asks, what its address says, and the cookies that tell one browser from another."""

    caller: Caller
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    browser: str | None = None
    registration: str | None = field(default=None, repr=False)

    def get(self, name: str) -> str:
        """Return a parameter of the address, empty when it is not there."""
        return self.query.get(name, "")


@dataclass(frozen=True, slots=True)
class FilledPage:
    """The words and forms of one answer. `ends` stands at the right end of the header."""

    title: str
    main: str
    ends: str = ""
    in_flow: bool = False


@dataclass(frozen=True, slots=True)
class GoOn:
    """There is nothing to show here: the browser goes to this address of ours."""

    path: str


Renderer: TypeAlias = Callable[[PageRequest, Runner], Awaitable["FilledPage | GoOn"]]
