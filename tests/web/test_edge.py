"""Pages from memory behind their gate, with the headers that keep them safe."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from oauth2system.services import authorize
from oauth2system.services.runner import Caller, Runner
from oauth2system.web.edge import Edge
from oauth2system.web.pages import PAGES, route_of
from tests.support.door import Door, person, runner_on

THEME = "document.documentElement.classList.add('dark')"
BOOT = "import('/assets/root-AbCdEf12.js')"
ENVIRONMENT = "var e={EVENT:`ws://localhost:8000/_event`,PING:`http://localhost:8000/ping`};export{e as t};"


def html(title: str) -> str:
    scripts = f"<script>{THEME}</script><script src='/a.js'></script><script type='module'>{BOOT}</script>"
    return f"<!DOCTYPE html><title>{title}</title>{scripts}{'<p>padding</p>' * 100}"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Lay out what Reflex's export leaves behind."""
    folder = tmp_path / "client"
    files = {
        "index.html": html("home"),
        "login.html": html("login"),
        "login/index.html": html("login"),
        "account.html": html("account"),
        "consent.html": html("consent"),
        "admin.html": html("admin"),
        "secret_lab.html": html("a page that nobody listed"),
        "404.html": html("not found"),
        "__spa-fallback.html": html("not found"),
        "oauth2system.css": "body{}" * 300,
        "fonts/LICENSE": "OFL",
        "fonts/figtree.woff2": "font",
        "assets/root-AbCdEf12.js": "x" * 2000,
        "assets/root-AbCdEf12.js.gz": "stale",
        "assets/reflex-env-Zz12_-34.js": ENVIRONMENT,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "link.css").symlink_to("/etc/passwd")
    return folder


async def no_reflex(_scope: Any, _receive: Any, _send: Any) -> None:
    pytest.fail("Reflex is never asked over HTTP")


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, built: Path) -> Any:
    with runner_on(sqlite_url, tmp_path) as runner:
        yield runner, Door(Edge(runner, built, no_reflex))


@pytest.fixture
def runner(house: tuple[Runner, Door]) -> Runner:
    return house[0]


@pytest.fixture
def door(house: tuple[Runner, Door]) -> Door:
    return house[1]


def test_a_page_comes_from_memory(door: Door) -> None:
    answer = door.get("/login")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == html("login")
    assert door.get("/login/").text == html("login")
    assert door.ask("HEAD", "/login").status_code == 200


def test_a_page_that_is_not_listed_is_not_served_and_the_log_says_so(
    door: Door, capsys: pytest.CaptureFixture[str], runner: Runner, built: Path
) -> None:
    answer = door.get("/secret_lab")
    assert (answer.status_code, "<script" in answer.text) == (404, False)
    Edge(runner, built, no_reflex)
    assert '"event": "page.not_listed", "path": "/secret_lab"' in capsys.readouterr().err


