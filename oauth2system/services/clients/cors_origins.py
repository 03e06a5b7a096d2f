"""Whose pages may read our answers from a browser: the sites of public apps (RFC 9700 §2.6)."""

from urllib.parse import urlsplit

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.storage.tables import clients

_known: dict[str, tuple[int, frozenset[str]]] = {}
_MOST_DATABASES = 32
# Two changes within one millisecond look like one: what is this young is read again.
_STILL_MOVING_MS = 2000


@reads
def is_registered(ctx: Context, origin: str) -> bool:
    """Tell whether some public app has a redirect URI at this origin.

    The set is made again only when an app was changed since, which costs one indexed read to know.
    """
    place, changed_ms = ctx.settings.database_url, clients.last_change(ctx.db)
    known = _known.get(place)
    if known is None or known[0] != changed_ms or changed_ms > ctx.now_ms - _STILL_MOVING_MS:
        if len(_known) >= _MOST_DATABASES:
            _known.clear()
        uris = clients.public_redirect_uris(ctx.db)
        known = _known[place] = (changed_ms, frozenset(_origin(uri) for uri in uris if uri.startswith("http")))
    return origin in known[1]


def _origin(uri: str) -> str:
    """Return a redirect URI's origin as browsers write it, without the port that goes without saying."""
    parts = urlsplit(uri)
    default = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(default)}"
