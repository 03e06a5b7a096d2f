"""Every page is loaded once and looked at in every look: on a phone and on a desk, in light and dark, large and spaced.

WCAG 2.2 AA: what axe-core finds, and beyond it text at 400 %, the reader's own spacing, focus in view, motion, fields.
"""

from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from oauth2system.web.http.page_gate import PAGES, route_of
from tests.support.browsers import looks
from tests.support.browsers.accessibility import faults
from tests.support.browsers.looks import Look
from tests.support.browsers.populated_server import World, arrive, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# What a password manager needs to know a field (SC 1.3.5, 3.3.8).
PURPOSES = {
    "/login": {"login": "username", "password": "current-password"},
    "/registration": {"username": "username", "email": "email", "password": "new-password"},
    "/account/security": {"current_password": "current-password", "password": "new-password"},
}
# By the name of a check, what it found: the page, and what is wrong with it.
Found = dict[str, list[str]]


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("access")) as made:
        yield made


@pytest.fixture(scope="module")
def found(browser: Browser, here: World) -> Found:
    """Load every page once and check it in every look; each test reads one of the checks."""
    found: Found = defaultdict(list)
    first = looks.ON_A_PHONE_AT_NIGHT
    for page, path, complaints in here.tour(browser, first.width, scheme=first.scheme):
        seen = _look_at(page)
        seen["complaints"] = [f"the browser says {text}" for text in complaints]
        for check, faulty in seen.items():
            found[check] += [f"{path}: {fault}" for fault in faulty]
    return found


def _look_at(page: Page) -> Found:
    """Check a page that has just come; the keyboard is last, since it changes the page."""
    seen: Found = {"misfits": looks.misfits(page)}
    for look in (looks.ON_A_PHONE, looks.ON_A_DESK_AT_NIGHT):
        looks.put_on(page, look)
        seen[f"axe {look}"] = faults(page)
    looks.put_on(page, looks.AT_400_PERCENT)
    seen["400 percent"] = looks.too_wide(page)
    seen["spaced"] = looks.too_wide_when_spaced(page)
    looks.put_on(page, looks.ON_A_DESK)
    seen["motion"] = looks.movements(page)
    seen["focus"] = looks.hidden_stops(page)
    looks.put_on(page, looks.ON_A_PHONE_AT_NIGHT)
    return seen


def test_the_tour_leaves_out_no_page_but_guides(here: World) -> None:
    toured = {route_of(path.partition("?")[0].partition("#")[0]) for paths in here.pages().values() for path in paths}
    assert {page for page in PAGES.keys() - toured if not page.startswith("/docs/")} == set()


@pytest.mark.parametrize("look", [looks.ON_A_PHONE, looks.ON_A_DESK_AT_NIGHT], ids=str)
def test_axe_finds_no_fault_on_any_page(found: Found, look: Look) -> None:
    assert found[f"axe {look}"] == []


def test_every_page_says_where_it_is_and_fits_a_phone(found: Found) -> None:
    assert found["misfits"] == []


def test_the_browser_complains_about_no_page(found: Found) -> None:
    assert found["complaints"] == []


def test_text_at_400_percent_fits(found: Found) -> None:
    assert found["400 percent"] == []


def test_text_with_the_reader_s_own_spacing_fits(found: Found) -> None:
    assert found["spaced"] == []


def test_nothing_moves_where_less_motion_is_asked_for(found: Found) -> None:
    assert found["motion"] == []


def test_what_has_the_focus_is_in_view(found: Found) -> None:
    assert found["focus"] == []


def test_password_managers_know_the_fields_and_paste_works(browser: Browser, here: World) -> None:
    for path, fields in PURPOSES.items():
        with here.visit(browser, "grace" if path.startswith("/account") else "") as (page, _complaints):
            arrive(page, path)
            for name, purpose in fields.items():
                field: Any = page.locator(f"input[name={name}]").first
                assert purpose in (field.get_attribute("autocomplete") or "").split(), f"{path} {name}"
                field.focus()
                page.keyboard.insert_text("pasted text")
                assert field.input_value().endswith("pasted text")
