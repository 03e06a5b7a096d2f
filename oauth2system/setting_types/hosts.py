"""Hosts, origins and networks, in the one spelling that browsers, mail servers and clients use.

Names are in lower case and in ASCII (RFC 5890 §2.3.2.1), addresses are as RFC 5952 writes them, origins follow
RFC 6454 §6.2. So they can be compared as text.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import NewType
from urllib.parse import SplitResult, urlsplit

import idna

from oauth2system.i18n import N_, Message

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_PORTS = {"http": 80, "https": 443}

# A host name in lower-case ASCII, or an IP address without brackets.
Host = NewType("Host", str)
# Where hashes of breached passwords are asked for by their first five characters.
RangeUrl = NewType("RangeUrl", str)
# Scheme, host and port as a browser writes them in the Origin header: the issuer, and the base of every link.
Origin = NewType("Origin", str)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253
_MAPPED = 96  # bits in front of an IPv4 address within IPv6 (RFC 4291 §2.5.5.2)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Unusable(Exception):
    """A text is no value of this type; the message continues "SETTING cannot be used: "."""

    def __init__(self, why: Message) -> None:
        """Keep the reason, which quotes no secret."""
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Reachable:
    """Hosts and networks that our own requests may reach although they are not public."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]


def read_host(text: str) -> Host:
    """Read a host name or an IP address, which may stand in brackets; raises Unusable."""
    try:
        return Host(_spell(ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))))
    except ValueError:
        pass
    name = text.lower()
    if not name.isascii() or "xn--" in name:
        name = _to_ascii(name)
    labels = name.split(".")
    is_name = len(name) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
    # Browsers read a name that ends in a number as an IPv4 address.
    if not is_name or _NUMBER.fullmatch(labels[-1]):
        raise Unusable(N_("{host} is neither a host name nor an IP address", host=repr(text)))
    return Host(name)


def is_loopback(host: str) -> bool:
    """Return whether a host name or an address, without brackets, is one of this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_HOSTS


def _to_ascii(name: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode()
    except UnicodeError as error:
        raise Unusable(N_("{host} is neither a host name nor an IP address", host=repr(name))) from error


def _spell(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return the spelling of browsers, which write an IPv4 address within IPv6 in hexadecimal digits."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped is None:
        return str(address)
    return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}"


def read_origin(text: str) -> Origin:
    """Read the public address into the form in which origins are compared (RFC 6454 §6.2); raises Unusable."""
    form = N_("write it like https://id.example.org, with no path")
    parts = split(text, form)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise Unusable(form)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Unusable(form)
    host = host_of(parts)
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        raise Unusable(N_("anywhere but on this machine it must begin with https://"))
    return make_origin(parts.scheme, host, parts.port)


def read_range_url(text: str) -> RangeUrl | None:
    """Read the address to which five characters are added; None for no text. Raises Unusable."""
    if not text:
        return None
    form = N_("write it like https://api.pwnedpasswords.com/range/")
    parts = split(text, form)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise Unusable(form)
    return RangeUrl(text.rstrip("/") + "/")


def make_origin(scheme: str, host: Host, port: int | None) -> Origin:
    """Return an origin with the brackets of IPv6, and without the port that its scheme implies."""
    place = f"[{host}]" if ":" in host else host
    return Origin(f"{scheme}://{place}" + (f":{port}" if port not in {None, DEFAULT_PORTS[scheme]} else ""))


def read_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks, with spaces or commas between them; raises Unusable."""
    return tuple(map(_read_network, _split_words(text)))


def _read_network(word: str) -> Network:
    try:
        return _network(word)
    except ValueError as error:
        raise Unusable(N_("{word} is neither an address nor a network", word=repr(word))) from error


def _network(word: str) -> Network:
    """Return a network, IPv4 within IPv6 as IPv4, which is how addresses are compared; raises ValueError."""
    found = ipaddress.ip_network(word.removeprefix("[").removesuffix("]"), strict=False)
    if isinstance(found, ipaddress.IPv4Network) or found.prefixlen < _MAPPED:
        return found
    mapped = found.network_address.ipv4_mapped
    return found if mapped is None else ipaddress.IPv4Network((mapped, found.prefixlen - _MAPPED))


def read_reachable(text: str) -> Reachable:
    """Read hosts, addresses and networks, with spaces or commas between them; raises Unusable."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for word in _split_words(text):
        try:
            networks.append(_network(word))
        except ValueError:
            hosts.add(read_host(word.removesuffix(".")))
    return Reachable(frozenset(hosts), tuple(networks))


def _split_words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def split(url: str, form: Message) -> SplitResult:
    """Take a URL apart; one whose port or brackets make no sense is refused with the form that is expected."""
    try:
        parts = urlsplit(url)
        usable = parts.port != 0
    except ValueError as error:
        raise Unusable(form) from error
    if not usable:
        raise Unusable(form)
    return parts


def host_of(parts: SplitResult) -> Host:
    """Return the host of a URL, which has no zone of an interface."""
    host = parts.hostname or ""
    if "%" in host:
        raise Unusable(N_("{host} is neither a host name nor an IP address", host=repr(host)))
    return read_host(host)
