"""Mail on the wire: composed from words and two templates, sent by SMTP or laid into var/mail."""

import os
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import idna
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_, SOURCE_LANGUAGE, Message, _, language_tag, speak
from oauth2system.runtime.outbox import Failed, Undeliverable
from oauth2system.settings import LOOPBACK_HOSTS, Settings

SENDER = "Oauth2System"
TIMEOUT_S = 15
_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION = 587
_PERMANENT = range(500, 600)
# What a mail server that cannot be reached raises, or one that answers something else than SMTP.
UNREACHABLE = (OSError, smtplib.SMTPException)


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says; `button` is (words on it, link), `after` is the small print."""

    subject: Message
    title: Message
    paragraphs: tuple[Message, ...]
    button: tuple[Message, str] | None = None
    after: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """Words and whom they are for; `counted` names the budget that it was counted on."""

    to: str
    words: Words
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as OAUTH2SYSTEM_SMTP_URL names it."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: str


def read_url(url: str) -> Server:
    """Read smtp(s)://user:pass@host:port, or say in one line what is wrong with it."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host, parts = None, None, urlsplit("")
    if parts.scheme not in _PORTS or not host:
        raise Misconfigured(N_("OAUTH2SYSTEM_SMTP_URL must look like smtp://user:password@mail.example.org:587."))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    usual = _SUBMISSION if user and parts.scheme == "smtp" else _PORTS[parts.scheme]
    return Server(host, port or usual, parts.scheme == "smtps", user, password)


def compose(
    settings: Settings, mail: Mail, *, number: str, now: datetime, language: str = SOURCE_LANGUAGE
) -> EmailMessage:
    """Write a mail with a plain and an HTML body in the recipient's language; `number` makes its Message-ID."""
    with speak(language):
        return _compose(settings, mail, number, now)


def _compose(settings: Settings, mail: Mail, number: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((SENDER, settings.mail_from))
    message["To"] = ascii_address(mail.to)
    message["Subject"] = _(mail.words.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{number}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nobody's out-of-office answers us
    facts = {"_": _, "language": language_tag(), "words": mail.words, "site": settings.public_url, "sender": SENDER}
    message.set_content(_templates().get_template("mail.txt").render(facts))
    message.add_alternative(_templates().get_template("mail.html").render(facts), subtype="html")
    return message


def ascii_address(address: str) -> str:
    """Return the address as every mail server understands it (RFC 5891 for the domain)."""
    local, _at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


@cache
def _templates() -> Environment:
    """Escape in HTML and only there."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "mails"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def send(settings: Settings, message: EmailMessage, *, number: str) -> None:
    """Send now; blocks for as long as the mail server takes, so only in a thread."""
    if settings.smtp_url is not None:
        _by_smtp(read_url(settings.smtp_url), message)
    elif settings.shows_mailbox:
        _into_folder(settings.var / "mail", message, number)
    else:
        raise Failed("no mail server is set: OAUTH2SYSTEM_SMTP_URL")


def _by_smtp(server: Server, message: EmailMessage) -> None:
    """Speak SMTP; what the server says is reported as its number alone, since its words hold addresses."""
    try:
        with connect(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise Failed(f"the mail server refused our name and password ({error.smtp_code})") from error
    except smtplib.SMTPRecipientsRefused as error:
        _refused(max(code for code, _text in error.recipients.values()), error)
    except smtplib.SMTPResponseException as error:
        _refused(error.smtp_code, error)
    except UNREACHABLE as error:
        raise Failed(f"the mail server could not be reached ({type(error).__name__})") from error


def _refused(code: int, error: Exception) -> None:
    if code in _PERMANENT:
        raise Undeliverable(f"the mail server refused this message ({code})") from error
    raise Failed(f"the mail server asked to try later ({code})") from error


def greet(server: Server, timeout_s: float) -> None:
    """Connect and wait for the greeting, without logging in; raises UNREACHABLE."""
    if server.implicit_tls:
        tls = ssl.create_default_context()
        smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=tls).close()
    else:
        smtplib.SMTP(server.host, server.port, timeout=timeout_s).close()


def connect(server: Server) -> smtplib.SMTP:
    """Connect, over TLS wherever the server is not this very machine and offers it."""
    tls = ssl.create_default_context()
    if server.implicit_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=tls)
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        connection.ehlo_or_helo_if_needed()
        if server.host not in LOOPBACK_HOSTS:
            _start_tls(connection, server, tls)
    except BaseException:
        connection.close()
        raise
    return connection


def _start_tls(connection: smtplib.SMTP, server: Server, tls: ssl.SSLContext) -> None:
    if connection.has_extn("starttls"):
        connection.starttls(context=tls)
    elif server.user:
        raise Failed("the mail server offers no TLS, so our password stays here; use smtps://")


def _into_folder(folder: Path, message: EmailMessage, number: str) -> None:
    """Lay the message down whole: a half-written one is never seen."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = message["Date"].datetime.strftime("%Y%m%dT%H%M%S")
    finished = folder / f"{moment}-{number}.eml"
    unfinished = finished.with_suffix(f".{os.getpid()}.tmp")
    try:
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(message.as_bytes())
        unfinished.rename(finished)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Failed(f"var/mail cannot be written ({error.strerror})") from error
