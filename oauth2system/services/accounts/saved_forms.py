"""Saves what was typed into a refused form for some minutes, so that the page can show it again.

The handle travels in the page's URL (`?form=`). Passwords are never kept; since people type them into
the wrong field too, what is kept is sealed (T085).
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from oauth2system.i18n import Message, pack, unpack
from oauth2system.policy import budgets, lifetimes, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import encryption, one_time_links, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes

_PURPOSE = "form"
_NEVER = frozenset({"password", "current_password", "token", "credential", "code", "recovery_code"})


@dataclass(frozen=True, slots=True)
class SavedForm:
    """A form as it was sent: field -> value, and field -> message about its problem."""

    values: Mapping[str, str]
    problems: Mapping[str, Message]


@writes
def keep(ctx: Context, values: Mapping[str, str], problems: Mapping[str, Message]) -> str | None:
    """Keep a form and return its handle; None when this address, or everybody together, keeps too many."""
    if not (
        rate_limits.try_spend(ctx, budgets.SAVED_FORM, budgets.network(ctx.source.ip))
        and rate_limits.try_spend(ctx, budgets.SAVED_FORMS_IN_ALL)
    ):
        return None
    typed = [(name, value) for name, value in values.items() if name not in _NEVER and value]
    plain = {name: value[: quotas.SAVED_FORM_FIELD] for name, value in typed[: quotas.SAVED_FORM_FIELDS]}
    packed = {name: pack(message) for name, message in problems.items()}
    sealed = ctx.server.encryption.seal(_PURPOSE, json.dumps([plain, packed]).encode())
    return one_time_links.mint(
        ctx, Kind.FORM, lives=lifetimes.SAVED_FORM, data={"sealed": base64.b64encode(sealed).decode()}
    )


@transacts
def find(ctx: Context, handle: str | None) -> SavedForm | None:
    """Find a form again, for the page that shows it."""
    row = one_time_links.find(ctx, Kind.FORM, handle)
    if row is None:
        return None
    try:
        plain = ctx.server.encryption.unseal(_PURPOSE, base64.b64decode(row.data["sealed"]))
    except encryption.Unreadable:  # the key has changed since
        return None
    values, problems = json.loads(plain)
    return SavedForm(values, {name: unpack(packed) for name, packed in problems.items()})
