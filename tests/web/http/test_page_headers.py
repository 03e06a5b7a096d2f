"""The headers that keep a page safe, and the bytes it is sent in."""

import base64
from collections.abc import Generator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from oauth2system.web.edge import Edge
from oauth2system.web.http import content_policy
from oauth2system.web.http.page_gate import PAGES
from tests.support.in_process.door import Door, runner_on
from tests.support.servers.built_pages import BOOT, THEME, lay_out, no_reflex


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "client")


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path, built: Path) -> Generator[Door]:
    with runner_on(sqlite_url, tmp_path) as runner:
        yield Door(Edge(runner, built, no_reflex))


def policy(answer: Any) -> dict[str, str]:
    pieces = (piece.strip().partition(" ") for piece in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in pieces}


def sha(script: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'"


def test_a_page_runs_its_own_scripts_and_no_others(door: Door) -> None:
    found = policy(door.get("/login"))
    assert found["script-src"] == f"'self' {sha(THEME)} {sha(BOOT)}"
    assert found["default-src"] == "'self'"
    assert found["connect-src"] == "'self' ws://localhost:8000"
    assert found["frame-ancestors"] == found["base-uri"] == found["object-src"] == "'none'"
    assert "unsafe-eval" not in door.get("/login").headers["content-security-policy"]


def test_a_page_states_who_may_know_where_it_leads_to(door: Door) -> None:
    headers = door.get("/login").headers
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/login", "/login?next=/apps", "/consent?flow=x", "/account/email_confirm?token=x"])
def test_the_forms_of_a_page_that_may_end_on_a_site_are_held_by_no_list(door: Door, path: str) -> None:
    """Browsers hold such a list against every redirect that follows, also against the site's own (decision 0022)."""
    assert content_policy.forms_of(path.partition("?")[0]) == ""
    assert "form-action" not in policy(door.get("/login"))


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_forms_of_every_other_page_end_with_us(door: Door, path: str) -> None:
    assert policy(door.get(path))["form-action"] == "'self'"
    others = {route for route in PAGES if content_policy.forms_of(route) == ""}
    assert others == {
        *("/login", "/login/second_factor", "/registration", "/consent", "/device"),
        *("/account/email_confirm", "/account/recovery_codes", "/account/terms"),
    }


def test_a_public_page_is_asked_for_again_and_answered_in_few_bytes(door: Door) -> None:
    first = door.get("/", headers={"accept-encoding": "identity"})
    assert first.headers["cache-control"] == "no-cache"
    again = door.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_asset_whose_name_tells_its_version_is_kept_for_good(door: Door) -> None:
    for path in ("/assets/root-AbCdEf12.js", "/oauth2system.css?v=1"):
        assert door.get(path).headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/oauth2system.css", "/assets/reflex-env-Zz12_-34.js", "/fonts/LICENSE"):
        assert door.get(path).headers["cache-control"] == "no-cache"


def test_what_is_text_is_sent_zipped(door: Door) -> None:
    for accepted, coding in (
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("br;q=0.5, gzip", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip", "gzip"),
        ("zebra, gzip", "gzip"),
    ):
        answer = door.get("/assets/root-AbCdEf12.js", headers={"accept-encoding": accepted})
        assert (answer.headers["content-encoding"], answer.text) == (coding, "x" * 2000)
        assert int(answer.headers["content-length"]) < 100
    assert "content-encoding" not in door.get("/assets/root-AbCdEf12.js", headers={"accept-encoding": "zstd"}).headers
    assert "content-encoding" not in door.get("/fonts/figtree.woff2").headers


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://id.example.org", "wss://id.example.org/_event"),
        ("https://id.example.org:8443", "wss://id.example.org:8443/_event"),
        ("http://127.0.0.1:9000", "ws://127.0.0.1:9000/_event"),
    ],
)
def test_pages_built_once_find_their_socket_anywhere(
    tmp_path: Path, sqlite_url: str, built: Path, public_url: str, expected: str
) -> None:
    with runner_on(sqlite_url, tmp_path, PUBLIC_URL=public_url) as runner:
        script = Door(Edge(runner, built, no_reflex), public_url).get("/assets/reflex-env-Zz12_-34.js").text
    assert f"EVENT:`{expected}`" in script
    assert f"PING:`{public_url}/ping`" in script
    assert script.endswith("export{e as t};")


@pytest.mark.parametrize("public_url", ["https://login.example.net", "http://127.0.0.1:9000"])
def test_pages_built_once_name_the_address_they_are_served_at(
    tmp_path: Path, sqlite_url: str, built: Path, public_url: str
) -> None:
    with runner_on(sqlite_url, tmp_path, PUBLIC_URL=public_url) as runner:
        door = Door(Edge(runner, built, no_reflex), public_url)
        page, script = door.get("/docs"), door.get("/assets/docs-AbCdEf12.js")
    assert f"<title>{public_url}/oauth2/token</title>" in page.text
    assert script.text == f"e(`{public_url}/oauth2/token`)"
    assert script.headers["cache-control"] == "no-cache", "another address would be another script of the same name"
