"""The page of an app's activity, by its events: asked to look when something happens, and only of one's own app."""

import time
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from oauth2system.services.apps import apps, redirect_uris
from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.in_process.door import Person
from tests.support.patience import PATIENCE_S
from tests.support.servers.event_server import Lab

VISITOR = "oauth2system___ui___state____visitor"
STATE = f"{VISITOR}.oauth2system___ui___pages___apps___activity___activity_state____activity_state"
CB, OTHER, ELSEWHERE = "https://site.example/callback", "https://site.example/calback", "https://evil.example/callback"
# Written twice a second, announced, asked for, and read. A machine that does much else gets more tries.
WITHIN_S, TRIES = 1.0, 15


class ActivityPage:
    """The activity of one app in a tab."""

    def __init__(self, lab: Lab, tab: Tab, client_id: str) -> None:
        self.lab, self.tab, self.client_id = lab, tab, client_id
        self.path = f"/apps/{client_id}/activity"
        self.do("load")

    def do(self, handler: str, **payload: Any) -> None:
        self.tab.ask(f"{STATE}.{handler}", payload, path=self.path)

    def vars(self) -> dict[str, Any]:
        found = self.tab.state.get(f"{ROOT}.{STATE}", {})
        return {name.removesuffix("_rx_state_"): value for name, value in found.items()}

    def entries(self) -> list[dict[str, str]]:
        return self.vars()["entries"]

    def redirect_to(self, uri: str) -> httpx.Response:
        """Ask for an authorization that names this address, as anybody can."""
        asked = {"client_id": self.client_id, "response_type": "code", "redirect_uri": uri}
        return httpx.get(f"{self.lab.url}/oauth2/authorize", params=asked, trust_env=False)

    def wait_until_asked(self, seconds: float = PATIENCE_S) -> bool:
        """Wait until the server asks this tab to look, and look as a browser does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.tab.hear(0.02)
            if any(one["name"].endswith(".look_again") for one in self.tab.events):
                self.tab.events.clear()
                self.do("look_again")
                return True
        return False


@pytest.fixture
def owner(lab: Lab) -> Person:
    return lab.anyone("watcher")


@pytest.fixture
def client_id(lab: Lab, owner: Person) -> str:
    made = lab.runner.now(lab.value(owner), apps.create, "Poetry").client_id
    lab.runner.now(lab.value(owner), redirect_uris.add, made, CB)
    return made


@pytest.fixture
def page(lab: Lab, owner: Person, client_id: str) -> Generator[ActivityPage]:
    with lab.tab(owner) as tab:
        yield ActivityPage(lab, tab, client_id)


def test_a_refusal_is_on_an_open_tab_within_a_second(page: ActivityPage) -> None:
    times: list[float] = []
    while min(times, default=WITHIN_S) >= WITHIN_S and len(times) < TRIES:
        began = time.monotonic()
        page.redirect_to(f"{OTHER}/{len(times)}")
        assert page.wait_until_asked()
        times.append(time.monotonic() - began)
        assert len(page.entries()) == len(times)
    assert min(times) < WITHIN_S


def test_a_refusal_is_on_every_open_tab(lab: Lab, owner: Person, page: ActivityPage) -> None:
    assert page.vars()["is_empty"]
    with lab.tab(owner) as tab:
        second = ActivityPage(lab, tab, page.client_id)
        page.redirect_to(OTHER)
        assert page.wait_until_asked()
        assert second.wait_until_asked()
        for one in (page, second):
            (entry,) = one.entries()
            assert (entry["outcome"], entry["code"], entry["sent"]) == ("refused", "invalid_request", OTHER)


def test_repeats_are_one_entry_with_a_count(page: ActivityPage) -> None:
    for _again in range(3):
        page.redirect_to(OTHER)
    page.do("load")
    (entry,) = page.entries()
    assert entry["times"].startswith("3 times within")


def test_a_tab_that_left_the_page_or_closed_is_not_asked(lab: Lab, owner: Person, page: ActivityPage) -> None:
    page.tab.ask(f"{STATE}.look_again", path="/apps")
    page.redirect_to(OTHER)
    assert not page.wait_until_asked(1.5)


def test_a_paused_page_stands_still_and_says_that_there_is_news(page: ActivityPage) -> None:
    page.do("pause")
    page.redirect_to(OTHER)
    assert page.wait_until_asked()
    assert (page.entries(), page.vars()["has_news"]) == ([], True)
    page.do("pause")
    assert (len(page.entries()), page.vars()["has_news"]) == (1, False)


def test_the_entry_is_found_by_its_reference_and_by_its_text(page: ActivityPage) -> None:
    page.redirect_to(OTHER)
    page.redirect_to(ELSEWHERE)
    page.do("load")
    first = next(one for one in page.entries() if one["sent"] == ELSEWHERE)
    for search in (first["reference"], first["reference"].lower(), "EVIL.example"):
        page.do("find", search=search)
        assert [one["sent"] for one in page.entries()] == [ELSEWHERE]
    page.do("find", search="no such text")
    assert page.vars()["is_empty"]


def test_the_list_is_filtered_by_stage_and_outcome(page: ActivityPage) -> None:
    page.redirect_to(CB)
    page.redirect_to(OTHER)
    page.do("load")
    assert {one["outcome"] for one in page.entries()} == {"refused"}
    page.do("choose_outcome", outcome="done")
    assert page.entries() == []
    page.do("choose_outcome", outcome="refused")
    page.do("choose_stage", stage="token")
    assert page.entries() == []
    page.do("choose_stage", stage="authorize")
    assert page.entries()


@pytest.mark.parametrize(
    ("sent", "offer", "part"),
    [
        (OTHER, "near", "The path differs."),
        (f"{CB}/", "near", "Only a slash at the end differs."),
        ("https://site.example/Callback", "near", "Only capital and small letters differ."),
        ("https://site.example:8443/callback", "near", "The port differs."),
        (ELSEWHERE, "far", "The host differs."),
        ("http://site.example/callback", "", "The scheme differs."),
        (f"{CB}#x", "", None),
        (f"https://site.example/{'x' * 400}", "", "The path differs."),
    ],
)
def test_what_differs_is_named_and_what_cannot_be_registered_is_not_offered(
    page: ActivityPage, sent: str, offer: str, part: str | None
) -> None:
    page.redirect_to(sent)
    page.do("load")
    (entry,) = page.entries()
    assert entry["offer"] == offer
    assert part is None or entry["part"] == part


def test_an_address_is_registered_after_a_question_that_shows_its_host(page: ActivityPage) -> None:
    page.redirect_to(ELSEWHERE)
    page.do("load")
    assert page.entries()[0]["host"] == "evil.example"
    assert page.entries()[0]["repair"].startswith("Is this host yours?")
    page.do("ask_register", uri=ELSEWHERE)
    assert page.vars()["asking_uri"] == ELSEWHERE
    page.do("register")
    assert page.entries()[0]["offer"] == "done"
    assert page.entries()[0]["repair"].startswith("This address is registered now.")


def test_t118_another_owner_sees_registers_and_hears_nothing(lab: Lab, page: ActivityPage) -> None:
    page.redirect_to(OTHER)
    with lab.tab(lab.anyone("somebody-else")) as tab:
        other = ActivityPage(lab, tab, page.client_id)
        assert other.vars()["stage"] == "missing"
        for handler, payload in (("look_again", {}), ("find", {"search": ""}), ("show_more", {}), ("pause", {})):
            other.do(handler, **payload)
        other.do("ask_register", uri=ELSEWHERE)
        other.do("register")
        page.redirect_to(ELSEWHERE)
        assert not other.wait_until_asked(1.5)
        assert OTHER not in repr(other.tab.state)
    page.do("load")
    assert [one["offer"] for one in page.entries()] == ["far", "near"]


def test_t118_a_tab_whose_session_ended_is_asked_and_gets_nothing(lab: Lab, client_id: str) -> None:
    leaver = lab.person("leaver")
    mine = lab.runner.now(lab.value(leaver), apps.create, "Prose").client_id
    with lab.tab(leaver) as tab:
        page = ActivityPage(lab, tab, mine)
        headers = {"cookie": leaver.cookie, "origin": lab.url}
        assert httpx.post(f"{lab.url}/session/end", headers=headers, trust_env=False).status_code < 400
        page.redirect_to("https://late.example/callback")
        page.wait_until_asked()
        page.do("look_again")
        assert "late.example" not in repr(tab.state)


def fetch(lab: Lab, client_id: str, kind: str, who: Person | None) -> httpx.Response:
    headers = {"cookie": who.cookie} if who else {}
    address = f"{lab.url}/apps/activity/export?client_id={client_id}&format={kind}"
    return httpx.get(address, headers=headers, trust_env=False, follow_redirects=False)


def test_t118_the_file_is_for_the_owner_alone(lab: Lab, owner: Person, page: ActivityPage) -> None:
    page.redirect_to(OTHER)
    for kind in ("csv", "json"):
        answer = fetch(lab, page.client_id, kind, owner)
        assert (answer.status_code, OTHER in answer.text) == (200, True)
        assert answer.headers["cache-control"] == "no-store"
        assert fetch(lab, page.client_id, kind, lab.anyone("somebody-else")).status_code == 404
        assert fetch(lab, page.client_id, kind, None).status_code == 303
    assert fetch(lab, page.client_id, "exe", owner).status_code == 404
    assert fetch(lab, "404", "csv", owner).status_code == 404


def test_t126_what_a_spreadsheet_would_run_is_text_in_the_file(lab: Lab, owner: Person, page: ActivityPage) -> None:
    page.redirect_to('=cmd|"/c calc"!A1')
    lines = fetch(lab, page.client_id, "csv", owner).text.splitlines()
    assert len(lines) == 2
    assert "'=cmd" in lines[1]
