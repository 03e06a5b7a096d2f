"""T119: everything that can be reached has its line, and answers to exactly who that line says."""

import ast
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.browsers.event_socket import Tab
from tests.support.in_process.door import Person
from tests.support.servers.event_server import Lab

ROOT = Path(__file__).resolve().parents[2]
ANYONE, USER, OWNER, ADMIN = "anyone", "a signed-in user", "a signed-in user, of what is theirs", "an administrator"
# One connection for thousands of requests; a fresh client each time costs more than the server does.
WEB = httpx.Client(trust_env=False, timeout=10)
ANYTHING: dict[str, Any] = {"str": "1", "int": 1, "bool": True, "float": 1.0, "list": [], "dict": {}}
NOTHING_THERE = "There is nothing at this address."


@pytest.fixture(scope="session")
def inventory() -> dict[str, Any]:
    """Ask a process of its own, so that importing every page changes nothing in this one."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("OAUTH2SYSTEM_", "REFLEX_"))}
    command = [sys.executable, "scripts/inventory.py", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout[done.stdout.index("{") :])


def test_t119_the_written_inventory_is_the_code(inventory: dict[str, Any]) -> None:
    written = (ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")
    assert written == inventory["page"], "run: python scripts/inventory.py, and look at what it changed"


def test_t119_every_route_says_who_calls_it(inventory: dict[str, Any]) -> None:
    assert [route["path"] for route in inventory["routes"] if not route["who"]] == []


def test_t119_every_page_is_listed(inventory: dict[str, Any]) -> None:
    assert set(inventory["registered"]) == set(inventory["pages"]), "a page exists once oauth2system.py imports it"


def test_t119_every_handler_is_labelled(inventory: dict[str, Any]) -> None:
    strays = [one["name"] for one in inventory["handlers"] if one["who"] is None and not one["name"].endswith("setvar")]
    assert strays == []


def test_t148_no_credential_has_a_place_in_any_state() -> None:
    """Passwords are posted by native forms; an event or a var of that name would be a way into the state."""
    suspicious = re.compile(r"^\s+_?(\w*(?:password|passwd|passphrase|otp|totp|pin_code)\w*)\s*:", re.IGNORECASE)
    found = [
        f"{path.name}: {line.strip()}"
        for path in (ROOT / "oauth2system" / "ui").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if suspicious.match(line) and "def " not in line
    ]
    assert found == []


def _called(node: ast.AST) -> set[str]:
    """Return the names of everything that is called inside, as they are written."""
    return {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}


def _reached(node: ast.AST, functions: dict[str, ast.FunctionDef]) -> set[str]:
    """Return what is called inside, through the functions of the same module."""
    reached, fresh = set[str](), _called(node)
    while fresh:
        reached |= fresh
        fresh = {name for one in fresh if one in functions for name in _called(functions[one])} - reached
    return reached


def test_t148_no_password_field_stands_in_a_form_that_sends_events() -> None:
    for path in (ROOT / "oauth2system" / "ui").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {"rx.form", "rx.form.root", "rx.el.form"}:
                assert not any(name.endswith("password_field") for name in _reached(call, functions)), path.name


def answers(house: Lab, who: Person | None, handler: dict[str, Any]) -> tuple[str, Tab]:
    """Call a handler with made-up arguments; say what came of it."""
    payload = {name: ANYTHING.get(kind, "1") for name, kind in handler["arguments"].items()}
    with house.tab(who) as tab:
        tab.event(handler["wire"], payload, path="/apps")
        tab.settle()
        if any(event["name"] == "_redirect" and event["payload"]["path"].startswith("/login") for event in tab.events):
            return "sent to the login page", tab
        told = [values.get("notice_text_rx_state_") for values in tab.state.values()]
        return ("not there" if NOTHING_THERE in told else "ran"), tab


EXPECTED = {
    ANYONE: ("ran", "ran", "ran"),
    USER: ("sent to the login page", "ran", "ran"),
    OWNER: ("sent to the login page", "ran", "ran"),
    ADMIN: ("sent to the login page", "not there", "ran"),
    None: ("not there", "not there", "not there"),
}


def test_t119_t139_every_handler_answers_to_whom_its_line_says(lab: Lab, inventory: dict[str, Any]) -> None:
    people = (None, lab.person("inventory.user"), lab.person("inventory.admin", is_admin=True))
    began = len(lab.log)
    for handler in inventory["handlers"]:
        found = tuple(answers(lab, who, handler)[0] for who in people)
        assert found == EXPECTED[handler["who"]], handler["name"]
    # Made-up arguments are refused in words; none of them may break anything (T143).
    said = lab.log[began:]
    assert '"event.failed"' not in said, said[-2000:]
    assert '"event.unhandled"' not in said, said[-2000:]


def test_t119_every_page_opens_to_whom_its_line_says(lab: Lab, inventory: dict[str, Any]) -> None:
    people = (None, lab.person("pages.user"), lab.person("pages.admin", is_admin=True))
    expected = {ANYONE: (200, 200, 200), USER: (303, 200, 200), OWNER: (303, 200, 200), ADMIN: (303, 404, 200)}
    for path in inventory["registered"]:
        address = path.replace("[client_id]", "184467440737095")
        found = tuple(
            WEB.get(f"{lab.url}{address}", headers={"cookie": who.cookie} if who else {}).status_code for who in people
        )
        assert found == expected[inventory["pages"][path]], path


FOREIGN = [
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "http://evil.localhost:8000", "sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site"},
    {"referer": "https://evil.example/"},
    {},
]
BODIES = [
    ("application/x-www-form-urlencoded", b"login=ada&password=x&flow=x&decision=authorize&everywhere=1&token=x"),
    ("text/plain", b'{"login":"ada"}'),
    ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data; name=login\r\n\r\nada\r\n--x--\r\n"),
    ("application/json", b'{"login":"ada"}'),
]


def test_t110_no_form_can_be_posted_from_another_site(lab: Lab, inventory: dict[str, Any]) -> None:
    ada = lab.person("forms.ada")
    for route in inventory["routes"]:
        if route["who"] != "our own pages":
            continue
        for headers in FOREIGN:
            for kind, body in BODIES:
                sent = {**headers, "cookie": ada.cookie, "content-type": kind}
                answer = WEB.post(f"{lab.url}{route['path']}", headers=sent, content=body)
                assert answer.status_code == 403, (route["path"], headers, kind)
                assert "set-cookie" not in answer.headers
    with lab.tab(ada) as tab:
        tab.hydrate()
        assert any(values.get("signed_in_rx_state_") for values in tab.state.values())


def test_t110_no_form_works_by_get_or_by_an_overridden_method(lab: Lab, inventory: dict[str, Any]) -> None:
    ada = lab.person("forms.bob")
    for route in inventory["routes"]:
        if route["who"] == "our own pages":
            override = {"cookie": ada.cookie, "x-http-method-override": "POST", "origin": lab.url}
            answer = WEB.get(f"{lab.url}{route['path']}?_method=POST&everywhere=1&token=x", headers=override)
            assert answer.status_code in {200, 303, 404, 405, 410}
            assert "set-cookie" not in answer.headers
    with lab.tab(ada) as tab:
        tab.hydrate()
        assert any(values.get("signed_in_rx_state_") for values in tab.state.values())


def test_no_route_breaks_on_whatever_is_sent(lab: Lab, inventory: dict[str, Any]) -> None:
    """Empty, huge, repeated and undecodable: an answer below 500 each time."""
    bodies = [b"", b"a=1&a=2", b"%zz", b"\xff\xfe", b"=&=&=", b"flow=" + b"x" * 60_000, b"a&" * 30_000, b"x" * 70_000]
    for route in inventory["routes"]:
        for body in bodies:
            headers = {"origin": lab.url, "content-type": "application/x-www-form-urlencoded"}
            for method in ("GET", "POST", "HEAD", "OPTIONS", "PATCH"):
                content = body if method == "POST" else None
                answer = _ask(method, f"{lab.url}{route['path']}", headers, content)
                assert answer.status_code < 500, (method, route["path"], body[:20])


def _ask(method: str, url: str, headers: dict[str, str], content: bytes | None) -> httpx.Response:
    """Ask; an answer given before the body was read may close the connection under it (RFC 9112 §9.6): then again."""
    for _attempt in range(4):
        with suppress(httpx.TransportError):
            return WEB.request(method, url, headers=headers, content=content)
    return WEB.request(method, url, headers=headers, content=content)
