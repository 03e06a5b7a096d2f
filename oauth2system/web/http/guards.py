"""Guards of requests: same-origin forms, safe redirects, trusted proxies."""

import re
from collections.abc import Mapping
from functools import wraps
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.params import Params, parse_query
from oauth2system.runtime.runner import Runner
from oauth2system.setting_types.hosts import Network
from oauth2system.settings import Settings
from oauth2system.web.http.message import Answer, Endpoint, Header, Request

HOME = "/"
LONGEST_NEXT = 4096
# Plain segments only: no empty one, no dot segment, no escape, no backslash: nothing that two browsers
# could read in two ways (T016).
_SEGMENT = "[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
_LOCAL = re.compile(rf"/(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?(?:\?[!-\[\]-~]*)?")

Address = IPv4Address | IPv6Address


def form(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint be posted to by our own pages alone (T107, T110)."""

    @wraps(endpoint)
    async def guarded(request: Request, runner: Runner) -> Answer:
        require_same_origin(request, runner.settings)
        return await endpoint(request, runner)

    guarded.__dict__["is_form"] = True
    return guarded


def require_same_origin(request: Request, settings: Settings) -> None:
    """Raise NotPermitted unless one of our own pages, or no browser at all, sent this form."""
    if not is_same_origin(request, settings):
        raise NotPermitted(N_("This form was sent from another site. Open the page here and try again."))


def is_same_origin(request: Request, settings: Settings) -> bool:
    """Return whether the headers that scripts cannot forge name our origin: Sec-Fetch-Site, Origin, Referer."""
    site, origin, referer = (request.header(name) for name in (b"sec-fetch-site", b"origin", b"referer"))
    if request.header_count(b"origin") > 1 or (site is not None and site != "same-origin"):
        return False
    if origin is not None:
        return origin == settings.public_url
    if site is not None:
        return True
    if referer is not None:
        return origin_of(referer) == settings.public_url
    # Every browser states an Origin with a POST. What states nothing is a program, and has no
    # visitor's cookie to abuse unless it brings one, which then must be explained by an Origin.
    return request.header(b"cookie") is None


def origin_of(url: str) -> str | None:
    """Return scheme and authority of an absolute URL, as browsers write an origin."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else None


def safe_next(value: str | None) -> str:
    """Return where to go after a form: a plain path of ours, or home when it is anything else (T016)."""
    if value is None or len(value) > LONGEST_NEXT or not _LOCAL.fullmatch(value):
        return HOME
    return value


def came_with(request: Request, settings: Settings) -> Params:
    """Return the query of our own page that a form was posted from: `flow` and `next` survive without script."""
    referer = request.header(b"referer") or ""
    if origin_of(referer) != settings.public_url:
        return Params({})
    try:
        return parse_query(urlsplit(referer).query.encode())
    except InvalidRequest:
        return Params({})


class Proxies:
    """Finds the address and scheme of a request; only the configured proxies are trusted."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted

    def __bool__(self) -> bool:
        """Return whether any proxy is trusted."""
        return bool(self._trusted)

    def trusts(self, peer: str) -> bool:
        """Return whether a connection from this address is one of a proxy."""
        address = _address(peer)
        return address is not None and self._trusts(address)

    def believe(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """Return the scope with the nearest address that is not a proxy of ours (T123)."""
        peer, port = scope.get("client") or ("", 0)
        address = _address(peer)
        if address is None or not self._trusts(address):
            return dict(scope)
        return {**scope, "client": (self._behind(address, scope["headers"]), port)}

    def _behind(self, peer: Address, headers: list[Header]) -> str:
        """Walk the hops from the right; what the caller wrote further left is never reached.

        A hop that is no address ends the walk at the last proxy we know: it is throttled as one
        visitor, which is too strict, never too lenient.
        """
        hops = b",".join(value for name, value in headers if name == b"x-forwarded-for").split(b",")
        last = peer
        for hop in reversed([hop.strip() for hop in hops if hop.strip()]):
            found = _address(hop.decode("latin-1"))
            if found is None:
                break
            last = found
            if not self._trusts(found):
                break
        return str(last)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _address(text: str) -> Address | None:
    """Read an address as proxies write it: with a port, in brackets, or as IPv4 within IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
