"""Every page, looked at as it is built: its words pass through gettext, its pieces belong together."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oauth2system.i18n import Message
from oauth2system.policy import page_messages
from oauth2system.ui.docs import guides
from oauth2system.ui.docs.quick_starts.catalog import ALL

ROOT = Path(__file__).resolve().parents[2]

# Nobody translates these: our name, the languages of snippets, other programs, and what stands in code.
NOT_WORDS = {
    "Oauth2System",
    "Python",
    "curl",
    "JSON",
    "JavaScript",
    "PHP",
    "HTML",
    "identify",
    "email",
    "state",
    "error",
    ".env",
    *(start.title for start in ALL.values() if not isinstance(start.title, Message)),
}


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    """Build every page in a process of its own, each translated text in ⟦brackets⟧."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("OAUTH2SYSTEM_", "REFLEX_"))}
    command = [sys.executable, "-m", "tests.support.browsers.untranslated_texts"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout[done.stdout.index('{"pages"') :])["pages"]


def test_every_text_on_every_page_passes_through_gettext(built: dict[str, Any]) -> None:
    bare = {
        f"{route}: {text}"
        for route, page in built.items()
        for text in page["texts"]
        if re.search(r"[A-Za-z]{2}", rest := re.sub("⟦[^⟧]*⟧", "", text)) and rest.strip() not in NOT_WORDS
    }
    assert bare == set()


def test_every_page_has_a_title_that_passes_through_gettext(built: dict[str, Any]) -> None:
    titles = {route: page["title"] for route, page in built.items()}
    english = {"index", *(guide.route.removeprefix("/") for guide in guides.ALL)}
    assert [route for route, title in titles.items() if route not in english and "⟦" not in title] == []
    assert len(set(titles.values())) == len(titles), "two pages of one name cannot be told apart in a history"


def test_every_field_has_a_label_and_every_id_is_there_once(built: dict[str, Any]) -> None:
    for route, page in built.items():
        unlabelled = set(page["controls"]) - set(page["labels"])
        assert unlabelled == set(), route
        assert page["twice"] == [], route


@pytest.mark.parametrize(
    ("route", "labels", "buttons"),
    [
        ("apps", ["App name"], ["Create app"]),
        ("apps/[client_id]", ["Redirect URI"], ["Open link", "Save"]),
        ("apps/[client_id]/secrets", [], ["New secret"]),
        ("account/connections", [], ["Revoke access", "Sign out"]),
        ("account", ["Display name"], ["Save"]),
    ],
)
def test_the_contract_s_words_are_on_the_page(
    built: dict[str, Any], route: str, labels: list[str], buttons: list[str]
) -> None:
    page = built[route]
    shown = [text.strip("⟦⟧") for text in page["label_texts"]]
    assert [label for label in labels if label not in shown] == []
    pressed = [text.strip("⟦⟧") for text in page["button_texts"]]
    assert [button for button in buttons if button not in pressed] == []


def test_passwords_are_only_in_native_forms(built: dict[str, Any]) -> None:
    for route, page in built.items():
        assert page["loose_passwords"] == [], route


def test_a_link_cannot_put_words_into_our_mouth() -> None:
    for code in ("<b>Send us your password</b>", "Call 555", "__class__", ""):
        assert page_messages.of_query({"error": code, "notice": code}).text == ""


def test_an_error_is_told_before_a_notice() -> None:
    told = page_messages.of_query({"error": "credentials", "notice": "confirmed"})
    assert told.kind == "bad"
    assert told.text == "Wrong username or password."
