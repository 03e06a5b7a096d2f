"""Requests to addresses that clients chose: a client must not reach our network through us (T128).

A name is looked up once, every address it has must be public, and the connection goes to the address
that was looked at. No redirects, no cookies, no proxies, no compression; bounded in time and size.
"""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore

from oauth2system import log
from oauth2system.policy import quotas
from oauth2system.runtime.names.resolver import Address, LookUpPlaces, NameResolver
from oauth2system.runtime.names.unfetched import Unfetched
from oauth2system.setting_types.hosts import Reachable

USER_AGENT = b"Oauth2System"
_HTTPS = 443
_OK = 200
_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """One request out: GET, or POST with a form."""

    url: str
    whose: str
    form: bytes | None = None
    accept: str = "application/json"
    largest: int = quotas.FETCH_LARGEST
    extra: tuple[tuple[bytes, bytes], ...] = ()


# ValueError: an address that cannot be taken apart, which nothing of ours would have kept.
_TROUBLE = (
    *(OSError, ValueError, httpcore.UnsupportedProtocol),
    *(httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError),
)


class OutgoingHttp:
    """The requests of one server to addresses that somebody else chose; `allow` is the setting FETCH_ALLOW.

    `whose` names the owner on whose behalf one is made: nobody takes all connections, nor all look-ups of names.
    """

    __slots__ = ("_allow", "_fetches", "_names", "_trust")

    def __init__(self, allow: Reachable) -> None:
        self._allow = allow
        self._fetches = LookUpPlaces(quotas.FETCHES_AT_ONCE, quotas.FETCHES_OF_ONE)
        self._names = NameResolver()
        self._trust: ssl.SSLContext | None = None

    async def fetch_json(self, url: str, whose: str) -> bytes:
        """GET a JSON document; raises Unfetched for anything but a plain 200 of bounded size."""
        kind, body = await self._fetch(OutgoingRequest(url, whose))
        if "json" not in kind:
            raise Unfetched("not a JSON document")
        return body

    async def fetch_text(self, url: str, whose: str, *extra: tuple[bytes, bytes]) -> bytes:
        """GET a text, with these headers too; raises Unfetched for anything but a plain 200 of bounded size."""
        return (await self._fetch(OutgoingRequest(url, whose, accept="text/plain", extra=extra)))[1]

    async def fetch_picture(self, url: str, whose: str) -> bytes:
        """GET a picture, whatever type it is said to be; raises Unfetched for anything but a plain 200."""
        accept = "image/webp,image/png,image/jpeg,image/gif"
        return (await self._fetch(OutgoingRequest(url, whose, accept=accept, largest=quotas.LOGO_LARGEST)))[1]

    async def _fetch(self, wanted: OutgoingRequest) -> tuple[str, bytes]:
        places = (f"owner {wanted.whose}", f"host {urlsplit(wanted.url).hostname}")
        self._fetches.enter(places, "fetches")
        try:
            status, kind, body = await self._send(wanted)
        finally:
            self._fetches.leave(places)
        if status != _OK:
            raise Unfetched("not a plain 200")
        return kind, body

    async def look_up_texts(self, name: str, whose: str) -> tuple[str, ...]:
        """Return the TXT records of a name, none where there are none; raises Unfetched."""
        try:
            async with asyncio.timeout(quotas.FETCH_SECONDS + 1):
                return await self._names.look_up_texts(name, whose)
        except TimeoutError as error:
            raise Unfetched("no answer of a name server", hung=True) from error

    async def post_form(self, url: str, form: bytes, whose: str) -> int:
        """POST a form and return the status; the body of the answer is not read. Raises Unfetched.

        How many are sent at once is for the caller to bound (services/delivery/worker.py).
        """
        status, _kind, _body = await self._send(OutgoingRequest(url, whose, form, "*/*"))
        return status

    def close(self) -> None:
        """Let go of the threads that look names up."""
        self._names.close()

    async def _send(self, call: OutgoingRequest) -> tuple[int, str, bytes]:
        try:
            async with asyncio.timeout(quotas.FETCH_SECONDS):
                return await self._exchange(call)
        except Unfetched as error:
            log.event("fetch.failed", why=error.why)
            raise
        except _TROUBLE as error:
            log.event("fetch.failed", why=type(error).__name__)
            hung = isinstance(error, (TimeoutError, httpcore.TimeoutException))
            raise Unfetched(type(error).__name__, hung=hung) from error

    async def _exchange(self, call: OutgoingRequest) -> tuple[int, str, bytes]:
        self._trust = self._trust or ssl.create_default_context()  # reading the certificates takes milliseconds
        backend = _Guarded(call, self._allow, self._names)
        async with (
            httpcore.AsyncConnectionPool(self._trust, max_connections=1, network_backend=backend) as pool,
            pool.stream(
                "GET" if call.form is None else "POST", call.url, headers=_build_headers(call), content=call.form
            ) as answer,
        ):
            headers = {name.lower(): value.decode("latin-1").lower() for name, value in answer.headers}
            if headers.get(b"content-encoding", "identity") != "identity":
                raise Unfetched("compressed")
            if call.form is not None:
                return answer.status, "", b""
            return answer.status, headers.get(b"content-type", ""), await _read_body(answer, call.largest)


