"""What a reason is: a member that stays, and its sentences, which may be reworded and translated.

A member's name is kept in records and compared in tests. Nothing compares the sentences.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from string import Formatter
from typing import TypeAlias

from oauth2system.i18n import Message

Translate: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """All that is written down about one reason; each sentence may have `{placeholders}`."""

    error: str  # the wire code it is answered with
    section: str  # where the rule stands
    public: str  # what anyone may read
    repair: str  # what the app's owner can do
    owner: str = ""  # what only the app's owner reads, where that is more than `public`
    field: str = ""  # what stands next to the setting on the app's page, where `public` would repeat its name


class Reason(Enum):
    """Why a request was refused. Each room of the protocol has an enumeration of its own."""

    _value_: Entry

    @property
    def error(self) -> str:
        """Return the wire code, such as `invalid_grant`."""
        return self._value_.error

    @property
    def section(self) -> str:
        """Return where the rule stands: a section of a standard, or a page of our own documentation."""
        return self._value_.section

    @property
    def public(self) -> str:
        """Return the sentence that anyone may read."""
        return self._value_.public

    @property
    def sentence(self) -> str:
        """Return the sentence for the app's owner."""
        return self._value_.owner or self._value_.public

    @property
    def field(self) -> str:
        """Return the sentence next to a setting."""
        return self._value_.field or self._value_.public

    @property
    def repair(self) -> str:
        """Return what the app's owner can do."""
        return self._value_.repair


@dataclass(frozen=True, slots=True, eq=False)
class Flaw:
    """A sentence about one part of a request, and a repair where the reason's own would not help."""

    sentence: Message
    repair: str = ""


class Fault(Enum):
    """What is wrong with one part of a request, such as a JWT: a reason says it in its `{problem}`."""

    _value_: Flaw

    @property
    def sentence(self) -> Message:
        """Return the sentence for the app's owner."""
        return self._value_.sentence

    @property
    def repair(self) -> str:
        """Return what the app's owner can do, or nothing where the reason knows."""
        return self._value_.repair


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its parameters: itself a parameter of a reason."""

    kind: Fault | Reason
    params: "tuple[tuple[str, Param], ...]" = ()

    def say(self, translate: Translate) -> str:
        """Return the fault in words."""
        return say(self.kind.sentence, dict(self.params), translate)


Param: TypeAlias = str | int | Finding
Params: TypeAlias = Mapping[str, Param]


def english(text: str) -> str:
    """Translate into the language that the sentences are written in."""
    return text


def say(template: str, params: Params, translate: Translate = english) -> str:
    """Fill a sentence: the one place where reasons become words, in the language of the caller's choice."""
    told = {name: one.say(translate) if isinstance(one, Finding) else one for name, one in params.items()}
    return translate(template).format_map(_Known(told))


def as_message(template: str, params: Params) -> Message:
    """Return a sentence that is filled and translated where it is shown, with the faults that it names."""
    found = {name: one for name, one in params.items() if isinstance(one, Finding)}
    faults = {name: as_message(one.kind.sentence, dict(one.params)) for name, one in found.items()}
    unknown = {name: "…" for _before, name, _format, _how in Formatter().parse(template) if name}
    return Message(template, **{**unknown, **params, **faults})


def repair_of(reason: Reason, params: Params) -> tuple[str, Params]:
    """Return what to do, with its parameters: the fault's own repair if it has one."""
    for one in params.values():
        if isinstance(one, Finding) and one.kind.repair:
            return one.kind.repair, dict(one.params)
    return reason.repair, params


class _Known(dict[str, str | int]):
    """Parameters as far as they are known: a record of an earlier version may lack one."""

    def __missing__(self, _name: str) -> str:
        return "…"
