"""Handing mail in: who we say we are, and what proves beforehand that it works."""

import socket
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from oauth2system.i18n import N_
from oauth2system.runtime.outbox import Failed
from oauth2system.services.delivery import smtp
from oauth2system.services.delivery.smtp import Mail, Words
from oauth2system.settings import Settings
from tests.support.in_process.door import read_settings
from tests.support.servers.smtp import Inbox

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def send(settings: Settings) -> None:
    mail = Mail("ada@example.org", Words(N_("A subject"), N_("A title"), ()))
    smtp.send(settings, smtp.compose(settings, mail, number="1f", now=NOW), number="1f")


def prove(settings: Settings) -> None:
    assert settings.mail_server is not None
    smtp.prove(settings.mail_server, settings.mail_from, 5)


def with_login(inbox: Inbox, login: str) -> str:
    return inbox.url.replace("smtp://", f"smtp://{login}@")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("My ID <id@example.org>", "My ID <id@example.org>"),
        ("My ID, Inc. <id@example.org>", '"My ID, Inc." <id@example.org>'),
        ("\u00dcberclub <id@example.org>", "\u00dcberclub <id@example.org>"),
        ("\u30ed\u30b0\u30a4\u30f3" * 3 + " <id@example.org>", "\u30ed\u30b0\u30a4\u30f3" * 3 + " <id@example.org>"),
        ("id@example.org", "Oauth2System <id@example.org>"),
    ],
)
def test_the_envelope_has_the_address_and_the_header_has_one_mailbox(
    tmp_path: Path, inbox: Inbox, given: str, shown: str
) -> None:
    send(read_settings(tmp_path, SMTP_URL=inbox.url, MAIL_FROM=given))
    message = inbox.wait_for("ada@example.org")
    assert inbox.senders == ["id@example.org"]
    assert str(message["From"]) == shown
    assert [address.addr_spec for address in message["From"].addresses] == ["id@example.org"]
    assert str(message["Message-ID"]) == "<1f@example.org>"


@pytest.mark.parametrize(
    ("login", "user", "password"),
    [
        ("us%40er:p%C3%A4ss", "us@er", "p\u00e4ss"),
        ("m\u00fcller:plain", "m\u00fcller", "plain"),
        ("user:p%3Ass", "user", "p:ss"),
    ],
)
def test_name_and_password_are_sent_in_utf_8(
    tmp_path: Path, inbox: Inbox, login: str, user: str, password: str
) -> None:
    inbox.users = {user.encode(): password.encode()}
    settings = read_settings(tmp_path, SMTP_URL=with_login(inbox, login))
    prove(settings)
    send(settings)
    assert inbox.wait_for("ada@example.org")
    assert inbox.logged_in == [user.encode()] * 2


def test_a_proof_sends_no_mail(tmp_path: Path, inbox: Inbox) -> None:
    prove(read_settings(tmp_path, SMTP_URL=inbox.url, MAIL_FROM="My ID <id@example.org>"))
    assert (inbox.senders, inbox.attempts) == (["id@example.org"], 0)


@pytest.mark.parametrize("password", ["wrong", "falsch%C3%9F"])
def test_a_password_that_is_refused_is_found_before_the_first_mail(tmp_path: Path, inbox: Inbox, password: str) -> None:
    settings = read_settings(tmp_path, SMTP_URL=with_login(inbox, f"user:{password}"))
    with pytest.raises(Failed, match=r"refused our name and password \(535\)"):
        prove(settings)


def test_a_sender_that_is_refused_is_found_before_the_first_mail(tmp_path: Path, inbox: Inbox) -> None:
    inbox.answer_to_sender = "553 5.7.1 not yours"
    with pytest.raises(Failed, match=r"refused the sender no-reply@localhost \(553\)"):
        prove(read_settings(tmp_path, SMTP_URL=inbox.url))


def test_a_sender_that_is_refused_loses_no_mail(tmp_path: Path, inbox: Inbox) -> None:
    inbox.answer_to_sender = "553 5.7.1 not yours, <id@example.org>"
    settings = read_settings(tmp_path, SMTP_URL=inbox.url, MAIL_FROM="id@example.org")
    with pytest.raises(Failed, match=r"refused our sender \(553\)") as refusal:
        send(settings)
    assert "@" not in str(refusal.value)
    inbox.answer_to_sender = "250 OK"
    send(settings)
    assert inbox.wait_for("ada@example.org")


def test_a_mail_server_that_turns_us_away_at_its_door_loses_no_mail(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        away = Thread(target=_turn_away, args=(listening,), daemon=True)
        away.start()
        with pytest.raises(Failed, match=r"turned us away \(554\)"):
            send(read_settings(tmp_path, SMTP_URL=f"smtp://127.0.0.1:{listening.getsockname()[1]}"))
        away.join(5)


def _turn_away(listening: socket.socket) -> None:
    line, _address = listening.accept()
    with line:
        line.sendall(b"554 5.7.1 no service for you\r\n")
