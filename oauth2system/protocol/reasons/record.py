"""Reasons as records keep them: a name, and its parameters as JSON; words are made when somebody reads."""

import json
from collections.abc import Mapping
from typing import Any

from oauth2system.i18n import Message
from oauth2system.protocol.reasons.reason import Finding, Param, Params, as_message, repair_of
from oauth2system.protocol.reasons.registry import FAULTS, REASONS


def write(params: Params) -> str:
    """Return the parameters as JSON; nothing for no parameters."""
    return json.dumps(_to_plain(params), sort_keys=True) if params else ""


def read(text: str) -> Params:
    """Return the parameters that `write` wrote; a fault that this version does not know is left out."""
    found: dict[str, Any] = json.loads(text) if text else {}
    return _read_params(found)


def read_messages(name: str, params: Params) -> tuple[Message, Message] | None:
    """Return (what was wrong, what to do) for the app's owner; None for a reason that this version does not know."""
    reason = REASONS.get(name)
    return None if reason is None else (as_message(reason.sentence, params), repair_of(reason, params))


def _to_plain(params: Params) -> dict[str, Any]:
    return {
        name: {"name": one.kind.name, "params": _to_plain(dict(one.params))} if isinstance(one, Finding) else one
        for name, one in params.items()
    }


def _read_params(found: Mapping[str, Any]) -> Params:
    read = ((name, _read_param(one)) for name, one in found.items())
    return {name: one for name, one in read if one is not None}


def _read_param(one: Any) -> Param | None:
    if isinstance(one, str | int):
        return one
    kind = FAULTS.get(one["name"]) or REASONS.get(one["name"])
    return None if kind is None else Finding(kind, tuple(_read_params(one["params"]).items()))
