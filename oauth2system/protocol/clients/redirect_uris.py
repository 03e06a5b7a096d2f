"""Which redirect URIs may be registered: a table of faults."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from socket import inet_aton
from urllib.parse import parse_qsl, urlsplit

from oauth2system.protocol.reasons.addresses import UriFault

MAX_URI = 2000
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# What browsers run or open from inside; RFC 8252 §8.4 and T014.
_NEVER = frozenset(
    {
        "javascript",
        "data",
        "file",
        "vbscript",
        "blob",
        "about",
        "view-source",
        "filesystem",
        "ws",
        "wss",
        "ftp",
        "mailto",
    }
)
# Schemes of one word that browsers, mail programs and systems act on; no app can have them.
_OF_SYSTEMS = frozenset(
    """
    acct android-app app-settings chrome chrome-extension content cid dns edge facetime facetime-audio feed geo
    git gopher im intent irc jar ldap ldaps magnet mid moz-extension ms-settings msteams news nfs nntp opera
    resource rtsp search-ms sftp shell sip sips smb sms ssh svn tel telnet urn view webcal xmpp
    """.split()  # noqa: SIM905  (a list literal would be a screen long)
)
# Names we add to the answer: a registered query that has one already would make it ambiguous.
_OURS = frozenset(
    {"code", "oauth_token", "state", "error", "error_description", "iss", "access_token", "id_token", "response"}
)

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
# A host without a scheme: it has a dot or a port, or is the own machine. What stands before `:5000` is no scheme.
_HOST_ALONE = re.compile(
    r"(?://)?((?:localhost|\[::1\]|[\w-]+(?:\.[\w-]+)+)(?::[0-9]{1,5})?|[\w-]+:[0-9]{1,5})(?:[/?].*)?", re.ASCII
)
_PORT = re.compile(":[0-9]{1,5}$")
_HIDDEN = re.compile("%(?:[01][0-9A-Fa-f]|7[Ff]|5[Cc])")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A URI taken apart once for every rule to look at."""

    uri: str
    scheme: str
    netloc: str
    host: str
    path: str
    query: str
    port_is_good: bool
    allow_http: bool
    plain_schemes: bool

    @property
    def is_web(self) -> bool:
        return self.scheme in {"http", "https"}


def check_redirect_uri(uri: str, *, allow_http: bool, plain_schemes: bool = False) -> UriFault | None:
    """Return None for a URI that may be registered, or what is wrong with it.

    `plain_schemes` lets native apps have a scheme of one word, such as cursor: (the operator's setting).
    """
    for is_wrong, fault in _SPELLING:
        if is_wrong(uri):
            return fault
    parts = _take_apart(uri, allow_http=allow_http, plain_schemes=plain_schemes)
    if parts is None:
        return UriFault.AUTHORITY_MALFORMED
    return next((fault for is_wrong, fault in _MEANING if is_wrong(parts)), None)


def complete(uri: str, *, allow_http: bool) -> str | None:
    """Return what was probably meant by an address without a scheme, where that may be registered."""
    found = _HOST_ALONE.fullmatch(uri)
    if found is None:
        return None
    host = _PORT.sub("", found[1])
    rest = uri.removeprefix("//")
    whole = f"http://{rest}" if host.strip("[]") in LOOPBACK_HOSTS else f"https://{rest}"
    return whole if check_redirect_uri(whole, allow_http=allow_http) is None else None


def check_post_logout_uri(uri: str, *, allow_http: bool, plain_schemes: bool = False) -> UriFault | None:
    """Judge a post-logout URI by the same rules (OIDC RP-Initiated Logout §3.1)."""
    return check_redirect_uri(uri, allow_http=allow_http, plain_schemes=plain_schemes)


def check_web_uri(uri: str, *, allow_http: bool) -> UriFault | None:
    """Judge a link or a URI we fetch: the same rules, and it must be a web address."""
    fault = check_redirect_uri(uri, allow_http=allow_http)
    if fault is None and not is_web(uri):
        return UriFault.NOT_WEB
    return fault


def is_web(uri: str) -> bool:
    """Return whether an address is one of the web, not a scheme of an app's own (RFC 3986 §3.1: in any case)."""
    return uri.lower().startswith(("https://", "http://"))


def is_loopback(uri: str) -> bool:
    """Return whether a web address leads to the very machine that the browser runs on; its host decides."""
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    # RFC 6761 §6.3: names under localhost are this machine too.
    return host == "localhost" or host.endswith(".localhost") or _is_own_address(host)


