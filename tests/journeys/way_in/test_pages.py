"""The pages of the way in as people see them: in view, light, alive, and true when they go back."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers.bare_browsers import BROKEN, TRANSLATES, authorize_url, link_of, press
from tests.support.browsers.populated_server import PASSWORD, World, settle
from tests.support.servers.redirecting_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_both_answers_are_in_view_with_a_long_name_and_a_description(
    browser: Browser, here: World, away: Site, width: int, height: int
) -> None:
    flags = ["--redirect-uri", f"http://localhost:{away.port}/back"]
    made = here.server.ask(
        "app", "create", "The Harbour Library of Long Names and Longer Shelves", "--owner", "grace", *flags
    )
    with here.visit(browser, "grace", width=width) as (page, _complaints):
        page.goto(f"/apps/{made['client_id']}/consent")
        described = page.get_by_label("Description")
        described.fill("A place for everybody who reads, with twelve thousand books, two cats and a quiet garden.")
        described.blur()
        page.locator(".saved").wait_for()
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/oauth2/authorize?client_id={made['client_id']}&scope=identify+email")
        for name in ("Authorize", "Cancel"):
            box = page.get_by_role("main").get_by_role("button", name=name, exact=True).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= height
        identifier = page.get_by_text(re.compile(r"^\d{15,}$"))
        assert identifier.evaluate("it => it.getClientRects().length && it.offsetHeight < 40"), "an id has one line"
        expect(page).to_have_title(f"{page.get_by_role('heading', level=1).inner_text()} · Oauth2System")


@pytest.mark.parametrize("path", ["/login", "/registration", "consent"])
def test_html_and_styles_of_the_first_paint_weigh_little(browser: Browser, here: World, path: str) -> None:
    address = f"/oauth2/authorize?client_id={here.asking_id}&scope=identify+email" if path == "consent" else path
    with here.visit(browser, "grace" if path == "consent" else "", script=False) as (page, _complaints):
        weights: list[int] = []

        def weigh(request: Any) -> None:
            if request.resource_type in {"document", "stylesheet"}:
                sizes = request.sizes()
                weights.append(sizes["responseBodySize"] + sizes["responseHeadersSize"])

        page.on("requestfinished", weigh)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert len(weights) >= 2
        assert sum(weights) <= 40_000, weights


def test_a_page_over_the_socket_says_that_it_needs_one(browser: Browser, here: World) -> None:
    words = "This page needs JavaScript and a live connection"
    with here.visit(browser, "grace", script=False) as (page, _complaints):
        page.goto("/apps")
        expect(page.get_by_text(words)).to_be_visible()
    with here.visit(browser, "grace") as (page, _complaints):
        page.context.route_web_socket(re.compile("/_event"), lambda socket: socket.close())
        page.goto("/apps")
        expect(page.get_by_text(words)).to_be_visible()
        page.goto("/login")
        page.wait_for_timeout(4_500)
        expect(page.get_by_text(words)).to_have_count(0)
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto("/apps")
        page.get_by_label("App name").wait_for()
        expect(page.get_by_text(words)).to_have_count(0)


def test_the_waiting_page_notices_a_confirmation_on_another_device(browser: Browser, here: World) -> None:
    with here.visit(browser) as (phone, _a), here.visit(browser) as (desk, _b):
        phone.goto("/registration")
        for label, value in (("Username", "two.devices"), ("Email", "two@example.org"), ("Password", PASSWORD)):
            phone.get_by_label(label, exact=True).fill(value)
        press(phone, "Create account")
        desk.goto(link_of(here, "two@example.org"))
        desk.get_by_label("Password", exact=True).fill(PASSWORD)
        press(desk, "Confirm email")
        expect(desk.get_by_text("Go back to the device where you began")).to_be_visible()
        expect(phone.get_by_role("heading", level=1)).to_have_text("Your email is confirmed")


def test_back_to_an_answered_question_tells_the_truth(browser: Browser, here: World, app: dict[str, str]) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(authorize_url(here, app))
        press(page, "Authorize")
        page.get_by_text("arrived", exact=True).wait_for()
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("You have answered this already")
        expect(page.get_by_text("Nothing was shared")).to_have_count(0)


def test_a_translated_page_over_the_socket_lives_and_keeps_what_was_typed(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, complaints):
        page.add_init_script(TRANSLATES)
        page.goto(f"/apps/{here.client_id}")
        field = page.get_by_label("Redirect URI")
        field.wait_for()
        for value in ("http://garden.example/cb", "https://garden.example/ok", "nonsense", "https://garden.example/ok"):
            field.fill(value)
            page.wait_for_timeout(600)
        expect(field).to_have_value("https://garden.example/ok")
        assert BROKEN.search(page.locator("body").inner_text()) is None
        assert complaints == []


def test_a_page_reached_by_back_without_a_load_is_filled(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, _complaints):
        page.goto("/login")
        settle(page)
        page.get_by_role("link", name="Oauth2System").click()
        page.wait_for_url(f"{here.url}/")
        page.go_back()
        page.get_by_label("Username or email").wait_for()
