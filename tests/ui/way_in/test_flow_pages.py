"""Sign-in, registration and consent inside a request: complete, for a named site, and true whatever became of it."""

import re
from collections.abc import Callable

import pytest

from oauth2system.policy import lifetimes
from oauth2system.protocol.clients.client import DEVICE_GRANT
from tests.support.in_process.browsers import PASSWORD, Browser, path, query
from tests.support.in_process.pages import Read
from tests.support.in_process.story import App, Member, Story

DEVICE_GRANTS = frozenset({DEVICE_GRANT})
Open = Callable[[Browser, str], Read]


@pytest.fixture
def app(story: Story, ada: Member) -> App:
    return story.app(ada, "Harbour <Library>")


def test_the_consent_page_is_complete_in_its_first_answer(opened: Open, grace: Member, app: App) -> None:
    asked = grace.authorize(app)
    page = opened(grace, asked.headers["location"])
    assert page.heading == "Sign in to Harbour &lt;Library&gt;?"
    assert page.title == f"{page.heading} · Oauth2System", "the tab says what the heading says"
    assert {"Authorize", "Cancel", "Sign out", "Use another account"} <= set(page.buttons)
    for value in ("grace", "Grace", "grace@example.org", grace.user_id, "https://site.example", "Ada"):
        assert value in page.text
    assert "<Library>" not in page.answer.text, "T126: a name is text"
    fields = {name: given["value"] for name, given in page.fields.items()}
    sent = grace.post("/consent", **fields, decision="authorize")
    assert query(grace.get(sent.headers["location"]))["code"]


def test_the_answer_is_kept_by_nobody_and_holds_no_list_of_hosts(opened: Open, grace: Member, app: App) -> None:
    headers = opened(grace, grace.authorize(app).headers["location"]).answer.headers
    assert headers["cache-control"] == "no-store"
    assert "form-action" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert "cross-origin-opener-policy" not in headers, "an app's popup waits for the answer"


@pytest.mark.parametrize(("page", "button"), [("/login", "Sign in"), ("/registration", "Create account")])
def test_sign_in_and_registration_say_for_which_site_and_can_be_cancelled(
    opened: Open, story: Story, app: App, page: str, button: str
) -> None:
    visitor = story.stranger()
    flow = query(visitor.authorize(app))["flow"]
    found = opened(visitor, f"{page}?flow={flow}")
    assert "to continue to Harbour <Library>" in found.text
    assert {button, "Cancel"} <= set(found.buttons)
    assert found.fields["flow"]["value"] == flow
    assert f"flow={flow}" in next(href for href in found.links.values() if href.startswith(("/login", "/registration")))


def test_somebody_signed_out_who_opens_a_request_reads_for_which_site_and_can_cancel(
    opened: Open, story: Story, grace: Member, app: App
) -> None:
    asked = grace.authorize(app).headers["location"]
    grace.sign_out()
    page = opened(grace, asked)
    assert "to continue to Harbour <Library>" in page.text
    assert {"Sign in", "Cancel"} <= set(page.buttons)
    back = grace.sign_in("grace", flow=page.fields["flow"]["value"]).headers["location"]
    assert grace.get(back).headers["location"] == asked
    story.later(seconds=lifetimes.FLOW.in_seconds)
    grace.sign_out()
    late = opened(grace, asked)
    assert (late.heading, "Password" in late.labels) == ("This request has expired", False)


def test_s12_an_app_without_an_owner_is_said_to_be_one_wherever_a_person_decides(
    opened: Open, story: Story, grace: Member, app: App
) -> None:
    """A device page that says nothing of it is where a stranger's app would rather be agreed to (RFC 8628 §5.4)."""
    tv = story.client("ada", name="TV", is_public=True, token_endpoint_auth_method="none", grant_types=DEVICE_GRANTS)
    asked = story.site("POST", "/oauth2/device_authorization", data={"client_id": tv.client_id, "scope": "identify"})
    device, consent = f"/device?user_code={asked.json()['user_code']}", grace.authorize(app).headers["location"]
    for address in (device, consent):
        assert "The app belongs to" in opened(grace, address).text
    story.run("UPDATE clients SET owner_id = NULL")
    for address in (device, consent):
        page = opened(grace, address)
        assert "The app registered itself here, and nobody has checked who runs it." in page.text
        assert "The app belongs to" not in page.text


