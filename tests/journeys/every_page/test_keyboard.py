"""Everything by keyboard alone, every press answered at once, nothing that was typed lost."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.populated_server import PASSWORD, PHONE, World, settle, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AT_ONCE_MS = 100


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("hands")) as made:
        yield made


def focused(page: Page) -> str:
    return page.evaluate(
        """() => {
             const it = document.activeElement;
             return it === document.body ? "" : (it.labels?.[0] ?? it).textContent.trim() || it.id;
           }"""
    )


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus, and see that the focus can be seen."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if name in focused(page):
            style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", f"{name} has the focus, but nobody sees it"
            return
    pytest.fail(f"{name} cannot be reached by the keyboard")


def test_signing_in_creating_an_app_and_signing_out_by_keyboard(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, complaints):
        page.goto("/login?next=/apps")
        settle(page)
        tab_to(page, "Username or email")
        page.keyboard.type("grace")
        tab_to(page, "Password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{here.url}/apps")
        settle(page)
        tab_to(page, "App name")
        page.keyboard.type("Night Sky Atlas")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Night Sky Atlas")).to_be_visible()
        tab_to(page, "Redirect URI")
        page.keyboard.type("http://localhost:5000/callback")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Remove http://localhost:5000/callback")).to_be_visible()
        tab_to(page, "Simple flow is on")
        page.keyboard.press("Space")
        expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        page.reload()
        settle(page)
        expect(page.get_by_label("Simple flow is on")).not_to_be_checked()
        tab_to(page, "Sign out")
        page.keyboard.press("Enter")
        page.wait_for_url("**/login?notice=signed_out")
        assert complaints == []


def test_the_first_stop_leads_past_the_navigation(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, _complaints):
        page.goto("/docs")
        settle(page)
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
        assert page.url.endswith("/docs#content")


def test_a_page_change_without_a_load_puts_the_focus_on_the_new_heading(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto("/apps")
        settle(page)
        page.get_by_role("link", name="Account").click()
        expect(page.get_by_role("heading", level=1, name="Profile")).to_be_focused()


def pressed(page: Page, button: str) -> float:
    """Press, and return how many milliseconds went by until the first sign of life.

    The page tells by its console: nothing can be asked of a page that is about to be left.
    """
    page.evaluate(
        """name => {
             const button = [...document.querySelectorAll("button")].find(it => it.textContent.trim() === name);
             button.addEventListener("click", () => {
               const pressed = performance.now();
               const look = () => button.hasAttribute("data-busy")
                 ? console.info("waited " + (performance.now() - pressed)) : requestAnimationFrame(look);
               look();
             });
           }""",
        button,
    )
    with page.expect_console_message(lambda message: message.text.startswith("waited ")) as told:
        page.get_by_role("button", name=button, exact=True).click(no_wait_after=True)
    return float(told.value.text.removeprefix("waited "))


def test_a_native_form_shows_at_once_that_it_was_sent_and_is_sent_once(browser: Browser, here: World) -> None:
    sent: list[str] = []

    def never_answer(route: Route) -> None:
        sent.append(route.request.url)

    with here.visit(browser) as (page, _complaints):
        page.goto("/login")
        settle(page)
        page.route("**/session", never_answer)
        page.get_by_label("Username or email").fill("grace")
        page.get_by_label("Password").fill("whatever")
        page.evaluate(
            """() => document.querySelector("form[action='/session']").addEventListener("submit", (event) =>
                 setTimeout(() => event.target.requestSubmit(), 150), { once: true })"""
        )
        assert pressed(page, "Sign in") <= AT_ONCE_MS
        page.wait_for_timeout(600)
        assert len(sent) == 1


def test_a_press_answered_over_the_socket_shows_at_once_that_it_was_heard(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(f"/apps/{here.client_id}")
        page.get_by_role("button", name="Save").wait_for()
        settle(page)
        page.get_by_label("Redirect URI").fill("https://garden.example/other")
        assert pressed(page, "Save") <= AT_ONCE_MS
        expect(page.locator("li", has_text="https://garden.example/other")).to_be_visible()
        expect(page.locator("[data-busy]")).to_have_count(0)


def test_what_was_typed_is_still_there_and_each_error_beside_its_field(browser: Browser, here: World) -> None:
    with here.visit(browser, width=PHONE) as (page, complaints):
        page.goto("/registration?next=/apps")
        settle(page)
        page.get_by_label("Username").fill("lovelace")
        page.get_by_label("Display name").fill("Ada, Countess")
        page.get_by_label("Email").fill("ada@lovelace.example")
        page.get_by_label("Password").fill("password")
        page.get_by_role("button", name="Create account").click()
        field = page.get_by_label("Password")
        expect(field).to_have_attribute("aria-invalid", "true")
        described = (field.get_attribute("aria-describedby") or "").split()
        assert "password-problem" in described
        expect(page.locator("#password-problem")).to_have_attribute("role", "alert")
        expect(page.locator("#password-problem")).not_to_be_empty()
        expect(page.get_by_label("Username")).to_have_value("lovelace")
        expect(page.get_by_label("Display name")).to_have_value("Ada, Countess")
        expect(page.get_by_label("Email")).to_have_value("ada@lovelace.example")
        expect(field).to_have_value("")
        assert "next=%2Fapps" in page.url
        expect(page.get_by_role("link", name="Sign in")).to_have_attribute("href", "/login?next=%2Fapps")
        assert complaints == []


def test_a_username_is_judged_while_it_is_typed(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, _complaints):
        page.goto("/registration")
        settle(page)
        page.get_by_label("Username").fill("grace")
        expect(page.locator("#username-problem")).to_contain_text("taken")
        page.get_by_label("Username").fill("gr")
        expect(page.locator("#username-problem")).to_contain_text("3 to 32")
        page.get_by_label("Username").fill("somebody.new")
        expect(page.get_by_text("This one is free.")).to_be_visible()
        expect(page.get_by_label("Username")).to_have_attribute("aria-invalid", "false")


def test_a_redirect_uri_is_judged_while_it_is_typed(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(f"/apps/{here.client_id}")
        page.get_by_role("button", name="Save").wait_for()
        settle(page)
        page.get_by_label("Redirect URI").fill("http://garden.example/cb")
        expect(page.locator("#redirect_uri-problem")).to_contain_text("https://")
        page.get_by_label("Redirect URI").fill("https://garden.example/cb")
        expect(page.locator("#redirect_uri-problem")).to_be_empty()


def test_signing_in_works_without_script(browser: Browser, here: World) -> None:
    with here.visit(browser, script=False) as (page, _complaints):
        page.goto("/login?next=/account")
        sign_in(page, "grace", PASSWORD)
        page.wait_for_url(f"{here.url}/account")


def test_a_secret_is_shown_once_and_a_reload_takes_it_away(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(f"/apps/{here.client_id}/secrets")
        page.get_by_label("What is it for?").fill("second server")
        page.get_by_role("button", name="New secret").click()
        shown = page.locator(".once code")
        expect(shown).to_be_visible()
        secret = shown.inner_text()
        page.reload()
        page.get_by_text("second server", exact=True).first.wait_for()
        assert secret not in page.content()
        expect(page.locator(".once")).to_have_count(0)


def test_a_field_saves_when_it_is_left_and_can_be_put_back(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(f"/apps/{here.client_id}/consent")
        name = page.get_by_label("Name", exact=True)
        name.fill("Garden Guild")
        name.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Garden Guild")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", level=1, name="Garden Club")).to_be_visible()
        expect(name).to_have_value("Garden Club")


def test_two_tabs_of_one_person_do_not_mix_up_their_pages(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, _complaints):
        other = page.context.new_page()
        page.goto(f"/apps/{here.client_id}")
        other.goto(f"/apps/{here.asking_id}")
        expect(page.get_by_role("heading", level=1, name="Garden Club")).to_be_visible()
        expect(other.get_by_role("heading", level=1, name="Harbour Library")).to_be_visible()
        expect(page.get_by_role("heading", level=1, name="Garden Club")).to_be_visible()
