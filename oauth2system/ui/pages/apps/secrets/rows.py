"""The lines of the list of secrets: how each was used, until when it is accepted, and whether it was replaced."""

from collections.abc import Sequence
from datetime import UTC, datetime

from oauth2system.i18n import _, translate
from oauth2system.policy import lifetimes
from oauth2system.runtime.last_used import QUERY
from oauth2system.services.clients.secrets import SecretView
from oauth2system.ui import words


def make_rows(secrets: Sequence[SecretView]) -> list[dict[str, str]]:
    """Return the secrets of an app, of which their values are not known any more."""
    known = {one.id: one for one in secrets}
    return [_make_row(one, known.get(one.replaced_by)) for one in secrets]


def _make_row(one: SecretView, successor: SecretView | None) -> dict[str, str]:
    return {
        "id": one.id,
        "label": translate(one.label),
        "hint": one.hint,
        "made": words.ago(one.created_at),
        "used": _used(one),
        "method": _("in a query string") if one.last_method == QUERY else one.last_method,
        "uses": _("{today} today, {yesterday} yesterday (UTC)").format(
            today=one.uses_today, yesterday=one.uses_yesterday
        ),
        "query": words.ago(one.query_at) if one.query_at else "",
        "expires": _("{day}, {time} UTC").format(day=words.day(one.expires_at), time=f"{one.expires_at:%H:%M}")
        if one.expires_at
        else "",
        "state": _state(one),
        "retires": "yes" if one.may_retire else "",
        "successor": successor.hint if successor else "",
        "successor_used": _used(successor) if successor else "",
        "silent": "yes" if one.silent else "",
    }


def _used(one: SecretView) -> str:
    """Return when a secret was last used, and from where."""
    when = words.ago(one.last_used_at)
    return _("{when}, from {network}").format(when=when, network=one.last_network) if one.last_network else when


def _state(one: SecretView) -> str:
    if one.expired:
        return "expired"
    soon = one.expires_at is not None and one.expires_at - datetime.now(UTC) <= lifetimes.SECRET_FIRST_MAIL
    return "soon" if soon else ""