def domain_of(uri: str) -> str | None:
    """Return the domain of a web address, as a name server knows it; None for an address by number or of one word."""
    if not is_web(uri) or is_loopback(uri):
        return None
    host = (urlsplit(uri).hostname or "").removesuffix(".")
    is_name = "." in host and not host.rpartition(".")[2].isdecimal()
    return host if is_name and ":" not in host else None


def is_foreign(uri: str, registered: Iterable[str]) -> bool:
    """Return whether a web address leads to a host that no registered one has: its sender may be an attacker."""
    host = _read_host(uri)
    return is_web(uri) and not is_loopback(uri) and bool(host) and host not in map(_read_host, registered)


def _read_host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _is_own_address(host: str) -> bool:
    """Return whether an address is this machine's, also when it is written as one number, octal or hexadecimal."""
    try:
        address = IPv6Address(host).ipv4_mapped or IPv6Address(host) if ":" in host else IPv4Address(inet_aton(host))
    except (ValueError, OSError):
        return False
    return address.is_loopback or address.is_unspecified


def _take_apart(uri: str, *, allow_http: bool, plain_schemes: bool) -> _Parts | None:
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        if ":" in host:
            IPv6Address(host)
    except ValueError:
        return None
    try:
        port_is_good = parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        port_is_good = False
    return _Parts(
        uri, parts.scheme, parts.netloc, host, parts.path, parts.query, port_is_good, allow_http, plain_schemes
    )


def _is_host(host: str) -> bool:
    if ":" in host:  # an IPv6 literal, judged when it was taken apart; its zone means nothing elsewhere
        return "%" not in host
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))  # noqa: PLR2004  (RFC 1035 §2.3.4)


def _is_foreign_host(parts: _Parts) -> bool:
    return parts.is_web and (not _is_host(parts.host) or ("[" in parts.netloc and ":" not in parts.host))


def _is_plain_http(parts: _Parts) -> bool:
    return parts.scheme == "http" and parts.host not in LOOPBACK_HOSTS and not parts.allow_http


def _has_no_dot(parts: _Parts) -> bool:
    return not parts.is_web and "." not in parts.scheme and not parts.plain_schemes


def _climbs(parts: _Parts) -> bool:
    # Browsers would resolve these, so the string we compare would not be the address they open.
    segments = parts.path.lower().replace("%2e", ".").replace("%2f", "/").split("/")
    return bool({".", "..", "..;"} & set(segments))


def _answers_itself(parts: _Parts) -> bool:
    return bool(_OURS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})


_Spelling = tuple[Callable[[str], bool], UriFault]
_Meaning = tuple[Callable[[_Parts], bool], UriFault]

_SPELLING: tuple[_Spelling, ...] = (
    (lambda uri: not uri.strip(), UriFault.EMPTY),
    (lambda uri: len(uri) > MAX_URI, UriFault.URI_TOO_LONG),
    (lambda uri: any(sign.isspace() for sign in uri), UriFault.SPACE),
    (lambda uri: not _PRINTABLE.fullmatch(uri), UriFault.NOT_ASCII),
    (lambda uri: "\\" in uri, UriFault.BACKSLASH),
    (lambda uri: "*" in uri, UriFault.WILDCARD),
    (lambda uri: "#" in uri, UriFault.FRAGMENT),
    (lambda uri: bool(_BROKEN_ESCAPE.search(uri) or _HIDDEN.search(uri)), UriFault.ESCAPE),
    (lambda uri: bool(_HOST_ALONE.fullmatch(uri)), UriFault.SCHEME_FORGOTTEN),
    (lambda uri: not _SCHEME.fullmatch(uri.partition(":")[0]) or ":" not in uri, UriFault.RELATIVE),
    (lambda uri: uri.partition(":")[0].lower() in _NEVER, UriFault.SCHEME_DANGEROUS),
)

_MEANING: tuple[_Meaning, ...] = (
    # RFC 8252 §7.1: a private-use scheme is a reversed domain name, so that no two apps share one.
    (_has_no_dot, UriFault.SCHEME_WITHOUT_DOT),
    (lambda parts: parts.scheme in _OF_SYSTEMS, UriFault.SCHEME_DANGEROUS),
    (lambda parts: parts.is_web and not parts.host, UriFault.HOST_MISSING),
    (lambda parts: "@" in parts.netloc, UriFault.USER_INFO),
    (_is_foreign_host, UriFault.HOST_INVALID),
    (lambda parts: not parts.port_is_good, UriFault.PORT_INVALID),
    (_is_plain_http, UriFault.PLAIN_HTTP),
    (_climbs, UriFault.DOT_SEGMENTS),
    (_answers_itself, UriFault.ANSWER_NAMES),
)
