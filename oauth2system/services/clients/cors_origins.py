"""The origins whose scripts may read our answers: the sites of public apps (RFC 9700 §2.6)."""

from urllib.parse import urlsplit

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
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
        uris = clients.public_redirect_uris(ctx.db)
        origins = frozenset(_origin(uri) for uri in uris if uri.startswith("http"))
        known.read = (changed_ms, origins)
    return origin in origins


def _origin(uri: str) -> str:
    """Return a redirect URI's origin as browsers write it: without the default port."""
    parts = urlsplit(uri)
    default = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(default)}"
