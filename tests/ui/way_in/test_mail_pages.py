"""Confirmation, reset and set-up: a link is judged when it is opened, and success is told first."""

from collections.abc import Callable

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts import profile
from oauth2system.services.admin import people
from tests.support.in_process.browsers import PASSWORD, Browser, path, query
from tests.support.in_process.pages import Read
from tests.support.in_process.story import Story

Open = Callable[[Browser, str], Read]
CONFIRM = "/account/email_confirm"
RESET = "/account/password_reset"
NEW = "a quite different pass phrase"


def test_the_waiting_page_shows_the_address_and_offers_to_change_it(opened: Open, story: Story) -> None:
    browser = story.browser()
    answer = browser.register("grace", "grace@exmaple.org")
    old = story.token("grace@exmaple.org")
    page = opened(browser, answer.headers["location"])
    assert "We sent a link to grace@exmaple.org." in page.text
    assert "Wrong address? Change it." in page.text
    answer = browser.post(f"{CONFIRM}/change", email="Grace@Example.org")
    page = opened(browser, answer.headers["location"])
    assert "We sent a link to Grace@example.org." in page.text
    assert "error" in query(browser.post(CONFIRM, token=old)), "the link in the mistyped mailbox is dead"
    answer = browser.post(CONFIRM, token=story.token("Grace@example.org"))
    assert query(answer)["notice"] == "welcome"


def test_s03_the_page_says_when_the_account_was_made_and_by_what_name(opened: Open, story: Story) -> None:
    """Whose address somebody else registered finds a name and a time that are not theirs."""
    story.browser().register("mallory", "grace@example.org")
    story.later(minutes=20)
    page = opened(story.browser("192.0.2.9"), f"{CONFIRM}?token={story.token('grace@example.org')}")
    assert "The account mallory was made with the address grace@example.org." in page.text
    assert "It was made on 1 January 2026, 12:00 (UTC)." in page.text


def test_another_browser_changes_no_address(opened: Open, story: Story) -> None:
    story.browser().register("grace")
    stranger = story.browser("192.0.2.9")
    assert query(stranger.post(f"{CONFIRM}/change", email="eve@example.org"))["error"] == "form"
    assert "grace@example.org" not in opened(stranger, f"{CONFIRM}?sent=1").text


def test_a_change_says_the_same_whether_or_not_the_address_has_an_owner(story: Story) -> None:
    story.person("owner")
    browser = story.browser()
    browser.register("grace")
    taken = browser.post(f"{CONFIRM}/change", email="owner@example.org")
    free = browser.post(f"{CONFIRM}/change", email="free@example.org")
    assert taken.headers["location"] == free.headers["location"]


def test_the_waiting_page_notices_that_it_was_confirmed_elsewhere(opened: Open, story: Story) -> None:
    ada = story.member("ada")
    app = story.app(ada, "Flask demo")
    phone, desk = story.stranger("192.0.2.3"), story.browser("192.0.2.4")
    flow = query(phone.authorize(app))["flow"]
    waiting = phone.register("joan", flow=flow).headers["location"]
    assert 'data-watches="/account/email_confirm/state"' in opened(phone, waiting).answer.text
    assert phone.get(f"{CONFIRM}/state").json() == {"confirmed": False}
    answer = desk.post(CONFIRM, token=story.token("joan@example.org"), password=PASSWORD)
    assert "Go back to the device where you began" in opened(desk, answer.headers["location"]).text
    assert phone.get(f"{CONFIRM}/state").json() == {"confirmed": True}
    page = opened(phone, waiting)
    assert page.heading == "Your email is confirmed"
    assert "Sign in to continue to Flask demo." in page.text
    assert page.links["Sign in"] == f"/login?flow={flow}"


def test_s03_a_stranger_s_registration_is_not_confirmed_by_the_owner_of_the_mailbox(opened: Open, story: Story) -> None:
    """Eve registers with the victim's address and waits for a press of the button in the mail."""
    eve, victim = story.browser("198.51.100.1"), story.browser("192.0.2.9")
    eve.register("eve", "victim@example.org")
    token = story.token("victim@example.org")
    page = opened(victim, f"{CONFIRM}?token={token}")
    assert "Password" in page.labels
    assert "eve" in page.text
    for wrong in ({}, {"password": "the victim's own password"}):
        answer = victim.post(CONFIRM, token=token, **wrong)
        assert "This is not the password of that account." in opened(victim, answer.headers["location"]).text
    assert story.look("SELECT COUNT(*) FROM users WHERE email_confirmed_at IS NOT NULL") == [(0,)]
    assert not story.ask(profile.get_profile, caller=_signed_in(eve)).email_confirmed


