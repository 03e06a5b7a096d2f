"""An app's pages in a real browser: what was asked for is seen at once, and a slip is fixed by one click."""

import re
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browsers.populated_server import PHONE, World, world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]

CB = "https://garden.example/signed-in"


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("app-page")) as made:
        yield made


@pytest.fixture(params=[PHONE, 1280], ids=["phone", "desktop"])
def page(browser: Browser, here: World, request: pytest.FixtureRequest) -> Generator[Page]:
    with here.visit(browser, "grace", width=request.param) as (opened, complaints):
        yield opened
        assert complaints == []


def make(page: Page, here: World, name: str, *uris: str, part: str = "") -> str:
    """Make an app and open one of its pages."""
    given = ("--redirect-uri", *uris) if uris else ()
    client_id = str(here.server.ask("app", "create", name, "--owner", "grace", *given)["client_id"])
    page.goto(f"/apps/{client_id}{part}")
    page.get_by_role("heading", name=name, level=1).wait_for()
    return client_id


def go_to(page: Page, tab: str) -> None:
    page.get_by_role("navigation", name="This app").get_by_role("link", name=tab, exact=True).click()


def link(page: Page) -> str:
    return page.get_by_role("region", name="Authorization link").inner_text()


def box(page: Page, scope: str) -> Locator:
    return page.get_by_role("group", name="What your site asks for").get_by_label(scope)


def test_a_new_secret_is_in_view_and_has_the_focus(page: Page, here: World) -> None:
    make(page, here, "Staging area", CB, part="/secrets")
    page.get_by_label("What is it for?").fill("Staging")
    page.get_by_role("button", name="New secret").click()
    shown = page.get_by_role("region", name="CLIENT SECRET")
    expect(shown).to_be_in_viewport(ratio=1)
    expect(shown).to_be_focused()
    expect(shown.get_by_role("code")).to_contain_text("ok_")
    page.get_by_role("button", name="I have copied it").click()
    expect(shown).to_have_count(0)


def test_a_secret_is_replaced_and_the_page_guides_through_it(page: Page, here: World) -> None:
    make(page, here, "Change over", CB, part="/secrets")
    page.get_by_role("button", name="Replace this secret").click()
    expect(page.get_by_role("region", name="CLIENT SECRET")).to_be_focused()
    page.get_by_role("button", name="I have copied it").click()
    page.reload()
    expect(page.get_by_text("takes its place: put that one into your site")).to_be_visible()
    expect(page.get_by_text("Once the old one has not been used for 24 hours, this page says so.")).to_be_visible()
    page.get_by_role("button", name="Revoke all tokens").click()
    expect(page.get_by_text("This cannot be undone. People whose tokens end: nobody yet.")).to_be_visible()
    page.get_by_role("button", name="Keep them").click()
    go_to(page, "Overview")
    expect(page.get_by_role("heading", name="Health check")).to_be_visible()


def test_a_forgotten_scheme_is_fixed_by_one_click(page: Page, here: World) -> None:
    make(page, here, "Slip", CB)
    page.get_by_label("Redirect URI").press_sequentially("localhost:5000/authorized")
    expect(page.locator("#redirect_uri-problem")).to_have_text("Begin with http:// or https://.")
    expect(page.get_by_text("Did you mean http://localhost:5000/authorized?")).to_be_visible()
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_role("button", name="Remove http://localhost:5000/authorized")).to_be_visible()
    expect(page.get_by_label("Redirect URI")).to_have_value("")


def test_the_link_is_put_together_and_opened(page: Page, here: World) -> None:
    client_id = make(page, here, "Link", CB, f"{CB}/2", part="/connect")
    assert link(page).endswith(f"/oauth2/authorize?client_id={client_id}&scope=identify+email")
    box(page, "email").click()  # the tick goes when the server has answered
    expect(box(page, "email")).not_to_be_checked()
    page.get_by_label("State").fill("a b")
    expect(page.get_by_role("region", name="Authorization link")).to_contain_text("&scope=identify&state=a%20b")
    page.get_by_label("Visitors return to").select_option(f"{CB}/2")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open link").click()
    opened.value.get_by_role("button", name="Authorize").wait_for()
    assert opened.value.evaluate("opener") is None
    opened.value.close()
    go_to(page, "Overview")
    marked = page.get_by_role("listitem").filter(has=page.get_by_text("Simple flow", exact=True))
    expect(marked.get_by_role("button", name=f"Remove {CB}/2")).to_be_visible()


def test_the_consent_page_is_drawn_as_visitors_get_it_and_follows_the_boxes(page: Page, here: World) -> None:
    make(page, here, "Preview", CB, part="/connect")
    page.get_by_role("button", name="Show the consent page").click()
    shown = page.frame_locator("iframe[title='Preview of the consent page']")
    expect(shown.locator("h1")).to_have_text("Sign in to Preview?")
    expect(shown.locator("body")).to_contain_text("grace@example.org")
    expect(shown.locator("body")).to_have_css("font-family", re.compile("Figtree"))
    box(page, "email").click()
    expect(shown.locator("body")).not_to_contain_text("grace@example.org")
    expect(shown.locator("body")).to_have_attribute("inert", "")  # nothing in it can be clicked or focused
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open link").click()
    real = opened.value.locator("main")
    real.get_by_role("button", name="Authorize").wait_for()
    assert shown.locator("main").text_content() == real.text_content()
    opened.value.close()


