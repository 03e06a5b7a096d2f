"""The page of an app's usage, by its events: the owner's alone, live, and the same as the file."""

import time
from typing import Any

import httpx
import pytest

from oauth2system.services.apps import apps, redirect_uris
from oauth2system.services.insight.usage import Span
from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.in_process.door import Person
from tests.support.patience import PATIENCE_S
from tests.support.servers.event_server import Lab
from tests.ui.test_activity import CB, VISITOR

STATE = f"{VISITOR}.oauth2system___ui___pages___apps___usage___usage_state____usage_state"


@pytest.fixture
def owner(lab: Lab) -> Person:
    return lab.anyone("counter")


def make_app(lab: Lab, owner: Person) -> str:
    made = lab.runner.now(lab.value(owner), apps.create, "Poetry").client_id
    lab.runner.now(lab.value(owner), redirect_uris.add, made, CB)
    return made


def ask(tab: Tab, client_id: str, handler: str, **payload: Any) -> dict[str, Any]:
    tab.ask(f"{STATE}.{handler}", payload, path=f"/apps/{client_id}/usage")
    found = tab.state.get(f"{ROOT}.{STATE}", {})
    return {name.removesuffix("_rx_state_"): value for name, value in found.items()}


def fail(lab: Lab, client_id: str) -> None:
    asked = {"client_id": client_id, "response_type": "code", "redirect_uri": f"{CB}/other"}
    assert httpx.get(f"{lab.url}/oauth2/authorize", params=asked, trust_env=False).status_code == 400


def download(lab: Lab, client_id: str, span: str, who: Person | None) -> httpx.Response:
    address = f"{lab.url}/apps/usage/export?client_id={client_id}&span={span}"
    return httpx.get(address, headers={"cookie": who.cookie} if who else {}, trust_env=False)


def test_what_happens_is_counted_on_an_open_page(lab: Lab, owner: Person) -> None:
    mine = make_app(lab, owner)
    with lab.tab(owner) as tab:
        assert ask(tab, mine, "load")["is_empty"]
        fail(lab, mine)
        until = time.monotonic() + PATIENCE_S
        while not any(one["name"].endswith(".look_again") for one in tab.events) and time.monotonic() < until:
            tab.hear(0.02)
        shown = ask(tab, mine, "look_again")
        assert (shown["totals"]["refusals"], shown["rows"][0]["refusals"]) == ("1", "1")
        for span, length in ((Span.DAY, 24), (Span.YEAR, 12), (Span.MONTH, 30)):
            assert len(ask(tab, mine, "choose_span", span=span.value)["bars"]) == length
        assert ask(tab, mine, "choose_span", span="1; DROP TABLE")["span"] == Span.MONTH


def test_t118_neither_the_page_nor_the_file_is_for_anybody_else(lab: Lab, owner: Person) -> None:
    mine, other = make_app(lab, owner), lab.anyone("somebody-else")
    fail(lab, mine)
    with lab.tab(other) as tab:
        shown = ask(tab, mine, "load")
        assert (shown["stage"], shown.get("rows", [])) == ("missing", [])
        assert ask(tab, mine, "choose_span", span="day").get("rows", []) == []
    answer = download(lab, mine, "day", owner)
    lines = answer.text.splitlines()
    assert (answer.status_code, len(lines)) == (200, 25)
    assert lines[0] == "from,sign_ins,allowed,cancelled,users_fetched,refused_requests"
    assert lines[-1].endswith(",0,0,0,0,1")
    assert download(lab, mine, "day", other).status_code == 404
    assert download(lab, mine, "day", None).status_code == 303
    assert download(lab, mine, "century", owner).status_code == 404
