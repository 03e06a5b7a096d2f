"""Saves what was typed into a refused form for some minutes, so that the page can show it again.

The handle travels in the page's URL (`?form=`). Passwords are never kept; since people type them into
the wrong field too, what is kept is sealed (T085). A field is kept whole, or the page says that it was too long.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from oauth2system.i18n import N_, Message, pack, unpack
from oauth2system.policy import budgets, lifetimes, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import encryption, one_time_links, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes

_PURPOSE = "form"
_TOO_LONG = N_("This text was too long to be kept. Type it again.")
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
    plain, too_long = _select(values, is_person=ctx.session is not None)
    packed = {name: pack(message) for name, message in {**dict.fromkeys(too_long, _TOO_LONG), **problems}.items()}
    sealed = ctx.server.encryption.seal(_PURPOSE, json.dumps([plain, packed]).encode())
    return one_time_links.mint(
        ctx, Kind.FORM, lives=lifetimes.SAVED_FORM, data={"sealed": base64.b64encode(sealed).decode()}
    )


def _select(values: Mapping[str, str], *, is_person: bool) -> tuple[dict[str, str], list[str]]:
    """Return the fields that are kept, whole, and the names of those that are too long.

    Anybody can send a form, so less is kept of what an anonymous caller typed.
    """
    typed = [(name, value) for name, value in values.items() if name not in _NEVER and value]
    longest = quotas.SAVED_FORM_OF_A_PERSON if is_person else quotas.SAVED_FORM_FIELD
    plain: dict[str, str] = {}
    too_long: list[str] = []
    for name, value in typed[: quotas.SAVED_FORM_FIELDS]:
        room = quotas.SAVED_FORM_OF_A_PERSON - sum(map(len, plain.values()))
        if len(name) > quotas.SAVED_FORM_NAME:
            continue
        if len(value) > min(longest, room):
            too_long.append(name)
        else:
            plain[name] = value
    return plain, too_long


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
