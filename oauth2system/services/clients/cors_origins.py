"""The origins whose scripts may read our answers: the sites of public apps (RFC 9700 §2.6)."""

from urllib.parse import urlsplit

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.setting_types.hosts import DEFAULT_PORTS, Origin, Unusable, make_origin, read_host
from oauth2system.storage.tables import clients

# Two changes within one millisecond look like one, so a set that is this young is read again.
_STILL_MOVING_MS = 2000


class _Known:
    """What one server read last: the time of the last change of an app, and all origins."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        self.read: tuple[int, frozenset[str]] = (-1, frozenset())


@reads
def is_registered(ctx: Context, origin: str) -> bool:
    """Return whether some public app has a redirect URI at this origin.

    The set is read again only after an app was changed; checking that costs one indexed read.
    """
    known, changed_ms = ctx.server.of(_Known), clients.last_change(ctx.db)
    read_at, origins = known.read
    if read_at != changed_ms or changed_ms > ctx.now_ms - _STILL_MOVING_MS:
        uris = clients.list_public_redirect_uris(ctx.db)
        origins = frozenset(found for uri in uris if (found := _find_origin(uri)) is not None)
        known.read = (changed_ms, origins)
    return origin in origins


def _find_origin(uri: str) -> Origin | None:
    """Return a redirect URI's origin in the spelling of browsers (RFC 6454 §6.2); None where it has none."""
    try:
        parts = urlsplit(uri)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            return None
        return make_origin(parts.scheme, read_host(parts.hostname), parts.port)
    except (ValueError, Unusable):
        return None
