"""What was typed into a form that came back: kept for some minutes, so that nothing is lost.

The handle travels in the page's URL (`?form=`); passwords are never kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from oauth2system.protocol.tokens import Kind
from oauth2system.services import limits, links
from oauth2system.services.context import Context

LIVES = timedelta(minutes=15)
LONGEST = 300
_NEVER = frozenset({"password", "current_password", "token"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent: field -> value, and field -> sentence that says what is wrong."""

    values: Mapping[str, str]
    problems: Mapping[str, str]


def keep(ctx: Context, values: Mapping[str, str], problems: Mapping[str, str]) -> str | None:
    """Keep a form and return its handle; None when this address keeps too many."""
    if not limits.try_spend(ctx, limits.KEPT_FORM, limits.network(ctx.source.ip)):
        return None
    plain = {name: value[:LONGEST] for name, value in values.items() if name not in _NEVER and value}
    return links.mint(ctx, Kind.FORM, lives=LIVES, data={"values": plain, "problems": dict(problems)})


def find(ctx: Context, handle: str | None) -> Kept | None:
    """Find a form again, for the page that shows it."""
    row = links.find(ctx, Kind.FORM, handle)
    return None if row is None else Kept(row.data["values"], row.data["problems"])
