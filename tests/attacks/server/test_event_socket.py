"""The event socket under attack: from other sites, from the impatient, and from those who send anything at all."""

import http.server
import json
import re
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from oauth2system.policy import budgets, quotas
from oauth2system.web.http.socket_traffic import ANONYMOUS
from tests.support.browsers.event_socket import ROOT, Refused, Tab
from tests.support.patience import PATIENCE_S
from tests.support.servers.event_server import Lab, running_lab

VISITOR = "oauth2system___ui___state____visitor"
LAB = f"{VISITOR}.tests___support___servers___event_server_app____lab"


@pytest.fixture(scope="module")
def strict_lab(tmp_path_factory: pytest.TempPathFactory) -> Generator[Lab]:
    """Run a lab with the limits that a server has by default."""
    var = tmp_path_factory.mktemp("strict")
    with running_lab(var, f"sqlite:///{var / 'oauth2system.db'}") as running:
        yield running


def count_of(tab: Tab) -> int:
    tab.ask(f"{LAB}.bump")
    return int(tab.state[f"{ROOT}.{LAB}"]["count_rx_state_"])


def is_well(lab: Lab) -> bool:
    return httpx.get(f"{lab.url}/healthz", trust_env=False, timeout=PATIENCE_S).status_code == 200


def test_t145_ten_megabytes_end_one_socket_and_no_other(lab: Lab) -> None:
    with lab.tab() as bystander, lab.tab() as attacker:
        attacker.send('42/_event,["event",{"name":"' + "x" * 10_000_000 + '"}]')
        assert attacker.is_ended()
        assert count_of(bystander) == 1


def test_t145_a_message_whose_end_never_comes_ends_the_socket(lab: Lab) -> None:
    with lab.tab() as bystander, lab.tab() as attacker:
        for _ in range(20):
            attacker.send_piece("x" * 100_000)
        assert attacker.is_ended()
        assert count_of(bystander) == 1


@pytest.mark.parametrize("depth", [1000, 60_000])
def test_t145_deep_json_breaks_nothing(lab: Lab, depth: int) -> None:
    with lab.tab() as bystander, lab.tab() as attacker:
        attacker.send('42/_event,["event",{"name":"x","payload":' + "[" * depth + "]" * depth + "}]")
        attacker.send('42/_event,["event",' + '{"a":' * depth)
        assert count_of(bystander) == 1
    assert is_well(lab)


def test_t145_ten_thousand_events_at_once_end_the_socket_and_others_go_on(lab: Lab) -> None:
    with lab.tab() as bystander, lab.tab() as attacker:
        for _ in range(10_000):
            attacker.event(f"{LAB}.bump")
        assert count_of(bystander) == 1  # the count below says that it did not wait for the ten thousand
        assert attacker.is_ended()
        attacker.hear(0.1)
        assert attacker.state.get(f"{ROOT}.{LAB}", {}).get("count_rx_state_", 0) <= ANONYMOUS.burst + 20


def test_t145_one_address_opens_so_many_sockets_and_the_server_stays_well(strict_lab: Lab) -> None:
    opened = 0
    with ExitStack() as tabs:
        most = quotas.SOCKETS_OF_AN_ADDRESS_ANONYMOUS
        for _ in range(most + 5):
            try:
                tabs.enter_context(strict_lab.tab())
                opened += 1
            except Refused:
                break
        assert opened == most
        assert is_well(strict_lab)
    time.sleep(0.3)
    with strict_lab.tab(strict_lab.anyone("later")) as later:
        assert count_of(later) == 1


def test_t145_one_address_opens_so_many_tabs_a_minute_and_people_are_let_in(strict_lab: Lab) -> None:
    opened = 0
    for _ in range(budgets.TABS.times + 1):
        try:
            with strict_lab.tab():
                opened += 1
        except Refused:
            break
    assert opened <= budgets.TABS.times
    with strict_lab.tab(strict_lab.anyone("member")) as member:
        assert count_of(member) == 1


def test_t145_sockets_that_are_cut_without_a_word_give_their_place_back(lab: Lab) -> None:
    for _ in range(3):
        lines = [lab.tab() for _ in range(60)]
        for tab in lines:
            tab.vanish()
        time.sleep(0.2)
    with lab.tab() as later:
        assert count_of(later) == 1


