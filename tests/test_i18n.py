"""A message reads as English everywhere, and in the reader's language where it is shown."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oauth2system import i18n
from oauth2system.errors import Invalid, TooManyAttempts
from oauth2system.i18n import N_, Message, _, choose, join, pack, speak, translate, unpack
from tests.support.in_process.languages import write_catalogue

NESTED = N_("{name} has {count} apps, {state}.", name="Ada", count=3, state=N_("all of them disabled"))


def test_a_message_is_its_english_text() -> None:
    assert NESTED == "Ada has 3 apps, all of them disabled."
    assert hash(NESTED) == hash("Ada has 3 apps, all of them disabled.")
    assert json.dumps([NESTED]) == '["Ada has 3 apps, all of them disabled."]'


@pytest.mark.usefixtures("german")
def test_it_is_translated_with_its_values_and_what_they_say() -> None:
    assert _(NESTED) == "Ada has 3 apps, all of them disabled."
    with speak("de"):
        assert _(NESTED) == "Ada hat 3 Apps, alle gesperrt."
        assert _(TooManyAttempts(7).message) == "Zu viele Versuche. Warte 7 Sekunden."
        assert _("Too short.") == "Zu kurz."
    assert _("Too short.") == "Too short."


@pytest.mark.usefixtures("german")
def test_what_has_no_translation_is_said_in_english() -> None:
    with speak("de"):
        assert _(N_("Nobody translated {this}.", this="me")) == "Nobody translated me."
        assert _(N_("{name} has {count} apps, {state}.", name="Ada", count=1, state="{state}")) == (
            "Ada hat 1 Apps, {state}."
        )


@pytest.mark.usefixtures("german")
def test_an_empty_text_stays_empty_in_every_language() -> None:
    with speak("de"):
        assert (_(""), _(Message("")), translate("")) == ("", "", "")


@pytest.mark.usefixtures("german")
def test_a_name_that_equals_a_text_of_ours_is_left_alone() -> None:
    with speak("de"):
        assert translate("Too short.") == "Too short."
        assert translate(N_("Too short.")) == "Zu kurz."


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("message", [NESTED, N_("Too short."), Message("")])
def test_a_message_survives_json_and_pickle(message: Message) -> None:
    for again in (unpack(json.loads(json.dumps(pack(message)))), pickle.loads(pickle.dumps(message))):
        assert (again, again.template) == (message, message.template)
        with speak("de"):
            assert _(again) == _(message)


def test_values_that_json_does_not_know_are_kept_as_they_read() -> None:
    kept = unpack(json.loads(json.dumps(pack(N_("Run: chmod 600 {path}", path=Path("/var/key"))))))
    assert kept == "Run: chmod 600 /var/key"


def test_a_bare_text_is_read_as_a_message() -> None:
    assert unpack("Too short.") == N_("Too short.")


@pytest.mark.usefixtures("german")
def test_several_messages_are_translated_one_by_one() -> None:
    both = Invalid(name=N_("Too short."), form=N_("Have another look.")).message
    assert both == join((N_("Too short."), N_("Have another look.")), "; ") == "Too short.; Have another look."
    with speak("de"):
        assert _(both) == "Zu kurz.; Sieh noch einmal hin."


@pytest.mark.usefixtures("german")
def test_every_thread_speaks_its_own_language() -> None:
    def say(number: int) -> list[str]:
        language = ("en", "de")[number % 2]
        with speak(language):
            return [_(N_("Use {least} to {most} characters.", least=number, most=number)) for _again in range(100)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(say, range(40)))
    for number, said in enumerate(answers):
        wanted = f"Nimm {number} bis {number} Zeichen." if number % 2 else f"Use {number} to {number} characters."
        assert set(said) == {wanted}


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [
        (["de"], "de"),
        (["de-AT"], "de"),
        (["DE_ch"], "de"),
        (["pt-BR"], "pt_BR"),
        (["pt-BR-x-anything"], "pt_BR"),
        (["pt"], "en"),
        (["fr", "de"], "de"),
        (["en-GB", "de"], "en"),
        (["de1", "../de", ""], "en"),
        ([], "en"),
    ],
)
def test_the_first_wish_that_there_is_a_catalogue_for_is_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wishes: list[str], chosen: str
) -> None:
    for language in ("de", "pt_BR"):
        write_catalogue(tmp_path, language, {})
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    assert i18n.languages() == ("en", "de", "pt_BR")
    assert choose(wishes) == chosen


def test_there_is_nothing_to_choose_from_without_a_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    assert i18n.languages() == ("en",)
    assert choose(["de"]) == "en"