@pytest.mark.parametrize("path", ["/nope", "/login.html", "/login/x", "/index", "/link.css"])
def test_what_is_no_page_is_a_404_with_our_own_face(door: Door, path: str) -> None:
    answer = door.get(path)
    assert (answer.status_code, answer.text) == (404, html("not found"))
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/ping", "/_health", "/_upload", "/_all_routes", "/_event", "/_event/", "/auth-codespace"]
)
def test_t146_reflex_has_no_http_endpoint_left(door: Door, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        headers = {"origin": "https://evil.example", "reflex-client-token": "x", "reflex-event-handler": "y"}
        answer = door.ask(method, path, headers=headers)
        assert answer.status_code in ({204} if method == "OPTIONS" else {404, 405}) | {404}
        assert "access-control-allow-origin" not in answer.headers


def test_pages_answer_get_and_head_alone(door: Door) -> None:
    answer = door.ask("PUT", "/login")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_form_route_shares_its_path_with_its_page(door: Door) -> None:
    assert door.get("/consent").status_code == 303  # the page's gate
    assert door.ask("POST", "/consent", headers={"origin": "https://evil.example"}).status_code == 403


def test_before_the_first_build_there_is_a_page_that_says_so(runner: Runner, tmp_path: Path) -> None:
    door = Door(Edge(runner, tmp_path / "nothing", no_reflex))
    answer = door.get("/")
    assert answer.status_code == 503
    assert "make build" in answer.text
    assert door.get("/healthz").status_code == 200


def test_a_stranger_at_a_protected_page_is_led_to_the_login_page_and_back(door: Door) -> None:
    answer = door.get("/account?tab=1&x=%20")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/account%3Ftab%3D1%26x%3D%2520"
    assert answer.headers["cache-control"] == "no-store"


def test_a_user_gets_in_and_nothing_of_it_is_stored(door: Door, runner: Runner) -> None:
    ada = person(runner, "ada")
    answer = door.get("/account", cookie=ada.cookie)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_an_admin_page_is_not_there_for_anybody_else(door: Door, runner: Runner) -> None:
    ada, root = person(runner, "ada"), person(runner, "root", is_admin=True)
    assert door.get("/admin", cookie=root.cookie).text == html("admin")
    refused = door.get("/admin", cookie=ada.cookie)
    assert refused.status_code == 404
    # The built 404 page would not do: its script would look at the address and show the admin page's frame.
    assert "<script" not in refused.text
    assert "There is nothing at this address" in refused.text


def test_the_handle_is_no_cookie(door: Door, runner: Runner) -> None:
    ada = person(runner, "ada")
    for cookie in (f"{runner.settings.session_cookie}={ada.handle}", f"handle={ada.handle}"):
        assert door.get("/account", cookie=cookie).status_code == 303


def test_being_seen_moves_the_idle_limit_but_not_on_every_page(tmp_path: Path, sqlite_url: str, built: Path) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    with runner_on(sqlite_url, tmp_path, clock=lambda: now[0]) as runner:
        door, ada = Door(Edge(runner, built, no_reflex)), person(runner, "ada")
        for minutes, expected in ((2, now[0]), (10, now[0] + timedelta(minutes=12))):
            now[0] += timedelta(minutes=minutes)
            assert door.get("/account", cookie=ada.cookie).status_code == 200
            assert _seen(runner, ada.cookie) == expected


def _seen(runner: Runner, cookie: str) -> datetime:
    session = runner.now(Caller(cookie=cookie.partition("=")[2]), lambda ctx: ctx.session)
    assert session is not None
    return session.seen_at


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
    assert found["form-action"] == "'self'"
    assert "unsafe-eval" not in door.get("/login").headers["content-security-policy"]


def test_a_page_states_who_may_know_where_it_leads_to(door: Door) -> None:
    headers = door.get("/login").headers
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-frame-options"] == "DENY"


FLOWS = [
    ("https://app.example:8443", "'self' https://app.example:8443"),
    ("com.example.app:", "'self' com.example.app:"),
    ("http://[::1]:5000", "'self' http:"),
    ("https://app.example; script-src *", "'self'"),
    (None, "'self'"),
]


@pytest.mark.parametrize(("origin", "expected"), FLOWS)
def test_a_flows_page_lets_its_forms_go_to_the_app_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, door: Door, origin: str | None, expected: str
) -> None:
    asked: list[str] = []

    def target_origin(_ctx: object, handle: str) -> str | None:
        asked.append(handle)
        return origin

    monkeypatch.setattr(authorize, "target_origin", target_origin)
    answer = door.get("/login?flow=of_abc")
    assert policy(answer)["form-action"] == expected
    assert asked == ["of_abc"]
    # An app's popup waits for the answer: only a page outside any flow cuts the tie to its opener.
    assert ("cross-origin-opener-policy" in answer.headers) == (expected == "'self'")


@pytest.mark.parametrize(
    "query", ["flow=", "flow=nonsense", "flow=a&flow=b", "flow=%zz", "xflow=1", "flow=" + "x" * 5000]
)
def test_an_unknown_flow_is_just_a_page(door: Door, query: str) -> None:
    answer = door.get(f"/login?{query}")
    assert (answer.status_code, policy(answer)["form-action"]) == (200, "'self'")
    assert answer.headers["cache-control"] == "no-store"


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
    answer = door.get("/assets/root-AbCdEf12.js", headers={"accept-encoding": "br, gzip"})
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", "x" * 2000)
    assert int(answer.headers["content-length"]) < 100
    assert "content-encoding" not in door.get("/assets/root-AbCdEf12.js", headers={"accept-encoding": "br"}).headers
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


@pytest.mark.parametrize(
    ("host", "leads_to"),
    [
        ("127.0.0.1:8000", "http://localhost:8000/login?a=b"),
        ("[::1]:8000", "http://localhost:8000/login?a=b"),
        ("localhost:8000", None),
        ("localhost:9000", None),
        ("evil.example", None),
        ("127.0.0.1:8000@evil.example", None),
        ("", None),
        ("[", None),
    ],
)
def test_the_other_names_of_this_machine_lead_to_the_one_we_know(door: Door, host: str, leads_to: str | None) -> None:
    answer = door.get("/login?a=b", headers={"host": host})
    assert answer.headers.get("location") == leads_to


def test_every_page_pattern_finds_its_pages_and_nothing_around_them() -> None:
    assert route_of("/apps/184467440737095") == "/apps/[client_id]"
    assert route_of("/apps/184467440737095/") == "/apps/[client_id]"
    for path in (
        "/apps/1/2",
        "/apps//",
        "//apps",
        "/apps/[client_id]/x",
        "/Apps",
        "/admin;x",
        "//admin",
        "/admin.",
        "/./admin",
    ):
        assert route_of(path) is None, path
    assert all(route_of(path) == path for path in PAGES if "[" not in path)