@dataclass(frozen=True, slots=True)
class Seen:
    """What answered at an address: the status, where a redirect leads to, and the body."""

    status: int
    location: str
    body: bytes


async def look(url: str) -> Seen:
    """GET an address that the operator named, wherever it is, and return whatever answers.

    Raises Unfetched from the error that was met. Nothing is logged: the person who asks is at the terminal.
    """
    plain: Any = httpcore.AnyIOBackend
    trust = ssl.create_default_context()
    headers = _build_headers(OutgoingRequest(url, ""))
    try:
        async with (
            asyncio.timeout(quotas.FETCH_SECONDS),
            httpcore.AsyncConnectionPool(trust, max_connections=1, network_backend=plain()) as pool,
            pool.stream("GET", url, headers=headers) as answer,
        ):
            found = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
            return Seen(answer.status, found.get(b"location", ""), await _read_body(answer, quotas.FETCH_LARGEST))
    except _TROUBLE as error:
        raise Unfetched(type(error).__name__) from error


def _build_headers(call: OutgoingRequest) -> list[tuple[bytes, bytes]]:
    """Return the headers: nothing about this server, and nothing about the person (T134)."""
    said = [
        (b"Host", urlsplit(call.url).netloc.encode("ascii")),
        (b"User-Agent", USER_AGENT),
        (b"Accept", call.accept.encode()),
        (b"Accept-Encoding", b"identity"),
        (b"Connection", b"close"),
        *call.extra,
    ]
    if call.form is not None:
        said.append((b"Content-Type", b"application/x-www-form-urlencoded"))
        said.append((b"Content-Length", str(len(call.form)).encode()))
    return said


async def _read_body(answer: httpcore.Response, largest: int) -> bytes:
    body = b""
    async for piece in answer.aiter_stream():
        body += piece
        if len(body) > largest:
            raise Unfetched("too large")
    return body


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked, never to a name (T129), and over TCP only."""

    def __init__(self, call: OutgoingRequest, allow: Reachable, names: NameResolver) -> None:
        self._call = call
        self._allow = allow
        self._names = names
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
        address = await self._resolve(host, port)
        return await self._plain.connect_tcp(str(address), port, timeout, local_address, socket_options)

    async def _resolve(self, host: str, port: int) -> Address:
        """Return the address to connect to; raises Unfetched when any address of the host is not allowed (T128)."""
        addresses = await self._names.look_up(host, port, self._call.whose)
        if not addresses:
            raise Unfetched("no address")
        if not _is_allowed(host, addresses, self._allow):
            if not self._call.url.startswith("https://") or port != _HTTPS:
                raise Unfetched("not https on its own port")
            if not all(is_public(address) for address in addresses):
                raise Unfetched("not a public address")
        return addresses[0]


def _is_allowed(host: str, addresses: list[Address], allow: Reachable) -> bool:
    """Return whether the operator named this host, or networks that hold all its addresses (FETCH_ALLOW)."""
    if host.lower().rstrip(".") in allow.hosts:
        return True
    return all(any(address in network for network in allow.networks) for address in addresses)


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
