"""A developer sets up what an app speaks, in a real browser: by hand, with the refusals and the ways back."""

import json
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from oauth2system.protocol.jose import keys as jose
from tests.protocol import keys
from tests.support.browsers.accessibility import faults
from tests.support.browsers.populated_server import PHONE, World, world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]

JWKS = json.dumps({"keys": [jose.public_jwk(keys.EC)]})


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("protocol")) as made:
        yield made


@pytest.fixture
def page(browser: Browser, here: World) -> Generator[Page]:
    with here.visit(browser, "grace") as (opened, complaints):
        yield opened
        assert complaints == []


def make(page: Page, name: str, where: str = "On a server") -> str:
    """Make an app by hand and return its id."""
    page.goto("/apps")
    page.get_by_label("App name").fill(name)
    page.get_by_label(where).check()
    page.get_by_role("button", name="Create app").click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    return page.url.rpartition("/")[2].partition("?")[0]


def open_protocol(page: Page) -> None:
    page.get_by_role("navigation", name="This app").get_by_role("link", name="Protocol").click()
    page.wait_for_url("**/protocol")
    expect(page.get_by_role("heading", name="Client authentication")).to_be_visible()


def saved(page: Page, times: int = 1) -> None:
    expect(page.locator(".saved")).to_have_count(times)


def test_an_app_for_a_phone_is_public_from_its_first_moment(here: World, page: Page) -> None:
    client_id = make(page, "Phone Game", "In a browser or on a phone")
    expect(page.get_by_text("The app is public: it has no secret")).to_be_visible()
    expect(page.get_by_text("CLIENT SECRET", exact=True)).to_have_count(0)
    open_protocol(page)
    expect(page.get_by_label("Nothing: the app is public")).to_be_checked()
    pkce = page.get_by_role("switch", name="PKCE is required")
    expect(pkce).to_be_checked()
    expect(pkce).to_be_disabled()
    asked = {"grant_type": "authorization_code", "code": "x", "client_id": client_id}
    # It names itself and is believed: only the code is wrong.
    assert httpx.post(f"{here.url}/oauth2/token", data=asked).json()["error"] == "invalid_grant"


def test_a_switch_counts_at_once_and_is_taken_back_by_one_press(page: Page) -> None:
    make(page, "Switches")
    open_protocol(page)
    pkce = page.get_by_role("switch", name="PKCE is required")
    pkce.uncheck()
    saved(page)
    page.reload()
    expect(pkce).not_to_be_checked()
    pkce.check()
    saved(page)
    page.get_by_role("button", name="Undo").click()
    expect(pkce).not_to_be_checked()


def test_what_the_rules_refuse_is_said_beside_the_control_which_goes_back(page: Page) -> None:
    make(page, "Refused")
    open_protocol(page)
    signed = page.get_by_role("switch", name="Signed requests are required")
    signed.check()
    expect(page.locator("#require_signed_request_object-problem")).to_have_text(
        "Add the app's public keys above first."
    )
    expect(signed).not_to_be_checked()
    page.get_by_role("switch", name="FAPI 2.0 Security Profile").check()
    expect(page.locator("#profile-problem")).to_contain_text("choose private_key_jwt first")
    expect(page.get_by_role("switch", name="FAPI 2.0 Security Profile")).not_to_be_checked()


def test_an_address_is_judged_while_it_is_typed_and_kept_when_it_is_left(page: Page) -> None:
    make(page, "Leaver")
    open_protocol(page)
    field = page.get_by_label("Back-channel logout URI")
    field.press_sequentially("http://example.org/out")
    problem = page.locator("#backchannel_logout_uri-problem")
    expect(problem).to_contain_text("Only https:// is safe here")
    field.fill("https://example.org/out")
    expect(problem).to_have_text("")
    field.press("Enter")
    saved(page)
    page.get_by_role("switch", name="Name the session that ended").check()
    page.get_by_label("Post-logout redirect URI").fill("https://example.org/bye")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("code").get_by_text("https://example.org/bye")).to_be_visible()
    page.reload()
    expect(field).to_have_value("https://example.org/out")
    page.get_by_role("button", name="Remove https://example.org/bye").click()
    expect(page.get_by_role("code").get_by_text("https://example.org/bye")).to_have_count(0)


def test_keys_and_method_change_together_and_then_the_fapi_profile_can_be_entered(page: Page) -> None:
    make(page, "Bank")
    open_protocol(page)
    page.get_by_label("Its own key").check()
    expect(page.get_by_text("One more step")).to_be_visible()
    pasted = page.get_by_label("The keys themselves (JWKS)")
    pasted.fill("nonsense")
    pasted.blur()
    expect(page.locator("#jwks-problem")).to_contain_text("This is not JSON.")
    pasted.fill(JWKS)
    pasted.blur()
    saved(page)
    expect(page.get_by_text("One more step")).to_have_count(0)
    page.get_by_role("switch", name="FAPI 2.0 Security Profile").check()
    saved(page)
    for name in ("PKCE is required", "Pushed requests are required", "Tokens are bound to a key"):
        expect(page.get_by_role("switch", name=name)).to_be_checked()
        expect(page.get_by_role("switch", name=name)).to_be_disabled()
    assert faults(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("switch", name="Pushed requests are required")).not_to_be_checked()


def test_a_method_that_needs_another_secret_shows_it_this_once(page: Page) -> None:
    make(page, "Signer")
    open_protocol(page)
    page.get_by_label("Signed with the secret").check()
    expect(page.get_by_role("heading", name="CLIENT SECRET")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Signed with the secret")).to_be_checked()
    expect(page.get_by_role("heading", name="CLIENT SECRET")).to_have_count(0)


def test_an_app_that_gives_its_secret_up_says_what_became_of_it_and_lets_it_go(page: Page) -> None:
    make(page, "Moved Away")
    open_protocol(page)
    page.get_by_label("Nothing: the app is public").check()
    expect(page.get_by_text("client secrets are not accepted any more")).to_be_visible()
    page.get_by_role("link", name="retire them").click()
    expect(page.get_by_role("heading", name="Old client secrets")).to_be_visible()
    page.get_by_role("button", name="Retire First secret").click()
    page.get_by_role("button", name="Retire it").click()
    expect(page.get_by_role("heading", name="Old client secrets")).to_have_count(0)


def test_grants_scopes_and_tokens_are_chosen_on_a_phone_by_keyboard_alone(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace", width=PHONE, scheme="dark") as (page, complaints):
        make(page, "Machine")
        open_protocol(page)
        for label in ("client_credentials", "openid"):
            box = page.get_by_role("checkbox", name=label)
            box.focus()
            page.keyboard.press("Space")
            saved(page)
        page.get_by_label("Access tokens").select_option("jwt")
        saved(page)
        page.reload()
        expect(page.get_by_role("checkbox", name="client_credentials")).to_be_checked()
        expect(page.get_by_role("checkbox", name="openid")).not_to_be_checked()
        expect(page.get_by_label("Access tokens")).to_have_value("jwt")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert complaints == []


def test_somebody_else_s_app_has_no_protocol_page(browser: Browser, here: World) -> None:
    with here.visit(browser, "ada") as (page, _complaints):
        page.goto(f"/apps/{here.client_id}/protocol")
        expect(page.get_by_role("heading", name="No such app")).to_be_visible()
