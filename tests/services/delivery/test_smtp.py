"""Mail on the wire: two bodies, one sender, and what the mail server's answers mean."""

import email
import email.policy
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from oauth2system.i18n import N_
from oauth2system.runtime.outbox import Failed, Undeliverable
from oauth2system.services.delivery import deletion_texts, message_texts, smtp
from oauth2system.services.delivery.message_texts import Text
from oauth2system.services.delivery.smtp import Mail, Words
from oauth2system.setting_types.hosts import Host
from oauth2system.setting_types.mail import MailServer, read_mail_server
from oauth2system.settings import Settings, load
from tests.support.servers.smtp import Inbox

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORDS = Words(
    N_("A subject"),
    N_("A title"),
    (N_("One <b>line</b> & more"),),
    (N_("Do it"), "https://id.example.org/x?a=1&b=2"),
    (N_("Bye"),),
)
TEXTS = {name: text for name, text in (vars(message_texts) | vars(deletion_texts)).items() if isinstance(text, Text)}
FACTS = {
    "username": "ada", "token": "T", "new": "new@example.org", "when": NOW, "app": "Notes", "until": NOW,
    "browser": "Firefox", "place": "192.0.2.7", "old": "ava", "due": NOW,
    "secrets": "x9Qe", "client_id": "1", "domain": "notes.example",
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"OAUTH2SYSTEM_SECRET_KEY": "k" * 64, "OAUTH2SYSTEM_MAIL_FROM": "no-reply@id.example.org"}
    return load(given, folder=tmp_path)


def composed(settings: Settings, to: str = "ada@example.org", words: Words = WORDS) -> EmailMessage:
    message = smtp.compose(settings, Mail(to, words), number="1f", now=NOW)
    parsed = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_mail_has_a_plain_and_an_html_body(settings: Settings) -> None:
    message = composed(settings)
    assert message.get_content_type() == "multipart/alternative"
    assert "One <b>line</b> & more" in body(message, "plain")
    assert "https://id.example.org/x?a=1&b=2" in body(message, "plain")
    assert "One &lt;b&gt;line&lt;/b&gt; &amp; more" in body(message, "html")
    assert 'href="https://id.example.org/x?a=1&amp;b=2"' in body(message, "html")


def test_a_mail_says_who_sends_it_and_that_a_machine_wrote_it(settings: Settings) -> None:
    message = composed(settings)
    assert str(message["From"]) == "Oauth2System <no-reply@id.example.org>"
    assert str(message["Message-ID"]) == "<1f@id.example.org>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"


def test_nothing_in_a_mail_is_fetched_from_anywhere(settings: Settings) -> None:
    html = body(composed(settings), "html")
    assert "src=" not in html
    assert "<link" not in html
    assert "url(" not in html


def test_an_international_domain_is_written_as_every_server_understands_it(settings: Settings) -> None:
    assert str(composed(settings, "ada@b\u00fccher.example")["To"]) == "ada@xn--bcher-kva.example"


def test_a_line_break_cannot_add_a_header(settings: Settings) -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed|carriage"):
        composed(settings, "ada@example.org\r\nBcc: eve@example.org")


def test_t126_a_name_full_of_markup_stays_text(settings: Settings) -> None:
    words = message_texts.EMAIL_CHANGE_ASKED.fill(
        settings, username="<img src=x onerror=alert(1)>", new="new@example.org"
    )
    assert "<img" not in body(composed(settings, words=words), "html")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_mail_names_the_site_and_links_only_to_it(settings: Settings, text: Text) -> None:
    settings = replace(settings, public_url="https://id.example.org")
    message = composed(settings, words=text.fill(settings, **FACTS))
    for kind in ("plain", "html"):
        words = body(message, kind)
        assert "id.example.org" in words
        links = [piece.split('"')[0].split()[0] for piece in words.split("https://")[1:]]
        assert all(link.startswith("id.example.org") for link in links)
        assert "{" not in words.replace("{ ", "").split("</style>")[-1]


def test_the_folder_holds_whole_messages_that_only_we_may_read(settings: Settings) -> None:
    smtp.send(settings, smtp.compose(settings, Mail("ada@example.org", WORDS), number="1f", now=NOW), number="1f")
    files = list((settings.var / "mail").iterdir())
    assert [file.name for file in files] == ["20260101T120000-1f.eml"]
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_without_a_mail_server_nothing_is_laid_down_where_others_reach_us(settings: Settings) -> None:
    public = replace(settings, public_url="https://id.example.org")
    with pytest.raises(Failed, match="SMTP_URL"):
        smtp.send(public, composed(settings), number="1f")


def test_a_mail_server_gets_the_mail(settings: Settings, inbox: Inbox) -> None:
    smtp.send(replace(settings, mail_server=read_mail_server(inbox.url)), composed(settings), number="1f")
    assert str(inbox.wait_for("ada@example.org")["Subject"]) == "A subject"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("450 Later, <ada@example.org>", Failed), ("550 Never, <ada@example.org>", Undeliverable)],
)
def test_t159_a_refusal_is_kept_without_the_address(
    settings: Settings, inbox: Inbox, answer: str, meaning: type[Exception]
) -> None:
    inbox.answer = answer
    with pytest.raises(meaning) as refusal:
        smtp.send(replace(settings, mail_server=read_mail_server(inbox.url)), composed(settings), number="1f")
    assert answer[:3] in str(refusal.value)
    assert "@" not in str(refusal.value)


def test_t159_a_mail_server_that_is_down_is_tried_again(settings: Settings) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refuses every connection
        url = f"smtp://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(Failed, match="could not be reached"):
            smtp.send(replace(settings, mail_server=read_mail_server(url)), composed(settings), number="1f")


def test_t159_a_mail_server_that_says_nothing_is_given_up_after_a_while(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Failed, match="could not be reached"):
            smtp.send(replace(settings, mail_server=read_mail_server(url)), composed(settings), number="1f")


class Spoken:
    """A mail connection that only remembers what was asked of it."""

    def __init__(self, *, offers_tls: bool) -> None:
        self.offers_tls = offers_tls
        self.did: list[str] = []

    def ehlo_or_helo_if_needed(self) -> None:
        self.did.append("ehlo")

    def has_extn(self, name: str) -> bool:
        return self.offers_tls and name == "starttls"

    def starttls(self, *, context: ssl.SSLContext) -> None:
        assert context.verify_mode == ssl.CERT_REQUIRED
        self.did.append("starttls")

    def close(self) -> None:
        self.did.append("close")


@pytest.mark.parametrize(
    ("host", "user", "offers_tls", "did"),
    [
        ("mail.example.org", "", True, ["ehlo", "starttls"]),
        ("mail.example.org", "a", True, ["ehlo", "starttls"]),
        ("mail.example.org", "", False, ["ehlo"]),
        ("mail.example.org", "a", False, None),
        ("localhost", "a", True, ["ehlo"]),
    ],
)
def test_a_password_never_goes_to_another_machine_without_tls(
    monkeypatch: pytest.MonkeyPatch, host: str, user: str, offers_tls: bool, did: list[str] | None
) -> None:
    spoken = Spoken(offers_tls=offers_tls)

    def connect(_host: str, _port: int, *, timeout: float) -> Spoken:
        assert timeout > 0
        return spoken

    monkeypatch.setattr(smtp.smtplib, "SMTP", connect)
    server = MailServer(Host(host), 25, implicit_tls=False, user=user, password="b")
    if did is None:
        with pytest.raises(Failed, match="TLS"):
            smtp.connect(server)
        assert spoken.did == ["ehlo", "close"]
    else:
        smtp.connect(server)
        assert spoken.did == did
