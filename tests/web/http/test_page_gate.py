"""What is behind which address: pages from memory, their gate, and nothing of Reflex's."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import people
from oauth2system.web.edge import Edge
from oauth2system.web.http.page_gate import PAGES, route_of
from tests.support.in_process.door import Door, person, runner_on
from tests.support.servers.built_pages import html, lay_out, no_reflex


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "client")


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, built: Path) -> Generator[tuple[Runner, Door]]:
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


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/consent?flow=of_x", "/login?flow=of_x"),
        ("/consent/?flow=a%26next=/x", "/login?flow=a%26next%3D%2Fx"),
        ("/consent?flow=a&flow=b", "/login?next=/consent%3Fflow%3Da%26flow%3Db"),
        ("/consent?flow=", "/login?next=/consent%3Fflow%3D"),
        ("/consent", "/login?next=/consent"),
        ("/account?flow=of_x", "/login?next=/account%3Fflow%3Dof_x"),
    ],
)
def test_a_request_of_a_site_is_carried_to_the_login_page_as_a_request(door: Door, asked: str, led: str) -> None:
    assert door.get(asked).headers["location"] == led


def test_a_user_gets_in_and_nothing_of_it_is_stored(door: Door, runner: Runner) -> None:
    ada = person(runner, "ada")
    answer = door.get("/account", cookie=ada.cookie)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_t114_a_disabled_account_is_out_at_its_next_page(door: Door, runner: Runner) -> None:
    ada = person(runner, "ada")
    runner.now(Caller(system=True), people.disable, "ada")
    assert door.get("/account", cookie=ada.cookie).headers["location"] == "/login?next=/account"


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


REBOUND = [
    *("evil.example", "evil.example:8000", "localhost.evil.example:8000", "127.0.0.1.evil.example", "0.0.0.0:8000"),
    *("127.0.0.1:8000@evil.example", "localhost@evil.example", "[", "[2001:db8::1]:8000", "10.0.0.7:8000"),
]
PATHS = ["/", "/login", "/api/user", "/dev/mailbox", "/healthz", "/oauth2/jwks", "/oauth2system.css", "/_event/", "/no"]


@pytest.mark.parametrize("host", REBOUND)
def test_t124_a_name_that_was_made_to_lead_to_a_laptop_gets_nothing(door: Door, host: str) -> None:
    for path in PATHS:
        for method in ("GET", "POST", "OPTIONS"):
            answer = door.ask(method, path, headers={"host": host})
            assert answer.status_code == 421
            assert "evil" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "localhost", "LOCALHOST", ""]
)
def test_every_name_of_this_machine_is_answered(door: Door, host: str) -> None:
    assert door.get("/healthz", headers={"host": host}).status_code == 200


def test_a_public_server_leaves_the_names_to_its_proxy(sqlite_url: str, tmp_path: Path, built: Path) -> None:
    url, mail = "https://id.example.org", "smtp://localhost"
    with runner_on(sqlite_url, tmp_path, PUBLIC_URL=url, SMTP_URL=mail) as runner:
        door = Door(Edge(runner, built, no_reflex))
        assert door.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.parametrize("port", ["", ":80"])
def test_the_names_of_this_machine_need_no_port_that_is_the_usual_one(
    sqlite_url: str, tmp_path: Path, built: Path, port: str
) -> None:
    with runner_on(sqlite_url, tmp_path, PORT="80") as runner:
        door = Door(Edge(runner, built, no_reflex), "http://localhost")
        for name in ("127.0.0.1", "[::1]"):
            assert door.get("/login", headers={"host": name + port}).headers["location"] == "http://localhost/login"
        assert "location" not in door.get("/login", headers={"host": f"localhost{port}"}).headers


def test_a_flow_begins_under_the_name_it_will_go_on_under(door: Door) -> None:
    begun = door.get("/oauth2/authorize?client_id=1", headers={"host": "127.0.0.1:8000"})
    assert begun.headers["location"] == "http://localhost:8000/oauth2/authorize?client_id=1"
    assert door.get("/api/user", headers={"host": "127.0.0.1:8000"}).status_code == 401


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
