"""Requests to addresses that clients chose: a client must not reach our network through us (T128).

A name is looked up once, every address it has must be public, and the connection goes to the address
that was looked at. No redirects, no cookies, no proxies, no compression; bounded in time and size.
"""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM
from typing import Any
from urllib.parse import urlsplit

import httpcore

from oauth2system import log
from oauth2system.policy import quotas
from oauth2system.settings import Network

USER_AGENT = b"Oauth2System"
_HTTPS = 443
_OK = 200
_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")

Address = IPv4Address | IPv6Address


class Unfetched(Exception):  # noqa: N818
    """It could not be fetched. Its text is always the same: nobody can explore our network with it (T131)."""

    def __init__(self, why: str) -> None:
        """Keep a few words for the log."""
        super().__init__("The address could not be fetched.")
        self.why = why


@dataclass(frozen=True, slots=True)
class Call:
    """One request out: GET, or POST with a form."""

    url: str
    form: bytes | None = None
    accept: str = "application/json"


# ValueError: an address that cannot be taken apart, which nothing of ours would have kept.
_TROUBLE = (
    *(OSError, ValueError, httpcore.UnsupportedProtocol),
    *(httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError),
)


class OutgoingHttp:
    """The requests of one server to addresses that somebody else chose; `allow` is the setting FETCH_ALLOW."""

    __slots__ = ("_allow", "_running", "_trust")

    def __init__(self, allow: tuple[str, ...]) -> None:
        self._allow = allow
        self._running = 0
        self._trust: ssl.SSLContext | None = None

    async def fetch_json(self, url: str) -> bytes:
        """GET a JSON document; raises Unfetched for anything but a plain 200 of bounded size."""
        status, kind, body = await self._send(Call(url))
        if status != _OK or "json" not in kind:
            raise Unfetched("not a JSON document")
        return body

    async def post_form(self, url: str, form: bytes) -> int:
        """POST a form and return the status; the body of the answer is not read. Raises Unfetched."""
        status, _kind, _body = await self._send(Call(url, form, "*/*"))
        return status

    async def _send(self, call: Call) -> tuple[int, str, bytes]:
        if self._running >= quotas.FETCHES_AT_ONCE:
            raise Unfetched("too many at once")
        self._running += 1
        try:
            async with asyncio.timeout(quotas.FETCH_SECONDS):
                return await self._exchange(call)
        except Unfetched as error:
            log.event("fetch.failed", why=error.why)
            raise
        except _TROUBLE as error:
            log.event("fetch.failed", why=type(error).__name__)
            raise Unfetched(type(error).__name__) from error
        finally:
            self._running -= 1

    async def _exchange(self, call: Call) -> tuple[int, str, bytes]:
        self._trust = self._trust or ssl.create_default_context()  # reading the certificates takes milliseconds
        backend = _Guarded(call.url, self._allow)
        async with (
            httpcore.AsyncConnectionPool(self._trust, max_connections=1, network_backend=backend) as pool,
            pool.stream(
                "GET" if call.form is None else "POST", call.url, headers=_headers(call), content=call.form
            ) as answer,
        ):
            headers = {name.lower(): value.decode("latin-1").lower() for name, value in answer.headers}
            if headers.get(b"content-encoding", "identity") != "identity":
                raise Unfetched("compressed")
            if call.form is not None:
                return answer.status, "", b""
            return answer.status, headers.get(b"content-type", ""), await _body(answer)


def _headers(call: Call) -> list[tuple[bytes, bytes]]:
    """Return the headers: nothing about this server, and nothing about the person (T134)."""
    said = [
        (b"Host", urlsplit(call.url).netloc.encode("ascii")),
        (b"User-Agent", USER_AGENT),
        (b"Accept", call.accept.encode()),
        (b"Accept-Encoding", b"identity"),
        (b"Connection", b"close"),
    ]
    if call.form is not None:
        said.append((b"Content-Type", b"application/x-www-form-urlencoded"))
        said.append((b"Content-Length", str(len(call.form)).encode()))
    return said


async def _body(answer: httpcore.Response) -> bytes:
    body = b""
    async for piece in answer.aiter_stream():
        body += piece
        if len(body) > quotas.FETCH_LARGEST:
            raise Unfetched("too large")
    return body


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked, never to a name (T129), and over TCP only."""

    def __init__(self, url: str, allow: tuple[str, ...]) -> None:
        self._url = url
        self._allow = allow
        plain: Any = httpcore.AnyIOBackend
        self._plain: httpcore.AsyncNetworkBackend = plain()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (as httpcore has it)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await resolve(self._url, host, port, self._allow)
        return await self._plain.connect_tcp(str(address), port, timeout, local_address, socket_options)


async def resolve(url: str, host: str, port: int, allow: tuple[str, ...]) -> Address:
    """Return the address to connect to; raises Unfetched when any address of the host is not allowed (T128)."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    addresses = [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]
    if not addresses:
        raise Unfetched("no address")
    if not _is_allowed(host, addresses, allow):
        if not url.startswith("https://") or port != _HTTPS:
            raise Unfetched("not https on its own port")
        if not all(is_public(address) for address in addresses):
            raise Unfetched("not a public address")
    return addresses[0]


def _is_allowed(host: str, addresses: list[Address], allow: tuple[str, ...]) -> bool:
    """Return whether the operator named this host, or networks that hold all its addresses (FETCH_ALLOW)."""
    if host.lower().rstrip(".") in {word.lower().rstrip(".") for word in allow}:
        return True
    networks = [network for network in map(_network, allow) if network is not None]
    return all(any(address in network for network in networks) for address in addresses)


def _network(word: str) -> Network | None:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Return whether an address is one of the open internet, whatever form it is wrapped in."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inside is not None:
        return is_public(inside)
    is_compatible = int(address) >> 32 == 0  # RFC 4291 §2.5.5.1: an IPv4 address in disguise, and long dead
    special = address.is_multicast or address.is_site_local or address in _NAT64_LOCAL or is_compatible
    return address.is_global and not special
