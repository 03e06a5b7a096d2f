"""The development mailbox: the files in var/mail, newest first. Only on a loopback address (T149)."""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from oauth2system.errors import NotFound
from oauth2system.i18n import N_
from oauth2system.policy import quotas
from oauth2system.settings import Settings


@dataclass(frozen=True, slots=True)
class DeliveredMail:
    """One message as a person reads it: the plain text."""

    number: str
    sent_at: datetime
    to: str
    subject: str
    text: str


def list_messages(settings: Settings) -> tuple[DeliveredMail, ...]:
    """Read the newest messages; raises NotFound once a mail server is set."""
    if not settings.shows_mailbox:
        raise NotFound(N_("There is nothing here."))
    folder = settings.var / "mail"
    # The moment alone would leave messages of one second in no order; their numbers grow with time.
    found = sorted(folder.glob("*.eml"), key=lambda path: path.name, reverse=True) if folder.is_dir() else []
    read = (_read(path) for path in found[: quotas.MAILBOX_SHOWN])
    return tuple(message for message in read if message is not None)


def _read(path: Path) -> DeliveredMail | None:
    try:
        parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    except OSError:
        return None  # deleted a moment ago
    date = parsed["Date"]
    return DeliveredMail(
        number=path.stem,
        sent_at=date.datetime if date is not None else datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
        to=str(parsed["To"] or ""),
        subject=str(parsed["Subject"] or ""),
        text=_text(parsed),
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