def _signed_in(browser: Browser) -> Caller:
    browser.sign_in("eve")
    return browser.caller


def test_s03_guesses_at_that_password_are_counted_as_on_the_sign_in_page(story: Story) -> None:
    story.browser("198.51.100.1").register("eve", "victim@example.org")
    token = story.token("victim@example.org")
    for number in range(12):
        story.browser(f"203.0.113.{number}").post(CONFIRM, token=token, password="wrong password")
    answer = story.browser("203.0.113.99").post(CONFIRM, token=token, password=PASSWORD)
    assert query(answer)["error"] == "form"


def test_where_it_was_registered_no_password_is_asked(opened: Open, story: Story) -> None:
    browser = story.browser()
    browser.register("ada")
    page = opened(browser, f"{CONFIRM}?token={story.token('ada@example.org')}")
    assert "Password" not in page.labels
    assert "Confirm email" in page.buttons


def test_a_link_that_was_used_says_that_all_is_well(opened: Open, story: Story) -> None:
    browser = story.browser()
    browser.register("ada")
    token = story.token("ada@example.org")
    browser.post(CONFIRM, token=token)
    page = opened(browser, f"{CONFIRM}?token={token}")
    assert page.heading == "Your email is confirmed"
    assert "already confirmed" in page.text
    assert page.links["Continue"] == "/account"
    assert "already confirmed" in opened(story.browser(), f"{CONFIRM}?token={token}").text


def test_success_is_told_before_what_did_not_last(opened: Open, story: Story) -> None:
    app = story.app(story.member("ada"), "Flask demo")
    visitor = story.stranger("192.0.2.3")
    flow = query(visitor.authorize(app))["flow"]
    visitor.register("joan", flow=flow)
    token = story.token("joan@example.org")
    story.later(minutes=40)
    answer = visitor.post(CONFIRM, token=token)
    page = opened(visitor, answer.headers["location"])
    assert page.heading == "Your email is confirmed"
    assert "The sign-in took too long: go back to Flask demo and start again." in page.text
    assert page.links["Back to Flask demo"] == "https://site.example"


@pytest.mark.parametrize(("after", "words"), [(23.9, "was made with the address"), (24.1, "has expired")])
def test_a_confirmation_that_expired_says_so(opened: Open, story: Story, after: float, words: str) -> None:
    browser = story.browser()
    browser.register("ada")
    token = story.token("ada@example.org")
    story.later(hours=after)
    assert words in opened(browser, f"{CONFIRM}?token={token}").text


def test_a_link_of_which_nothing_is_known_claims_nothing(opened: Open, story: Story) -> None:
    for page in (CONFIRM, RESET):
        found = opened(story.browser(), f"{page}?token=x")
        assert "does not work" in found.text
        assert "used" not in found.text
        assert "Password" not in found.labels


def test_a_used_reset_link_is_told_when_it_is_opened(opened: Open, story: Story) -> None:
    story.person("ada")
    browser = story.browser()
    browser.post(RESET, email="ada@example.org")
    token = story.token("ada@example.org")
    page = opened(browser, f"{RESET}?token={token}")
    assert list(page.labels) == ["Password"]
    assert "A new password for ada." in page.text
    browser.post(f"{RESET}/new", token=token, password=NEW)
    page = opened(browser, f"{RESET}?token={token}")
    assert "was used already" in page.text
    assert "Password" not in page.labels
    browser.post(RESET, email="ada@example.org")
    late = story.token("ada@example.org")
    story.later(minutes=31)
    assert "has expired" in opened(browser, f"{RESET}?token={late}").text


def test_the_set_up_link_is_judged_when_it_is_opened(opened: Open, story: Story) -> None:
    browser = story.browser()
    link = story.ask(people.make_setup_link)
    assert link is not None
    token = link.partition("token=")[2]
    assert "Create account" in opened(browser, f"/setup?token={token}").buttons
    assert "This link is not valid" in opened(browser, "/setup?token=x").text
    assert "The link is missing" in opened(browser, "/setup").text
    story.person("root", admin=True)
    for address in (f"/setup?token={token}", "/setup?token=x", "/setup"):
        page = opened(browser, address)
        assert "already has an administrator" in page.text
        assert page.labels == {}


def test_somebody_with_an_account_becomes_the_administrator_by_the_link(opened: Open, story: Story) -> None:
    ada = story.member("ada")
    link = story.ask(people.make_setup_link)
    assert link is not None
    token = link.partition("token=")[2]
    assert "Make ada the administrator" in opened(ada, f"/setup?token={token}").buttons
    assert query(ada.post("/setup/promote", token=token)) == {"notice": "promoted"}
    assert story.ask(profile.get_profile, caller=ada.caller).is_admin
    grace = story.member("grace")
    assert query(grace.post("/setup/promote", token=token))["error"] == "token"
    assert not story.ask(profile.get_profile, caller=grace.caller).is_admin


