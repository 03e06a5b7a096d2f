"""A real SMTP server that keeps what it is given, and can be told to refuse."""

import contextlib
import email
import email.policy
import time
from collections.abc import Generator
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port

OK = "250 Message accepted for delivery"


class Inbox:
    """Every message the server took, oldest first."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = OK
        self.answer_to_sender = "250 OK"
        self.messages: list[EmailMessage] = []
        self.senders: list[str | None] = []
        self.users: dict[bytes, bytes] = {}
        self.logged_in: list[bytes] = []
        self.attempts = 0

    async def handle_MAIL(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Note who sends, as the envelope says it."""
        del server, session
        self.senders.append(address)
        if self.answer_to_sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answer_to_sender

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        """Accept the users of the test and their passwords."""
        del server, session, envelope, mechanism
        assert isinstance(given, LoginPassword)
        self.logged_in.append(given.login)
        return AuthResult(success=self.users.get(given.login) == given.password, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        """Take one message, or refuse it in the words a test asked for."""
        del server, session
        self.attempts += 1
        if self.answer == OK:
            self.messages.append(email.message_from_bytes(_bytes(envelope.content), policy=email.policy.default))
        return self.answer

    def to(self, address: str) -> list[EmailMessage]:
        """Return the messages to one address."""
        return [message for message in list(self.messages) if address in str(message["To"])]

    def wait_for(self, address: str, *, number: int = 1, seconds: float = PATIENCE_S) -> EmailMessage:
        """Return the newest message to the address once there are as many; fail plainly when none comes."""
        until = time.monotonic() + seconds
        while len(self.to(address)) < number:
            if time.monotonic() > until:
                raise AssertionError(
                    f"No mail number {number} to {address} came; there are {len(self.messages)} in all."
                )
            time.sleep(0.02)
        return self.to(address)[number - 1]


def _bytes(content: str | bytes | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""


@contextlib.contextmanager
def smtp_server() -> Generator[Inbox]:
    """Run a mail server on the loopback; `inbox.url` is what goes into OAUTH2SYSTEM_SMTP_URL."""
    inbox = Inbox()
    port = free_port()
    controller = Controller(
        inbox, hostname="127.0.0.1", port=port, ready_timeout=10, auth_require_tls=False, authenticator=inbox.log_in
    )
    inbox.url = f"smtp://127.0.0.1:{port}"
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
