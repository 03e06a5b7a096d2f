"""POST /consent: the person's decision, and nothing but the decision."""

import asyncio

import httpx
import pytest

from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import CALLBACK, App, Member, Story


def test_authorize_goes_on_through_the_one_place_that_decides(ada: Member, app: App) -> None:
    asked = ada.authorize(app)
    answer = ada.decide(asked)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/oauth2/authorize?flow={query(asked)['flow']}"
    assert query(ada.get(answer.headers["location"]))["code"].startswith("os_")


def test_cancel_goes_back_to_the_site_at_once(ada: Member, app: App) -> None:
    answer = ada.decide(ada.authorize(app, state="s t"), "cancel")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{CALLBACK}?error=access_denied&")
    assert (query(answer)["error_description"], query(answer)["state"]) == ("The person did not agree.", "s t")
    assert "code" not in query(answer)
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("decision", ["", "yes", "Authorize", "authorize "])
def test_a_decision_that_is_none_decides_nothing(ada: Member, app: App, decision: str) -> None:
    asked = ada.authorize(app)
    assert ada.decide(asked, decision).status_code == 400
    assert path(ada.get(f"/oauth2/authorize?flow={query(asked)['flow']}")) == "/consent"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"decision=authorize",
        b"flow=&decision=authorize",
        b"flow=x&decision=authorize",
        b"%",
        b"\xff=1",
        b"flow=%00&decision=cancel",
    ],
)
def test_a_form_that_is_incomplete_or_broken_is_a_page(ada: Member, app: App, body: bytes) -> None:
    ada.authorize(app)
    headers = {"origin": ada.origin, "content-type": "application/x-www-form-urlencoded"}
    answer = asyncio.run(ada.send("POST", "/consent", content=body, headers=headers))
    assert answer.status_code == 400
    assert "<h1" in answer.text
    assert "location" not in answer.headers


def test_a_flow_named_twice_is_refused(ada: Member, app: App) -> None:
    one, two = (query(ada.authorize(app))["flow"] for _ in range(2))
    headers = {"origin": ada.origin, "content-type": "application/x-www-form-urlencoded"}
    body = f"flow={one}&flow={two}&decision=authorize&account={ada.user_id}"
    assert asyncio.run(ada.send("POST", "/consent", content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8000.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"referer": "https://evil.example/"},
        {},
    ],
)
def test_t110_another_site_cannot_agree_for_a_visitor(ada: Member, app: App, headers: dict[str, str]) -> None:
    flow = query(ada.authorize(app))["flow"]
    form = {"flow": flow, "account": ada.user_id, "decision": "authorize"}
    answer = asyncio.run(ada.send("POST", "/consent", data=form, headers=headers))
    assert answer.status_code == 403
    assert path(ada.get(f"/oauth2/authorize?flow={flow}")) == "/consent"


def test_a_link_cannot_agree(ada: Member, app: App) -> None:
    flow = query(ada.authorize(app))["flow"]
    ada.get(f"/consent?flow={flow}&account={ada.user_id}&decision=authorize")
    assert path(ada.get(f"/oauth2/authorize?flow={flow}")) == "/consent"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x"])
def test_only_a_form_is_read(ada: Member, app: App, kind: str) -> None:
    flow = query(ada.authorize(app))["flow"]
    body = f"flow={flow}&account={ada.user_id}&decision=authorize"
    answer = asyncio.run(
        ada.send("POST", "/consent", content=body, headers={"origin": ada.origin, "content-type": kind})
    )
    assert answer.status_code == 400


def test_t024_what_leads_on_is_a_303_that_forwards_nothing(ada: Member, app: App) -> None:
    answers = [ada.decide(ada.authorize(app), "cancel"), decided := ada.decide(ada.authorize(app))]
    answers.append(ada.get(decided.headers["location"]))
    assert [answer.status_code for answer in answers] == [303] * 3
    assert all(answer.content == b"" for answer in answers)


def test_two_decisions_at_once_end_the_flow_once(story: Story, ada: Member, app: App) -> None:
    asked = ada.authorize(app)
    form = {"flow": query(asked)["flow"], "account": ada.user_id, "decision": "cancel"}

    async def race() -> list[httpx.Response]:
        return await asyncio.gather(*(ada.submit("/consent", **form) for _ in range(10)))

    answers = asyncio.run(race())
    assert sum(answer.headers.get("location", "").startswith(CALLBACK) for answer in answers) == 1
    assert sum(answer.status_code == 400 or path(answer) == "/login" for answer in answers) == 9


def test_t101_of_a_request_that_ended_another_browser_learns_no_more_than_of_one_that_is_not_there(
    story: Story, ada: Member, app: App
) -> None:
    answered, removed, expired = (ada.authorize(app) for _ in range(3))
    ada.decide(answered, "cancel")
    story.run("DELETE FROM ephemeral WHERE digest = ?", token_format.digest(Kind.FLOW, query(removed)["flow"]))
    story.later(minutes=30)
    other, without = story.again(ada.user_id), story.again(ada.user_id)
    other.authorize(app)
    for browser in (other, without):
        for asked in (answered, removed, expired):
            again = browser.get(f"/oauth2/authorize?flow={query(asked)['flow']}")
            for answer in (again, browser.decide(asked), browser.decide(asked, "cancel")):
                assert answer.status_code == 400
                assert "This request is no longer there. Start again from the site." in answer.text
                assert "Poetry" not in answer.text
                assert "location" not in answer.headers
