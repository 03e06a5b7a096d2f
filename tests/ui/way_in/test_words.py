"""Every word on the pages of the way in passes through gettext, and every id is there once."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from oauth2system import i18n
from tests.support.in_process.browsers import Browser, query
from tests.support.in_process.pages import Read, visited
from tests.support.in_process.story import Story

Open = Callable[[Browser, str], Read]
# What the people and apps of this test are called, and what nobody translates.
NAMES = {
    "Oauth", "System", "zoe", "Zoe", "Xy", "XXy", "https", "site", "example", "org", "unverified", "end", "localhost"
}  # fmt: skip


class Brackets:
    """Stands in for a language."""

    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧"

    def ngettext(self, one: str, many: str, count: int) -> str:
        return f"⟦{one if count == 1 else many}⟧"


def in_brackets(*_which: str) -> Brackets:
    return Brackets()


@pytest.fixture
def states(story: Story) -> dict[str, tuple[Browser, list[str]]]:
    """Return every page in as many states as an address can bring about, and who opens it."""
    zoe = story.member("zoe")
    app = story.app(zoe, "Xy")
    flow = query(zoe.authorize(app))["flow"]
    stranger, fresh = story.stranger(), story.browser()
    asked = query(stranger.authorize(app))["flow"]
    fresh.register("unverified")
    token = story.token("unverified@example.org")
    refused = query(fresh.register("zoe", "no address"))["form"]
    return {
        "signed in": (
            zoe,
            [f"/consent?flow={flow}", "/consent?flow=x", "/device", "/device?user_code=BCDF-GHJK", "/login"],
        ),
        "stranger": (
            stranger,
            [
                *(f"/login?flow={asked}", f"/registration?flow={asked}", "/login?error=attempts&wait=9"),
                *("/account/password_reset", "/account/password_reset?sent=1", "/account/password_reset?token=x"),
                *("/account/email_confirm", "/account/email_confirm?token=x", f"/account/email_confirm?token={token}"),
                *("/setup", "/setup?token=x", f"/registration?form={refused}", f"/login?flow={flow}"),
            ],
        ),
        "waiting": (fresh, ["/account/email_confirm?sent=1", f"/account/email_confirm?token={token}"]),
    }


def test_every_text_passes_through_gettext(
    opened: Open, states: dict[str, tuple[Browser, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "_catalogue", in_brackets)
    bare: set[str] = set()
    for browser, paths in states.values():
        for path in paths:
            rest = re.sub("⟦[^⟧]*⟧", " ", opened(browser, path).text)
            bare |= {f"{path}: {word}" for word in re.findall("[A-Za-z]{2,}", rest) if word not in NAMES}
    assert {one for one in bare if "form=" not in one} == set()


def test_every_id_is_there_once_and_every_field_has_its_label(
    opened: Open, states: dict[str, tuple[Browser, list[str]]]
) -> None:
    for browser, paths in states.values():
        for path in paths:
            page = opened(browser, path)
            ids = re.findall(r' id="([^"]+)"', page.answer.text)
            assert len(set(ids)) == len(ids), path
            shown = {
                name for name, given in page.fields.items() if given.get("type") != "hidden" and "hidden" not in given
            }
            assert {page.fields[name]["id"] for name in shown} <= set(page.labels.values()), path


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(("liked", "language"), [("de-AT", "de"), ("en", "en"), ("fr", "en")])
def test_a_page_names_the_language_that_it_is_written_in(
    story: Story, tmp_path: Path, liked: str, language: str
) -> None:
    for path in ("/login?error=credentials", "/registration", "/setup", "/account/password_reset"):
        page = visited(story, story.browser(), path, tmp_path, liked).answer.text
        assert f'<html lang="{language}">' in page, path