def memory_mb(lab: Lab) -> float:
    """Return the memory of the server and its worker."""
    own = lab.process.pid
    children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in (own, *children)]
    return sum(int(found[1]) for status in statuses if (found := re.search(r"VmRSS:\s+(\d+)", status))) / 1024


@pytest.mark.parametrize("member", ["x", "query"])
def test_t145_what_a_tab_says_of_its_address_does_not_fill_the_memory(lab: Lab, member: str) -> None:
    bob, before = lab.anyone("bob"), memory_mb(lab)
    for _ in range(30):
        with lab.tab(bob) as tab:
            address: dict[str, Any] = {"pathname": "/", "asPath": "/", member: {"k": [{}] * 30_000}}
            event: dict[str, Any] = {"name": f"{ROOT}.hydrate", "payload": {}, "router_data": address}
            tab.send(f"42/_event,{json.dumps(['event', event])}")
            tab.settle()
            assert tab.state
    assert memory_mb(lab) - before < 20  # 65 MB when all of it was kept


def test_t145_attachments_that_never_end_do_not_fill_the_memory(lab: Lab) -> None:
    bob, before = lab.anyone("bob"), memory_mb(lab)
    with ExitStack() as tabs:
        for _ in range(4):
            tab = tabs.enter_context(lab.tab(bob))
            tab.send('459999999-/_event,["event",{"_placeholder":true,"num":0}]')
            for _ in range(100):
                tab.send_bytes(b"x" * 100_000)
            assert tab.is_ended()
        assert memory_mb(lab) - before < 20  # 40 MB when all of it was kept


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Another site on this machine: another origin, but the same site, so cookies travel."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>evil</title>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing."""


@pytest.fixture
def evil() -> Generator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def victim(browser: Browser, lab: Lab, evil: str) -> Generator[Page]:
    """Somebody signed in with us, looking at a page of the other site."""
    ada = lab.anyone("victim")
    name, _, value = ada.cookie.partition("=")
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": lab.url, "sameSite": "Lax", "httpOnly": True}])
    page = context.new_page()
    page.goto(evil)
    yield page
    context.close()


OPEN = """url => new Promise(done => {
  const socket = new WebSocket(url);
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})"""


@pytest.mark.browser
def test_t140_another_sites_page_cannot_open_the_victims_socket(victim: Page, lab: Lab) -> None:
    url = f"{lab.url.replace('http', 'ws')}/_event/?token=x&EIO=4&transport=websocket"
    assert victim.evaluate(OPEN, url) == "refused"
    victim.goto(f"{lab.url}/login")
    victim.evaluate("() => document.cookie")
    assert victim.evaluate(OPEN, url) == "open"


@pytest.mark.browser
def test_another_sites_page_cannot_read_what_we_answer(victim: Page, lab: Lab) -> None:
    fetch = "url => fetch(url, {credentials: 'include'}).then(() => 'read', () => 'blocked')"
    for path in ("/account", "/api/user", "/session", "/healthz", "/_event/"):
        assert victim.evaluate(fetch, lab.url + path) == "blocked"


@pytest.mark.browser
def test_t107_a_form_that_another_site_submits_signs_nobody_in_or_out(victim: Page, lab: Lab) -> None:
    for path, fields in (("/session", "login=eve&password=x"), ("/session/end", "everywhere=1")):
        submit = """([url, fields]) => {
          const form = document.body.appendChild(document.createElement("form"));
          form.action = url; form.method = "post";
          for (const [name, value] of new URLSearchParams(fields)) {
            const field = form.appendChild(document.createElement("input"));
            field.name = name; field.value = value;
          }
          form.submit();
        }"""
        with victim.expect_navigation() as navigation:
            victim.evaluate(submit, [lab.url + path, fields])
        answer = navigation.value
        assert answer is not None
        assert answer.status == 403
        victim.go_back()
    assert victim.goto(f"{lab.url}/account").status == 200  # type: ignore[union-attr]  (without an answer the test fails)


@pytest.mark.browser
def test_t108_another_sites_page_cannot_frame_us(victim: Page, lab: Lab) -> None:
    for attributes in ("", "sandbox='allow-scripts allow-forms allow-same-origin'"):
        victim.evaluate(
            "([url, attributes]) => { document.body.innerHTML = `<iframe ${attributes} src='${url}'></iframe>`; }",
            [f"{lab.url}/login", attributes],
        )
        victim.wait_for_timeout(300)
        framed = victim.frames[1]
        assert framed.url.startswith("chrome-error://") or framed.locator("title").count() == 0
