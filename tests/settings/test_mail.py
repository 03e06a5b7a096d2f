"""The sender and the mail server: taken apart at the start, or refused there."""

from pathlib import Path

import pytest

from oauth2system.errors import Misconfigured
from oauth2system.setting_types.hosts import Host, Unusable
from oauth2system.setting_types.mail import Mailbox, MailServer, read_mail_server, read_mailbox
from tests.support.in_process.door import read_settings


@pytest.mark.parametrize(
    ("given", "name", "address"),
    [
        ("id@example.org", "", "id@example.org"),
        ("My ID <id@example.org>", "My ID", "id@example.org"),
        ("<id@example.org>", "", "id@example.org"),
        ('"My ID, Inc." <id@example.org>', "My ID, Inc.", "id@example.org"),
        (r'"The \"ID\"" <id@example.org>', 'The "ID"', "id@example.org"),
        ("Dr. No, Inc. <id@example.org>", "Dr. No, Inc.", "id@example.org"),
        ("\u00dcberclub <id@B\u00fccher.example>", "\u00dcberclub", "id@xn--bcher-kva.example"),
        ("id+a.b@[192.0.2.7]", "", "id+a.b@[192.0.2.7]"),
        ("id@[IPv6:2001:db8::1]", "", "id@[IPv6:2001:db8::1]"),
    ],
)
def test_a_sender_has_a_name_and_an_address(given: str, name: str, address: str) -> None:
    assert read_mailbox(given) == Mailbox(name, address)


@pytest.mark.parametrize(
    "given",
    [
        "no address", "me@", "@example.org", "My ID <id@example.org", "a@b.org, c@d.org", "a@b.org, c <d@e.org>",
        "a b@example.org", "a..b@example.org", "a@-b.org", "a@b..org", "<>", "My ID <>", "a@b <c@d.org> e", "a@b@c.org",
        "\u043f\u0440\u0438\u043c\u0435\u0440@example.org", f"{'a' * 65}@example.org", "My ID id@example.org",
    ],
)  # fmt: skip
def test_what_is_no_sender_is_refused_at_the_start(given: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^OAUTH2SYSTEM_MAIL_FROM is [^\n]+\.$"):
        read_settings(tmp_path, MAIL_FROM=given)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "no-reply@localhost"),
        ({"PUBLIC_URL": "https://id.example.org"}, "no-reply@id.example.org"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "no-reply@[127.0.0.1]"),
        ({"PUBLIC_URL": "http://[::1]:8000"}, "no-reply@[IPv6:::1]"),
    ],
)
def test_the_default_sender_is_an_address_too(given: dict[str, str], address: str, tmp_path: Path) -> None:
    assert read_settings(tmp_path, **given).mail_from == Mailbox("", address)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, False, "", "")),
        ("smtp://a:b@mail.example.org", ("mail.example.org", 587, False, "a", "b")),
        ("smtps://a%40x:b%3A@example.org", ("example.org", 465, True, "a@x", "b:")),
        ("smtp://[::1]:2525", ("::1", 2525, False, "", "")),
        ("smtp://us%40er:p%C3%A4ss@host", ("host", 587, False, "us@er", "p\u00e4ss")),
        ("smtp://user:p\u00e4ss@b\u00fccher.example/", ("xn--bcher-kva.example", 587, False, "user", "p\u00e4ss")),
        ("SMTPS://Mail.Example.ORG", ("mail.example.org", 465, True, "", "")),
    ],
)
def test_the_mail_server_is_read_from_one_url(url: str, server: tuple[str, int, bool, str, str]) -> None:
    host, port, implicit_tls, user, password = server
    assert read_mail_server(url) == MailServer(Host(host), port, implicit_tls, user, password)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org:25", "http://mail.example.org", "smtp://", "smtp://host:port", "smtp://host:0",
        "smtp://user:hunter2%E4@host", "smtp://user:hunter2%@host", "smtp://user:hunter2%0A@host", "smtp://%00:hunter2@h",
        "smtp://user:hunter2#x@host", "smtp://user:hunter2/x@host", "smtp://user:hunter2@host/?timeout=3", "smtp://a b",
    ],
)  # fmt: skip
def test_what_is_no_mail_server_is_refused_at_the_start_without_the_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^OAUTH2SYSTEM_SMTP_URL cannot be used: [^\n]+\.$") as refusal:
        read_settings(tmp_path, SMTP_URL=url)
    assert "hunter2" not in str(refusal.value)


def test_a_password_is_in_no_description_of_the_server() -> None:
    assert "hunter2" not in repr(read_mail_server("smtp://user:hunter2@host"))


def test_a_sender_without_an_address_is_no_sender() -> None:
    with pytest.raises(Unusable):
        read_mailbox("")
