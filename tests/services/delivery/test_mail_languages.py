"""A mail is written in the language of the person who gets it, while another is written in another."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from oauth2system.i18n import _
from oauth2system.services.delivery import message_texts, smtp
from oauth2system.services.delivery.smtp import Mail
from oauth2system.settings import Settings
from tests.support.in_process.door import read_settings

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(tmp_path, PUBLIC_URL="https://id.example.org")


def bodies(message: EmailMessage) -> dict[str, str]:
    return {part.get_content_subtype(): part.get_content() for part in message.iter_parts()}


@pytest.mark.usefixtures("german")
def test_two_mails_at_once_are_written_in_two_languages(settings: Settings) -> None:
    def write(number: int) -> EmailMessage:
        mail = Mail(
            "a@example.org", message_texts.PASSWORD_CHANGED.fill(settings, username=f"ada{number}", when="noon")
        )
        return smtp.compose(settings, mail, number="1f", now=NOW, language=("en", "de")[number % 2])

    with ThreadPoolExecutor(8) as threads:
        mails = list(threads.map(write, range(20)))
    link = "https://id.example.org/account/password_reset"
    for number, mail in enumerate(mails):
        site = "Oauth2System (id.example.org)"
        subject, sentence, warning, language = (
            (
                "Dein Passwort ist geändert",
                f"Das Passwort deines Kontos ada{number} bei {site} wurde am noon (UTC) geändert.",
                f"Warst du es nicht, wähle ein neues: {link}",
                "de",
            )
            if number % 2
            else (
                "Your password has changed",
                f"The password of your account ada{number} at {site} was changed on noon (UTC).",
                f"If it was not you, choose a new password now: {link}",
                "en",
            )
        )
        assert mail["Subject"] == subject
        for text in bodies(mail).values():
            assert sentence in text
            assert warning in re.sub(r"</?a\b[^>]*>", "", text)
        assert f'<html lang="{language}">' in bodies(mail)["html"]
        assert f"<title>{subject}</title>" in bodies(mail)["html"]


@pytest.mark.usefixtures("german")
def test_writing_a_mail_leaves_the_language_of_the_writer_alone(settings: Settings) -> None:
    mail = Mail("a@example.org", message_texts.PASSWORD_CHANGED.fill(settings, username="ada", when="noon"))
    smtp.compose(settings, mail, number="1f", now=NOW, language="de")
    assert _("Too short.") == "Too short."
    assert smtp.compose(settings, mail, number="1f", now=NOW)["Subject"] == "Your password has changed"


@pytest.mark.usefixtures("german")
def test_a_date_in_a_mail_is_written_as_its_reader_writes_dates(settings: Settings) -> None:
    mail = Mail("a@example.org", message_texts.PASSWORD_CHANGED.fill(settings, username="ada", when=NOW))
    for language, when in (("en", "1 January 2026, 12:00"), ("de", "1. Januar 2026, 12:00")):
        message = smtp.compose(settings, mail, number="1f", now=NOW, language=language)
        assert when in bodies(message)["plain"]
