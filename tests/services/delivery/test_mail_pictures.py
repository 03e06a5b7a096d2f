"""`make mails` draws every mail that can be sent, in each of its languages."""

import re
from pathlib import Path

import pytest

from oauth2system.services.delivery import message_texts, smtp
from oauth2system.services.delivery.smtp import Mail
from scripts import mail_pictures
from tests.support.in_process.door import read_settings

ROOT = Path(__file__).resolve().parents[3]
TEXTS = dict(mail_pictures.list_texts())


def test_every_text_of_a_mail_is_drawn() -> None:
    folder = ROOT / "oauth2system"
    made = [
        (path.name, name.lower())
        for path in folder.rglob("*.py")
        for name in re.findall(r"^([A-Z_]+) = (?:Text\(|replace\()", path.read_text(encoding="utf-8"), re.MULTILINE)
        if "message_texts" in path.read_text(encoding="utf-8") or path.name == "message_texts.py"
    ]
    assert {name for _path, name in made} == set(TEXTS)
    assert {path for path, _name in made} == {"message_texts.py", "deletion_texts.py"}


@pytest.mark.parametrize("language", mail_pictures.LANGUAGES)
def test_each_has_its_subject_its_button_and_no_empty_place(language: str, tmp_path: Path) -> None:
    settings = read_settings(tmp_path, PUBLIC_URL="https://id.example.org")
    for name, text in TEXTS.items():
        message = mail_pictures.compose(settings, text, language)
        for kind in ("html", "plain"):
            body = mail_pictures.read_body(message, kind)
            assert not re.search(r"\{\w+\}", body), name
            assert text.button is None or "https://id.example.org/" in body, name
        assert f'lang="{language}"' in mail_pictures.read_body(message, "html")


def test_the_page_for_a_new_password_is_a_link_and_no_name_becomes_one(tmp_path: Path) -> None:
    settings = read_settings(tmp_path, PUBLIC_URL="https://id.example.org")
    evil = 'https://evil.example/"><a href=x>'
    text = message_texts.PASSWORD_CHANGED
    html = mail_pictures.read_body(
        smtp.compose(
            settings, Mail("a@example.org", text.fill(settings, username=evil, when="noon")), number="1",
            now=mail_pictures.NOW,
        ),
        "html",
    )  # fmt: skip
    assert re.findall(r'href="([^"]*)"', html) == ["https://id.example.org/account/password_reset"]
    assert html.lower().startswith("<!doctype html>")