def test_another_browser_and_one_without_cookies_are_told_apart(
    opened: Open, story: Story, grace: Member, app: App
) -> None:
    asked = grace.authorize(app).headers["location"]
    other = story.again(grace.user_id)
    assert opened(other, asked).heading == "Cookies are needed"
    other.authorize(app)  # has a cookie of its own now
    assert opened(other, asked).heading == "Begun in another browser"


def test_a_browser_that_keeps_nothing_hears_of_cookies_after_it_signed_in(opened: Open, story: Story) -> None:
    story.person("joan")
    browser = story.browser()
    answer = browser.sign_in("joan")
    assert answer.headers["referrer-policy"] == "same-origin"
    browser.cookies.clear()
    page = opened(browser, "/login?error=cookies&next=/account")
    assert "kept no cookie" in page.text
    assert "Sign in" in page.buttons


def test_signed_out_in_another_tab_is_said_on_the_way_back_in(opened: Open, grace: Member, app: App) -> None:
    asked = grace.authorize(app)
    flow, account = query(asked)["flow"], grace.user_id
    grace.sign_out()
    answer = grace.post("/consent", flow=flow, account=account, decision="authorize")
    assert path(answer) == "/login"
    assert "You signed out in another tab" in opened(grace, answer.headers["location"]).text


def test_the_same_is_said_for_every_name_after_too_many_attempts(opened: Open, story: Story) -> None:
    story.person("joan")
    said: set[str] = set()
    for name in ("joan", "nobody.here"):
        browser = story.browser("192.0.2.77")
        answers = [browser.sign_in(name, "wrong password") for _ in range(12)]
        assert query(answers[0])["error"] == "credentials"
        page = opened(browser, answers[-1].headers["location"])
        said.add(re.search(r"Too many attempts[^.]*\.[^.]*\.", page.text)[0])  # type: ignore[index]  (without a match the test fails)
        assert "Wrong username or password." in opened(browser, answers[0].headers["location"]).text
    assert said == {"Too many attempts. Try again in 1 minutes, or choose a new password now."} or len(said) == 1


def test_a_hint_fills_the_field_and_what_was_typed_outranks_it(opened: Open, story: Story, app: App) -> None:
    visitor = story.stranger()
    more = {"response_type": "code", "redirect_uri": app.redirect_uri, "login_hint": "joan"}
    flow = query(visitor.authorize(app, "openid", **more, code_challenge="c" * 43, code_challenge_method="S256"))[
        "flow"
    ]
    assert opened(visitor, f"/login?flow={flow}").fields["login"]["value"] == "joan"
    back = visitor.sign_in("mary", "wrong password", flow=flow)
    page = opened(visitor, back.headers["location"])
    assert page.fields["login"]["value"] == "mary"
    assert "autofocus" in page.fields["password"]
    assert "autofocus" not in page.fields["login"]
    assert "value" not in page.fields["password"]


def test_every_field_of_the_contract_has_its_label_and_every_button_its_name(opened: Open, story: Story) -> None:
    visitor = story.stranger()
    registration = opened(visitor, "/registration")
    assert registration.labels == {
        "Username": "username", "Display name": "display_name", "Email": "email", "Password": "password"
    }  # fmt: skip
    assert "Create account" in registration.buttons
    login = opened(visitor, "/login")
    fields = {"Username or email": "login", "Password": "password", "Keep me signed in": "keep"}
    assert login.labels == fields
    assert "Sign in" in login.buttons
    reset = opened(visitor, "/account/password_reset")
    assert (reset.labels, reset.buttons) == ({"Email": "email"}, ["Send the link"])
    member = story.member("mary")
    device = opened(member, "/device")
    assert (device.labels, "Continue" in device.buttons) == ({"Code": "user_code"}, True)


def test_a_problem_stands_beside_its_field_and_is_announced(opened: Open, story: Story) -> None:
    browser = story.browser()
    answer = browser.register("ab", "not an address", password="short", next="/apps")
    page = opened(browser, answer.headers["location"])
    for name in ("username", "email", "password"):
        assert page.fields[name]["aria-invalid"] == "true"
        assert f"{name}-problem" in page.fields[name]["aria-describedby"]
    assert page.fields["username"]["value"] == "ab"
    assert page.fields["next"]["value"] == "/apps"
    assert "value" not in page.fields["password"]
    assert PASSWORD not in page.answer.text
