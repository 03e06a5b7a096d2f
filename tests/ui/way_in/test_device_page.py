"""The device page says how a code stands: answered, expired, never there; and why it cannot be answered now."""

from collections.abc import Callable

import pytest

from oauth2system.policy import page_messages
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.services.admin.apps import demand_second_factor
from tests.support.in_process.browsers import Browser, path, query
from tests.support.in_process.pages import Read
from tests.support.in_process.story import Member, Story

Open = Callable[[Browser, str], Read]
UNKNOWN = "No device has this code."
EXPIRED = "This code has expired. Start again on the device."
AGREED = "You have answered this already, and you agreed. See it under Your connections."
REFUSED = "You have answered this already: you did not agree. Nothing was shared."


@pytest.fixture
def code(story: Story, ada: Member) -> str:
    grants = frozenset({DEVICE_GRANT})
    tv = story.client("ada", name="TV", is_public=True, token_endpoint_auth_method="none", grant_types=grants)
    asked = story.site("POST", "/oauth2/device_authorization", data={"client_id": tv.client_id, "scope": "identify"})
    return asked.json()["user_code"]


def at(code: str) -> str:
    return f"/device?user_code={code}"


def press(who: Member, code: str, decision: str = "authorize", account: str = "") -> str:
    """Press a button of the page; returns where that leads."""
    fields = {"user_code": code, "account": account or who.user_id, "decision": decision}
    return who.post("/device", **fields).headers["location"]


@pytest.mark.parametrize(("decision", "said"), [("authorize", AGREED), ("cancel", REFUSED)])
def test_going_back_after_an_answer_does_not_deny_it(
    opened: Open, ada: Member, code: str, decision: str, said: str
) -> None:
    press(ada, code, decision)
    for page in (opened(ada, at(code)), opened(ada, press(ada, code, "authorize"))):
        assert said in page.text
        assert UNKNOWN not in page.text
        assert page.links["Your connections"] == "/account/connections"


def test_an_answer_is_still_known_after_the_device_fetched_it_and_after_the_code_expired(
    opened: Open, story: Story, ada: Member, code: str
) -> None:
    press(ada, code)
    story.run("UPDATE device_codes SET status = 'used'")
    assert AGREED in opened(ada, at(code)).text
    story.later(minutes=11)
    assert AGREED in opened(ada, at(code)).text


def test_a_code_that_has_expired_says_so(opened: Open, story: Story, ada: Member, code: str) -> None:
    assert "TV wants to be connected" in opened(ada, at(code)).text
    story.later(minutes=11)
    for page in (opened(ada, at(code)), opened(ada, press(ada, code))):
        assert EXPIRED in page.text
        assert page.labels == {"Code": "user_code"}


def test_t080_only_who_answered_learns_that_a_code_was_answered(
    opened: Open, story: Story, ada: Member, code: str
) -> None:
    grace = story.member("grace", ip="192.0.2.2")
    never = opened(grace, at("BBBB-BBBB")).text
    press(ada, code)
    assert opened(grace, at(code)).text == never
    story.later(minutes=11)
    assert opened(grace, at(code)).text == never


def test_t080_codes_that_expired_or_were_answered_by_others_cost_an_attempt(
    opened: Open, story: Story, ada: Member, code: str
) -> None:
    grace = story.member("grace", ip="192.0.2.2")
    press(ada, code)
    for _each in range(20):
        assert UNKNOWN in opened(grace, at(code)).text
    assert "Too many codes were tried." in opened(grace, at(code)).text
    for _each in range(21):  # an own answer is no guess
        assert AGREED in opened(ada, at(code)).text


def test_t080_looking_for_codes_that_expired_is_throttled(opened: Open, story: Story, ada: Member, code: str) -> None:
    story.later(minutes=11)
    for _each in range(20):
        assert EXPIRED in opened(ada, at(code)).text
    assert "Too many codes were tried." in opened(ada, at(code)).text


def test_an_app_that_is_gone_is_not_a_wrong_code(opened: Open, story: Story, ada: Member, code: str) -> None:
    story.run("UPDATE clients SET disabled_at = created_at")
    for page in (opened(ada, at(code)), opened(ada, press(ada, code))):
        assert "This app is not available any more." in page.text
        assert UNKNOWN not in page.text


def test_a_page_of_another_account_asks_the_present_one_again(
    opened: Open, story: Story, ada: Member, code: str
) -> None:
    grace = story.member("grace", ip="192.0.2.2")
    page = opened(grace, press(grace, code, account=ada.user_id))
    assert "Another account is signed in now." in page.text
    assert "Signed in as grace" in page.text
    assert "Authorize" in page.buttons


def test_after_the_session_has_ended_the_sign_in_page_leads_back_to_the_code(
    opened: Open, story: Story, ada: Member, code: str
) -> None:
    ada.sign_out()
    answer = ada.post("/device", user_code=code, account=ada.user_id, decision="authorize")
    assert (path(answer), query(answer)) == ("/login", {"notice": "sign_in_first", "next": at(code)})
    assert opened(ada, answer.headers["location"]).fields["next"]["value"] == at(code)
    story.sign_in(ada, ada.user_id)
    assert "TV wants to be connected" in opened(ada, at(code)).text


def test_an_unconfirmed_person_is_led_to_the_confirmation(opened: Open, story: Story, code: str) -> None:
    joan = story.member("joan", confirmed=False, ip="192.0.2.2")
    for page in (opened(joan, at(code)), opened(joan, press(joan, code))):
        assert "Confirm your email first" in page.text
        assert UNKNOWN not in page.text
        assert page.links["Confirm it now"] == "/account/email_confirm"


def test_a_link_does_not_say_of_a_wrong_code_that_its_device_is_connected(opened: Open, ada: Member) -> None:
    page = opened(ada, f"{at('BBBB-BBBB')}&notice=device_allowed")
    assert UNKNOWN in page.text
    assert page_messages.NOTICES["device_allowed"][1] not in page.text


def test_t106_a_device_of_an_app_that_asks_for_a_second_factor_is_not_let_in_by_a_password(
    story: Story, opened: Open, ada: Member, code: str
) -> None:
    client_id = next(iter(story.look("SELECT id FROM clients WHERE name = ?", "TV")))[0]
    story.ask(demand_second_factor, client_id, demanded=True)
    address = press(ada, code)
    assert "error=device_factor" in address
    assert "asks for a second step" in opened(ada, address).text
    assert "notice=device_denied" in press(ada, code, "cancel")