def test_nobody_is_promoted_by_another_link_or_without_a_session(story: Story) -> None:
    link = story.ask(people.make_setup_link)
    assert link is not None
    ada = story.member("ada")
    for wrong in ("x", ""):
        assert query(ada.post("/setup/promote", token=wrong))["error"] == "token"
    token = link.partition("token=")[2]
    answer = story.browser().post("/setup/promote", token=token)
    assert (path(answer), query(answer)) == ("/login", {"notice": "sign_in_first", "next": f"/setup?token={token}"})
    assert story.look("SELECT COUNT(*) FROM users WHERE is_admin") == [(0,)]


def test_resending_says_the_truth_to_a_stranger(opened: Open, story: Story) -> None:
    browser = story.browser()
    answer = browser.post(f"{CONFIRM}/resend", email="nobody@example.org")
    page = opened(browser, answer.headers["location"])
    assert "If an unconfirmed account has this address, a new link is on its way." in page.text
    assert path(answer) == CONFIRM


def test_a_name_is_judged_while_it_is_typed(story: Story) -> None:
    story.person("grace")
    visitor = story.stranger()
    judged = [
        visitor.get(f"/registration/username?name={name}").json()["problem"] for name in ("grace", "gr", "free1", "")
    ]
    assert ["taken" in judged[0], "3 to 32" in judged[1], *judged[2:]] == [True, True, "", ""]


def test_first_use_44_a_used_reset_link_says_so_also_after_a_newer_one_was_ordered(opened: Open, story: Story) -> None:
    story.person("ada")
    browser = story.browser()
    browser.post(RESET, email="ada@example.org")
    used = story.token("ada@example.org")
    browser.post(f"{RESET}/new", token=used, password=NEW)
    browser.post(RESET, email="ada@example.org")
    newer = story.token("ada@example.org")
    browser.post(RESET, email="ada@example.org")
    assert story.token("ada@example.org") != newer
    assert "was used already" in opened(browser, f"{RESET}?token={used}").text
    replaced = opened(browser, f"{RESET}?token={newer}").text
    assert "replaced by a newer one" in replaced
    assert "was used already" not in replaced


def test_first_use_44_after_a_new_password_the_name_is_filled_in(opened: Open, story: Story) -> None:
    story.person("ada")
    browser = story.browser()
    browser.post(RESET, email="ada@example.org")
    answer = browser.post(f"{RESET}/new", token=story.token("ada@example.org"), password=NEW)
    assert "ada" not in answer.headers["location"]
    page = opened(browser, answer.headers["location"])
    assert page.fields["login"]["value"] == "ada"
    assert "Your new password is set." in page.text


@pytest.mark.parametrize(
    ("name", "shown"), [("Flask demo", True), ("evil.example", False), ("Call 0900123456", False), ("a@b", False)]
)
def test_first_use_45_a_mail_says_for_which_site_somebody_registers(story: Story, name: str, shown: bool) -> None:
    """A name that a mail program makes a link of is left out: anybody can name an app, and register any address."""
    app = story.app(story.member("ada"), name)
    visitor = story.stranger("192.0.2.3")
    flow = query(visitor.authorize(app))["flow"]
    visitor.register("joan", flow=flow)
    text = story.mail("joan@example.org")[0].text
    assert "Somebody registered at Oauth2System (localhost) with this address, under the username joan." in text
    assert (f"It was to sign in to {name}." in " ".join(text.split())) == shown
    visitor.post(f"{CONFIRM}/resend", flow=flow)
    assert (name in story.mail("joan@example.org")[0].text) == shown


def test_a_mail_to_somebody_who_came_from_no_site_names_none(story: Story) -> None:
    story.browser().register("joan")
    assert "sign in to" not in story.mail("joan@example.org")[0].text


def test_an_address_that_another_account_took_meanwhile_is_said_so(opened: Open, story: Story) -> None:
    ada, grace = story.member("ada"), story.member("grace")
    tokens: list[str] = []
    for person in (ada, grace):
        person.post("/account/email", email="shared@example.org", password=PASSWORD)
        tokens.append(story.token("shared@example.org"))
    assert path(ada.post(CONFIRM, token=tokens[0])) == "/account"
    answer = grace.post(CONFIRM, token=tokens[1])
    assert query(answer)["error"] == "held"
    assert "belongs to another account by now" in opened(grace, answer.headers["location"]).text
