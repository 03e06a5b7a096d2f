"""What a reason is: a member that stays, and its sentences, which may be reworded and translated.

A member's name is kept in records and compared in tests. No code compares a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from string import Formatter
from typing import TypeAlias

from oauth2system.i18n import Message


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


Param: TypeAlias = str | int | Finding
Params: TypeAlias = Mapping[str, Param]


def as_message(template: str, params: Params) -> Message:
    """Return a filled sentence, to be translated where it is shown; a fault among the parameters is said in words.

    A parameter that is missing shows as an ellipsis: a record of an earlier version may lack one.
    """
    if "{" not in template:
        return Message(template)
    found = {name: one for name, one in params.items() if isinstance(one, Finding)}
    faults = {name: as_message(one.kind.sentence, dict(one.params)) for name, one in found.items()}
    unknown = {name: "…" for _before, name, _format, _how in Formatter().parse(template) if name}
    return Message(template, **{**unknown, **params, **faults})


def repair_of(reason: Reason, params: Params) -> Message:
    """Return what the app's owner can do: what the fault itself advises, if it does."""
    for one in params.values():
        if isinstance(one, Finding) and one.kind.repair:
            return as_message(one.kind.repair, dict(one.params))
    return as_message(reason.repair, params)


@dataclass(frozen=True, slots=True)
class Noted:
    """Where an app's owner finds a refusal; `is_for_owner` where its owner is the very person who reads it."""

    client_id: str
    reference: str
    is_for_owner: bool
