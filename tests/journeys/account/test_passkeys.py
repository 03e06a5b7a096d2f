"""Passkeys in Chromium with a virtual authenticator: added, used, refused, removed, at phone and desktop width."""

from collections.abc import Generator
from itertools import count

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browsers.accessibility import faults
from tests.support.browsers.bare_browsers import press, sign_in, whole
from tests.support.browsers.populated_server import DESKTOP, PASSWORD, PHONE, World
from tests.support.browsers.virtual_authenticator import Device, opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(params=[PHONE, DESKTOP])
def device(request: pytest.FixtureRequest, browser: Browser, here: World) -> Generator[Device]:
    context = opened(browser, here, width=request.param)
    yield Device(context)
    context.close()


names = (f"person{number}" for number in count(1))


@pytest.fixture
def name(here: World) -> str:
    """Make somebody new."""
    made = next(names)
    address = f"{made}@example.org"
    here.server.ask("user", "create", made, "--email", address, "--confirmed", "--password-stdin", given=PASSWORD)
    return made


def add(page: Page, name: str) -> list[str]:
    """Sign in with the password, add a passkey on the security page, and save the recovery codes that it brings."""
    page.goto("/login?next=/account/security")
    sign_in(page, name, PASSWORD)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("Your passkey is added.")).to_be_visible()
    whole(page)
    codes = page.locator(".codes code").all_inner_texts()
    press(page, "I have saved them")
    is_signed_in(page)
    expect(
        page.get_by_text("Only on this device").or_(page.get_by_text("Synced to your other devices"))
    ).to_be_visible()
    whole(page)
    return codes


