"""An owner runs a flow in the playground, in a real browser: every step is shown, and nothing secret."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers.accessibility import faults
from tests.support.browsers.populated_server import DESKTOP, PHONE, World, world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("playground")) as made:
        yield made


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_an_owner_runs_a_flow_as_a_test_person(browser: Browser, here: World, width: int) -> None:
    with here.visit(browser, "grace", width=width) as (page, complaints):
        page.goto(f"/apps/{here.client_id}/playground")
        page.get_by_role("button", name="With a very long name").click()
        expect(page.get_by_role("listitem").filter(has_text="test-longname-")).to_have_count(1)
        page.get_by_label("Who signs in").select_option(index=1)
        page.get_by_role("button", name="Start", exact=True).click()
        for number, name in enumerate(("Send the person to sign in", "Authorize", "Exchange the code"), 1):
            page.get_by_role("button", name=name, exact=True).click()
            expect(page.locator(".wire > li")).to_have_count(number + (number > 1))
            expect(page.get_by_title("Preview of the consent page")).to_have_count(int(number == 1))
        page.get_by_role("button", name="Fetch the user").click()
        expect(page.locator(".wire > li").last).to_contain_text("Featherstonehaugh")
        page.locator("details").last.locator("summary").click()
        expect(page.get_by_text("Store this one").or_(page.get_by_text("store this one")).last).to_be_visible()
        page.get_by_role("button", name="Exchange the same code again").click()
        expect(page.locator(".wire > li").last).to_contain_text("invalid_grant")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert faults(page) == []
        page.get_by_role("button", name="Start again").click()
        page.get_by_role("button", name="Remove test-longname-").click()
        expect(page.get_by_text("There are none yet.")).to_be_visible()
        assert complaints == []
