"""Composes mails from words and two templates, and sends them by SMTP or writes them to var/mail."""

import os
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import idna

from oauth2system.i18n import SOURCE_LANGUAGE, Message, _, language_tag, speak
from oauth2system.runtime.outbox import Failed, Undeliverable
from oauth2system.setting_types.hosts import LOOPBACK_HOSTS
from oauth2system.setting_types.mail import Mailbox, MailServer
from oauth2system.settings import Settings

if TYPE_CHECKING:
    from jinja2 import Environment

SENDER = "Oauth2System"
TIMEOUT_S = 15
_PERMANENT = range(500, 600)
_OK = 250
_LOGGED_IN = 235


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
    """A mail to one address; `counted` names the budget that it was counted on."""

    to: str
    words: Words
    counted: tuple[str, ...] = ()


def compose(
    settings: Settings, mail: Mail, *, number: str, now: datetime, language: str = SOURCE_LANGUAGE
) -> EmailMessage:
    """Write a mail with a plain and an HTML body in the recipient's language; `number` makes its Message-ID."""
    with speak(language):
        return _compose(settings, mail, number, now)


def _compose(settings: Settings, mail: Mail, number: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = _from(settings.mail_from)
    message["To"] = ascii_address(mail.to)
    message["Subject"] = _(mail.words.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{number}@{settings.mail_from.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no automatic replies
    facts = {"_": _, "language": language_tag(), "words": mail.words, "site": settings.public_url, "sender": SENDER}
    facts["new_password"] = new_password_address(settings)
    message.set_content(_templates().get_template("mail.txt").render(facts))
    message.add_alternative(_templates().get_template("mail.html").render(facts), subtype="html")
    return message


def new_password_address(settings: Settings) -> str:
    """Return the address of the page for a new password, which many mails name; in HTML it is a link."""
    return f"{settings.public_url}/account/password_reset"


def _from(sender: Mailbox) -> Address:
    local, _at, domain = sender.address.rpartition("@")
    return Address(sender.name or SENDER, local, domain)


def ascii_address(address: str) -> str:
    """Return the address as every mail server understands it (RFC 5891 for the domain)."""
    local, _at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


@cache
def _templates() -> "Environment":
    """Escape in HTML and only there."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  (loaded with the first mail)

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "mails"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def send(settings: Settings, message: EmailMessage, *, number: str) -> None:
    """Send now; raises Failed and Undeliverable. Blocks for as long as the mail server takes, so only in a thread."""
    if settings.mail_server is not None:
        _by_smtp(settings.mail_server, settings.mail_from.address, message)
    elif settings.shows_mailbox:
        _into_folder(settings.var / "mail", message, number)
    else:
        raise Failed("no mail server is set: OAUTH2SYSTEM_SMTP_URL")


def _by_smtp(server: MailServer, sender: str, message: EmailMessage) -> None:
    with _trouble_is_failed(), connect(server) as connection:
        _log_in(connection, server)
        connection.send_message(message, from_addr=sender)


def prove(server: MailServer, sender: Mailbox, timeout_s: float) -> None:
    """Log in and name the sender, as before a mail, then take it back; raises Failed with the reason."""
    with _trouble_is_failed(), connect(server, timeout_s) as connection:
        _log_in(connection, server)
        code, _words = connection.mail(sender.address)
        if code != _OK:
            raise Failed(f"it refused the sender {sender.address} ({code})")
        connection.rset()


@contextmanager
def _trouble_is_failed() -> Generator[None]:
    """Report what a mail server says as its number alone, since its words hold addresses."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise Failed(f"the mail server refused our name and password ({error.smtp_code})") from error
    except smtplib.SMTPNotSupportedError as error:
        raise Failed("the mail server offers no way to log in that we know") from error
    except smtplib.SMTPRecipientsRefused as error:
        _raise_refused(max(code for code, _text in error.recipients.values()), error)
    except smtplib.SMTPDataError as error:
        _raise_refused(error.smtp_code, error)
    # These are about us and not about this mail: it waits until the settings are corrected.
    except smtplib.SMTPSenderRefused as error:
        raise Failed(f"the mail server refused our sender ({error.smtp_code})") from error
    except smtplib.SMTPResponseException as error:
        raise Failed(f"the mail server turned us away ({error.smtp_code})") from error
    except ssl.SSLCertVerificationError as error:
        raise Failed(f"the mail server has no valid certificate ({error.verify_message})") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(f"the mail server could not be reached ({type(error).__name__})") from error


def _raise_refused(code: int, error: Exception) -> None:
    if code in _PERMANENT:
        raise Undeliverable(f"the mail server refused this message ({code})") from error
    raise Failed(f"the mail server asked to try later ({code})") from error


def _log_in(connection: smtplib.SMTP, server: MailServer) -> None:
    """Log in if the server wants it; smtplib knows credentials in ASCII only, RFC 4616 §2 has them in UTF-8."""
    if not server.user:
        return
    if server.user.isascii() and server.password.isascii():
        connection.login(server.user, server.password)
        return
    connection.ehlo_or_helo_if_needed()
    if "PLAIN" not in connection.esmtp_features.get("auth", "").upper().split():
        raise Failed("the mail server does not offer AUTH PLAIN, which a password beyond ASCII needs")
    credentials = b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    code, words = connection.docmd("AUTH", f"PLAIN {credentials}")
    if code != _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, words)


def connect(server: MailServer, timeout_s: float | None = None) -> smtplib.SMTP:
    """Connect, over TLS if the server offers it and is not on this machine; raises OSError and SMTPException."""
    timeout_s = TIMEOUT_S if timeout_s is None else timeout_s
    tls = ssl.create_default_context()
    if server.implicit_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=tls)
    connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        connection.ehlo_or_helo_if_needed()
        if server.host not in LOOPBACK_HOSTS:
            _start_tls(connection, server, tls)
    except BaseException:
        connection.close()
        raise
    return connection


def _start_tls(connection: smtplib.SMTP, server: MailServer, tls: ssl.SSLContext) -> None:
    if connection.has_extn("starttls"):
        connection.starttls(context=tls)
    elif server.user:
        raise Failed("the mail server offers no TLS, so our password stays here; use smtps://")


def _into_folder(folder: Path, message: EmailMessage, number: str) -> None:
    """Write the message to a file that gets its name when it is complete."""
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