def sign_out(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def use(page: Page) -> None:
    page.goto("/login?next=/account/security")
    press(page, "Sign in with a passkey")


def is_signed_in(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Security")


def test_a_passkey_is_added_renamed_used_and_removed(device: Device, name: str) -> None:
    page = device.page
    add(page, name)
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name of the passkey").fill("My very own phone")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("My very own phone", exact=True).first).to_be_visible()
    whole(page)
    assert faults(page) == []
    sign_out(page)
    assert faults(page) == []

    use(page)
    is_signed_in(page)
    page.get_by_role("button", name="Remove My very own phone").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    whole(page)
    sign_out(page)
    use(page)
    expect(page.get_by_text("This passkey is not known here")).to_be_visible()
    whole(page)


def test_a_passkey_goes_on_to_the_site(device: Device, name: str, here: World) -> None:
    page = device.page
    add(page, name)
    sign_out(page)
    page.goto(f"{here.url}/oauth2/authorize?client_id={here.asking_id}&scope=identify+email")
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("button", name="Authorize")).to_be_visible()
    whole(page)


def test_the_username_field_offers_the_passkey(browser: Browser, here: World, name: str) -> None:
    context = opened(browser, here)
    device = Device(context, offers=True)
    page = device.page
    add(page, name)
    device.send("setAutomaticPresenceSimulation", enabled=False)
    sign_out(page)
    expect(page.get_by_label("Username or email")).to_have_attribute("autocomplete", "username webauthn")
    device.send("setAutomaticPresenceSimulation", enabled=True)
    page.goto("/login?next=/account/security")
    is_signed_in(page)
    context.close()


def test_a_passkey_that_checked_nobody_signs_nobody_in_alone(device: Device, name: str) -> None:
    page = device.page
    add(page, name)
    sign_out(page)
    device.send("setUserVerified", isUserVerified=False)
    use(page)
    expect(page.get_by_text("Nothing was done: it was cancelled")).to_be_visible()
    whole(page)
    device.send("setUserVerified", isUserVerified=True)
    press(page, "Sign in with a passkey")
    is_signed_in(page)


def test_a_device_that_cannot_check_a_person_says_so(browser: Browser, here: World, name: str) -> None:
    context = opened(browser, here)
    page = Device(context, hasUserVerification=False, isUserVerified=False).page
    add(page, name)
    sign_out(page)
    use(page)
    expect(page.locator("[data-when]:visible")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    whole(page)
    context.close()


def test_who_cancels_can_try_again_and_use_the_password(device: Device, name: str) -> None:
    page = device.page
    use(page)  # the device has no passkey at all
    expect(page.get_by_text("Nothing was done: it was cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
    whole(page)
    sign_in(page, name, PASSWORD)
    is_signed_in(page)


@pytest.mark.parametrize("verified", [True, False])
def test_after_the_password_a_passkey_is_the_second_step(device: Device, name: str, verified: bool) -> None:
    page = device.page
    add(page, name)
    sign_out(page)
    device.send("setUserVerified", isUserVerified=verified)
    page.goto("/login?next=/account/security")
    sign_in(page, name, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    whole(page)
    assert faults(page) == []
    press(page, "Continue with a passkey")
    is_signed_in(page)


def test_a_lost_passkey_is_replaced_by_a_recovery_code(browser: Browser, here: World, name: str) -> None:
    context = opened(browser, here)
    codes = add(Device(context).page, name)
    elsewhere = browser.new_context(base_url=here.url, java_script_enabled=False)
    page = elsewhere.new_page()
    page.goto("/login")
    sign_in(page, name, PASSWORD)
    expect(page.get_by_text("Your passkey needs JavaScript")).to_be_visible()
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(codes[0])
    press(page, "Continue")
    page.wait_for_url("**/account")
    elsewhere.close()
    context.close()


def test_a_device_that_has_a_passkey_makes_no_second_one(device: Device, name: str) -> None:
    page = device.page
    add(page, name)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("This device has a passkey of this account already.")).to_be_visible()
    whole(page)


def test_a_browser_that_allows_no_passkeys_at_this_address_says_so(device: Device, name: str) -> None:
    """As at an address that is a number, or behind a proxy under another name."""
    page = device.page

    def elsewhere(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "rpId": "evil.example"})

    page.route("**/session/passkey/options", elsewhere)
    use(page)
    expect(page.get_by_text("The browser allows no passkeys at this address.")).to_be_visible()
    whole(page)


def test_a_server_that_does_not_answer_is_a_sentence(device: Device) -> None:
    page = device.page
    page.goto("/login")
    page.route("**/session/passkey/options", lambda route: route.abort())
    press(page, "Sign in with a passkey")
    expect(page.get_by_text("The server did not answer.")).to_be_visible()


def test_a_copied_passkey_is_refused_and_marked(device: Device, name: str, here: World) -> None:
    page = device.page
    codes = add(page, name)
    sign_out(page)
    use(page)
    is_signed_in(page)
    sign_out(page)
    device.set_count(0)
    use(page)
    expect(page.get_by_text("its counter shows that a copy of it was used")).to_be_visible()
    whole(page)
    page.goto("/login?next=/account/security")
    sign_in(page, name, PASSWORD)
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(codes[0])
    press(page, "Continue")
    expect(page.get_by_text("not accepted", exact=True)).to_be_visible()
    whole(page)
    assert "may have been copied" in httpx.get(f"{here.url}/dev/mailbox").text


def test_a_passkey_that_syncs_is_told_apart(browser: Browser, here: World, name: str) -> None:
    context = opened(browser, here)
    page = Device(context, defaultBackupEligibility=True, defaultBackupState=True).page
    add(page, name)
    expect(page.get_by_text("Synced to your other devices")).to_be_visible()
    context.close()


def test_a_first_passkey_is_offered_and_the_offer_can_be_declined(device: Device, name: str) -> None:
    page = device.page
    page.goto("/login")
    sign_in(page, name, PASSWORD)
    expect(page.get_by_role("heading", name="Sign in faster next time")).to_be_visible()
    whole(page)
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("heading", name="Sign in faster next time")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Display name")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in faster next time")).to_have_count(0)


def test_without_script_or_passkeys_the_page_says_what_works(browser: Browser, here: World) -> None:
    for has_script, script in ((False, ""), (True, "delete window.PublicKeyCredential;")):
        context = browser.new_context(base_url=here.url, java_script_enabled=has_script)
        context.add_init_script(script)
        page = context.new_page()
        page.goto("/login")
        expect(page.get_by_text("Passkeys need JavaScript and a browser that has them.")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        context.close()