def test_a_quick_start_is_chosen_and_its_address_registered(page: Page, here: World) -> None:
    client_id = make(page, here, "Quick", CB, part="/connect")
    page.get_by_label("Language or software").select_option("Grafana")
    settings = page.get_by_role("region", name="grafana.ini")
    expect(settings).to_contain_text(f"client_id = {client_id}")
    page.get_by_label("Address of your site").fill("https://charts.example/")
    page.get_by_label("Address of your site").blur()
    expect(settings).to_contain_text("root_url = https://charts.example")
    page.get_by_role("button", name="Register this address https://charts.example/login/generic_oauth").click()
    expect(page.get_by_text("Registered", exact=True)).to_be_visible()
    expect(page.get_by_text("We have not tried it with the program itself.")).to_be_visible()
    go_to(page, "Overview")
    expect(page.get_by_role("button", name="Remove https://charts.example/login/generic_oauth")).to_be_visible()


def test_a_new_app_has_all_that_a_first_link_needs_on_one_page(page: Page) -> None:
    page.goto("/apps")
    page.get_by_label("App name").fill("Nowhere")
    page.get_by_role("button", name="Create app").click()
    expect(page.get_by_role("button", name="Copy CLIENT SECRET")).to_be_visible()
    expect(page.get_by_role("button", name="Copy CLIENT ID")).to_be_visible()
    expect(page.get_by_text("The link appears here as soon as it has an address to return to.")).to_be_visible()
    expect(page.get_by_role("button", name="Open link")).to_have_count(0)
    page.get_by_label("Redirect URI").fill(CB)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Copy Authorization link")).to_be_visible()
    expect(page.get_by_role("button", name="Open link")).to_be_visible()
    expect(page.get_by_role("button", name="Copy CLIENT SECRET")).to_be_visible()


def test_the_first_secret_stays_while_its_owner_goes_through_the_tabs_and_no_longer(page: Page) -> None:
    page.goto("/apps")
    page.get_by_label("App name").fill("Once")
    page.get_by_role("button", name="Create app").click()
    shown = page.locator(".once").get_by_role("code")
    secret = shown.inner_text()
    for tab in ("Connect", "Secrets", "Overview"):
        go_to(page, tab)
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
        expect(shown).to_have_text(secret)
    page.reload()
    expect(page.get_by_role("button", name="Copy CLIENT ID")).to_be_visible()
    assert secret not in page.content()


def test_where_it_runs_and_how_it_looks_to_people_are_pages_of_their_own(page: Page, here: World) -> None:
    """What is on the page of an app has one purpose: the rest is one tab away."""
    make(page, here, "Tidy", CB)
    for tab, title in (
        ("Connect", "Quick start"),
        ("Secrets", "Client secrets"),
        ("Consent page", "What visitors see"),
        ("Overview", "Delete this app"),
    ):
        go_to(page, tab)
        expect(page.get_by_role("heading", name=title, level=2)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollHeight / innerHeight") < 5, tab


def test_a_mistyped_address_is_marked_and_registered_after_a_question(page: Page, here: World) -> None:
    client_id = make(page, here, "Mistyped", CB)
    asked = {"client_id": client_id, "response_type": "code", "redirect_uri": CB.replace("-", "_")}
    httpx.get(f"{here.url}/oauth2/authorize", params=asked, trust_env=False)
    page.get_by_role("link", name="Activity", exact=True).click()
    expect(page.locator("mark")).to_have_text(["_", "-"])
    page.get_by_role("button", name="Register this address").click()
    expect(page.get_by_role("alert")).to_contain_text(CB.split("/")[2])
    page.get_by_role("button", name="Yes, register it").click()
    expect(page.get_by_text("This address is registered now.")).to_be_visible()


def test_a_field_that_was_left_empty_gets_the_focus(page: Page) -> None:
    page.goto("/apps")
    page.get_by_role("button", name="Create app").click()
    expect(page.locator("#name-problem")).not_to_be_empty()
    expect(page.get_by_label("App name")).to_be_focused()


def test_each_address_for_a_library_can_be_copied(page: Page, here: World) -> None:
    make(page, here, "Library", CB, part="/connect")
    told = httpx.get(f"{here.url}/.well-known/openid-configuration", trust_env=False).json()
    names = {
        "Issuer": "issuer",
        "Authorization endpoint": "authorization_endpoint",
        "Token endpoint": "token_endpoint",
        "Userinfo endpoint": "userinfo_endpoint",
        "JWKS address": "jwks_uri",
        "Sign-out endpoint": "end_session_endpoint",
    }
    for name, member in names.items():
        copied = page.get_by_role("button", name=f"Copy {name}").get_attribute("data-copy")
        assert copied == told[member]


def test_a_tab_that_comes_into_sight_knows_what_another_tab_renamed(page: Page, here: World) -> None:
    client_id = make(page, here, "Old name", CB, part="/consent")
    listed, other = page.context.new_page(), page.context.new_page()
    listed.goto("/apps")
    card = listed.locator(f"a[href='/apps/{client_id}']")
    expect(card).to_have_text("Old name")
    other.goto(f"/apps/{client_id}/consent")
    other.get_by_label("Name", exact=True).fill("New name")
    other.get_by_label("Name", exact=True).press("Enter")
    expect(other.get_by_role("heading", name="New name", level=1)).to_be_visible()
    for stale in (page, listed):
        stale.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="New name", level=1)).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("New name")
    expect(card).to_have_text("New name")
