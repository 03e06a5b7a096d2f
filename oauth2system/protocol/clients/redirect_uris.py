"""Which redirect URIs may be registered: a table of faults, each with the sentence that mends it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import parse_qsl, urlsplit

from oauth2system.i18n import N_

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
# Names we add to the answer: a registered query that has one already would make it ambiguous.
_OURS = frozenset(
    {"code", "oauth_token", "state", "error", "error_description", "iss", "access_token", "id_token", "response"}
)

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
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

    @property
    def is_web(self) -> bool:
        return self.scheme in {"http", "https"}


def check_redirect_uri(uri: str, *, allow_http: bool) -> str | None:
    """Return None for a URI that may be registered, or one plain sentence: what is wrong and the mend."""
    for is_wrong, sentence in _SPELLING:
        if is_wrong(uri):
            return sentence
    parts = _take_apart(uri, allow_http=allow_http)
    if parts is None:
        return N_("The part between // and the next / is not a host; write it like https://app.example/callback.")
    return next((sentence for is_wrong, sentence in _MEANING if is_wrong(parts)), None)


def check_post_logout_uri(uri: str, *, allow_http: bool) -> str | None:
    """Judge a post-logout URI by the same rules (OIDC RP-Initiated Logout §3.1)."""
    return check_redirect_uri(uri, allow_http=allow_http)


def check_web_uri(uri: str, *, allow_http: bool) -> str | None:
    """Judge a link or a URI we fetch: the same rules, and it must be a web address."""
    sentence = check_redirect_uri(uri, allow_http=allow_http)
    if sentence is None and not uri.lower().startswith(("https://", "http://")):
        return N_("This must be a web address that begins with https://.")
    return sentence


def _take_apart(uri: str, *, allow_http: bool) -> _Parts | None:
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
    return _Parts(uri, parts.scheme, parts.netloc, host, parts.path, parts.query, port_is_good, allow_http)


def _is_host(host: str) -> bool:
    if ":" in host:  # an IPv6 literal, judged when it was taken apart; its zone means nothing elsewhere
        return "%" not in host
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))  # noqa: PLR2004  (RFC 1035 §2.3.4)


def _is_foreign_host(parts: _Parts) -> bool:
    return parts.is_web and (not _is_host(parts.host) or ("[" in parts.netloc and ":" not in parts.host))


def _is_plain_http(parts: _Parts) -> bool:
    return parts.scheme == "http" and parts.host not in LOOPBACK_HOSTS and not parts.allow_http


def _climbs(parts: _Parts) -> bool:
    # Browsers would resolve these, so the string we compare would not be the address they open.
    segments = parts.path.lower().replace("%2e", ".").replace("%2f", "/").split("/")
    return bool({".", "..", "..;"} & set(segments))


def _answers_itself(parts: _Parts) -> bool:
    return bool(_OURS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})


_Spelling = tuple[Callable[[str], bool], str]
_Meaning = tuple[Callable[[_Parts], bool], str]

_SPELLING: tuple[_Spelling, ...] = (
    (
        lambda uri: not uri.strip(),
        N_("Write the address visitors come back to, like https://app.example/callback."),
    ),
    (lambda uri: len(uri) > MAX_URI, N_("This address is too long; 2000 characters are the most.")),
    (
        lambda uri: any(sign.isspace() for sign in uri),
        N_("There is a space or a line break in this address; take it out."),
    ),
    (
        lambda uri: not _PRINTABLE.fullmatch(uri),
        N_("Only plain ASCII characters work here; write the host in its xn-- form and the path percent-encoded."),
    ),
    (lambda uri: "\\" in uri, N_("There is a backslash in this address; write / instead.")),
    (lambda uri: "*" in uri, N_("Wildcards are not possible; add each address by itself, without *.")),
    (lambda uri: "#" in uri, N_("Take out the # and what follows; browsers keep that part for themselves.")),
    (
        lambda uri: bool(_BROKEN_ESCAPE.search(uri) or _HIDDEN.search(uri)),
        N_("There is a broken or hidden character after a % sign; take it out."),
    ),
    (
        lambda uri: not _SCHEME.fullmatch(uri.partition(":")[0]) or ":" not in uri,
        N_("Write the whole address, beginning with https://."),
    ),
    (
        lambda uri: uri.partition(":")[0].lower() in _NEVER,
        N_("Browsers must not be sent to this kind of address; use one that begins with https://."),
    ),
)

_MEANING: tuple[_Meaning, ...] = (
    (
        # RFC 8252 §7.1: a private-use scheme is a reversed domain name, so that no two apps share one.
        lambda parts: not parts.is_web and "." not in parts.scheme,
        N_("An app's own scheme is a domain turned round, with a dot: com.example.app:/callback."),
    ),
    (
        lambda parts: parts.is_web and not parts.host,
        N_("The host is missing; write it like https://app.example/callback."),
    ),
    (lambda parts: "@" in parts.netloc, N_("Take out the user name or password before the @.")),
    (_is_foreign_host, N_("The host name is not valid; write it like https://app.example/callback.")),
    (lambda parts: not parts.port_is_good, N_("The port is not valid; write a number from 1 to 65535, or none.")),
    (_is_plain_http, N_("Only https:// is safe here; http:// works for localhost, 127.0.0.1 and [::1] alone.")),
    (_climbs, N_("Take out the . and .. parts of the path; browsers would change them.")),
    (
        _answers_itself,
        N_("The query already has a name that the answer uses, such as code or state; rename it."),
    ),
)
