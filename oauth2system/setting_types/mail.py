"""The sender of mails, and the mail server where they are handed in."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from oauth2system.i18n import N_
from oauth2system.setting_types.hosts import Host, Unusable, host_of, read_host, split

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LONGEST_LOCAL_PART = 64
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_QUOTED = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"')
_LONGEST_DISPLAY_NAME = 200
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SUBMISSION = 587  # RFC 6409
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A sender: the name that people read, which may be empty, and the address for mail servers."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """Return what follows the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in, and the credentials for it; `user` is empty where none are needed."""

    host: Host
    port: int
    implicit_tls: bool
    user: str
    password: str = field(repr=False)


def read_mailbox(text: str) -> Mailbox:
    """Read a sender, `Name <address>` or an address alone (RFC 5322 §3.4); raises Unusable."""
    named = _NAMED.fullmatch(text)
    if named is None:
        return Mailbox("", _read_address(text))
    return Mailbox(_read_display_name(named["name"].strip()), _read_address(named["address"].strip()))


def _read_display_name(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    name = re.sub(r"\\(.)", r"\1", quoted["text"]) if quoted else text
    if len(name) > _LONGEST_DISPLAY_NAME or (quoted is None and any(mark in text for mark in '"@')):
        raise Unusable(N_('write it like "My site" <id@example.org>, with one address'))
    return name


def _read_address(text: str) -> str:
    """Return an address that every mail server accepts in an envelope (RFC 5321 §4.1.2)."""
    local, _at, domain = text.rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or len(local) > _LONGEST_LOCAL_PART:
        raise Unusable(N_("write it like My site <id@example.org> or id@example.org, with one address"))
    return f"{local}@{domain_of(_read_domain(domain))}"


def _read_domain(text: str) -> Host:
    literal = text.removeprefix("[").removesuffix("]")
    return read_host(literal.removeprefix("IPv6:") if literal != text else text)


def domain_of(host: Host) -> str:
    """Return a host as it stands after the @ of an address: an IP address as a literal (RFC 5321 §4.1.3)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{host}]" if address.version == 4 else f"[IPv6:{host}]"  # noqa: PLR2004  (as in IPv4)


def read_mail_server(text: str) -> MailServer:
    """Read `smtp(s)://user:password@host:port`, with name and password percent-encoded; raises Unusable."""
    form = N_("it must look like smtp://user:password@mail.example.org:587")
    parts = split(text, form)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Unusable(form)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Unusable(N_("after the port comes nothing; write / as %2F, ? as %3F and # as %23 in a password"))
    user, password = _decode(parts.username or ""), _decode(parts.password or "")
    usual = _SUBMISSION if user and parts.scheme == "smtp" else _PORTS[parts.scheme]
    return MailServer(host_of(parts), parts.port or usual, parts.scheme == "smtps", user, password)


def _decode(text: str) -> str:
    """Return percent-encoded UTF-8 as text (RFC 3986 §2.1), without control characters (RFC 4616 §2)."""
    if _BAD_ESCAPE.search(text):
        raise Unusable(N_("a % in a name or password is written as %25"))
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise Unusable(N_("the %-escapes of its name and password must be UTF-8")) from error
    if _CONTROL.search(decoded):
        raise Unusable(N_("its name or password has a control character"))
    return decoded
