"""Every route has an answer, and everything else has one too."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from oauth2system.errors import Busy, Invalid, NotFound, NotPermitted, TooManyAttempts, Trouble
from oauth2system.i18n import N_
from oauth2system.protocol.errors import InsufficientScope, InvalidClient, InvalidRequest, InvalidToken, Untrusted
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.requests import RequestReason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime.runner import Runner
from oauth2system.web import app
from oauth2system.web.app import ROUTES, Web
from oauth2system.web.http.message import Answer, Request, TooLarge
from oauth2system.web.http.message import json as json_answer
from tests.support.in_process.door import Door, runner_on


def page(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def test_health_needs_nothing_and_readiness_needs_the_database(door: Door) -> None:
    assert door.get("/healthz").json() == {"status": "ok"}
    assert door.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/api/nope", "/oauth2/", "/oauth2/authorizeX", "/.well-known/nope", "/api/user/"])
def test_what_is_unknown_under_a_protocol_path_is_json(door: Door, path: str) -> None:
    answer = door.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_a_wrong_method_is_told_which_are_right(door: Door) -> None:
    answer = door.ask("DELETE", "/api/user")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert answer.json()["error"] == "invalid_request"


def test_options_is_answered_without_running_anything(door: Door) -> None:
    answer = door.ask("OPTIONS", "/api/user?oauth_token=x&client_id=1&client_secret=y")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, POST")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", sorted(path for path, methods in ROUTES.items() if "HEAD" not in methods))
def test_head_is_never_mapped_onto_get(door: Door, path: str) -> None:
    answer = door.ask("HEAD", path)
    assert answer.status_code == 405
    assert not answer.content


def test_head_where_it_is_meant_has_the_headers_and_no_body(door: Door) -> None:
    answer = door.ask("HEAD", "/healthz")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "15"


class Route:
    """One route that raises what the test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, door: Door) -> None:
        self._patch, self._door = monkeypatch, door

    def raising(self, error: Exception, *, path: str = "/api/x", **given: object) -> httpx.Response:
        async def broken(_request: Request, _runner: Runner) -> Answer:
            raise error

        self._patch.setitem(ROUTES, path, {"GET": broken, "POST": broken})
        return self._door.ask(str(given.pop("method", "GET")), path, **given)  # type: ignore[arg-type]  (values of any type)


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch, door: Door) -> Route:
    return Route(monkeypatch, door)


REFUSALS = [
    (NotFound(N_("There is nothing here.")), 404),
    (NotPermitted(N_("Ask the owner.")), 403),
    (Invalid(name=N_("Too short.")), 400),
    (TooManyAttempts(17), 429),
    (TooLarge(), 413),
    (Busy("locked"), 503),
]


@pytest.mark.parametrize(("error", "status"), REFUSALS)
def test_a_refusal_is_json_for_programs_and_a_page_for_people(route: Route, error: Exception, status: int) -> None:
    for_program = route.raising(error)
    assert for_program.status_code == status
    assert for_program.json()["error_description"]
    for_person = route.raising(error, path="/session")
    assert for_person.status_code == status
    assert "<h1>" in page(for_person)


def test_a_throttle_and_a_busy_database_say_when_to_come_back(route: Route) -> None:
    assert route.raising(TooManyAttempts(17)).headers["retry-after"] == "17"
    assert route.raising(Busy("locked")).headers["retry-after"] == "2"


def test_the_log_says_what_kept_the_database_from_answering(route: Route, capsys: pytest.CaptureFixture[str]) -> None:
    route.raising(Busy("database or disk is full", Trouble.DISK))
    assert '"trouble": "disk", "why": "database or disk is full"' in capsys.readouterr().err


def test_an_oauth_error_is_the_error_object_of_rfc_6749(route: Route) -> None:
    answer = route.raising(InvalidRequest(RequestReason.PARAMETERS_REPEATED, name="secret_name"))
    assert answer.json() == {"error": "invalid_request", "error_description": "A parameter came more than once."}
    assert answer.headers["cache-control"] == "no-store"
    assert "secret_name" not in answer.text


def test_a_401_always_says_how_to_authenticate(route: Route) -> None:
    basic = route.raising(InvalidClient(ClientReason.SECRET_WRONG), headers={"authorization": "Basic eDp5"})
    assert basic.headers["www-authenticate"].startswith("Basic ")
    plain = route.raising(InvalidClient(ClientReason.SECRET_WRONG))
    assert plain.headers["www-authenticate"] == 'Bearer realm="api"'
    token = route.raising(InvalidToken(TokenReason.TOKEN_NOT_BOUND))
    assert token.headers["www-authenticate"] == (
        'Bearer realm="api", error="invalid_token", error_description="The token is not bound to a DPoP key."'
    )
    scope = route.raising(InsufficientScope(TokenReason.SCOPE_MISSING))
    assert (scope.status_code, 'error="insufficient_scope"' in scope.headers["www-authenticate"]) == (403, True)


def test_a_challenge_that_the_error_brings_is_not_doubled(route: Route) -> None:
    error = InvalidToken(TokenReason.TOKEN_BOUND, headers={"WWW-Authenticate": 'DPoP realm="api"'})
    assert route.raising(error).headers.get_list("www-authenticate") == ['DPoP realm="api"']


def test_a_request_that_may_go_nowhere_is_a_page_that_escapes_what_it_quotes(route: Route) -> None:
    answer = route.raising(
        Untrusted(RequestReason.PARAMETER_MISSING, name="<script>alert(1)</script>"), path="/oauth2/authorize"
    )
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<script" not in page(answer)
    assert "&lt;script&gt;" in page(answer)
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_fault_gives_an_id_and_the_log_one_line_under_it(route: Route, capsys: pytest.CaptureFixture[str]) -> None:
    answer = route.raising(ValueError("password=hunter2 ou_" + "x" * 54), path="/api/x")
    said = answer.json()
    assert (answer.status_code, said["error"]) == (500, "server_error")
    (line,) = capsys.readouterr().err.splitlines()
    logged = json.loads(line)
    assert (logged["event"], logged["error"], logged["path"]) == ("crashed", "ValueError", "/api/x")
    assert logged["request_id"] in said["error_description"]
    assert "hunter2" not in line
    assert "ou_x" not in line
    assert "Traceback" not in answer.text


def test_a_fault_on_a_page_says_so_in_plain_words(route: Route) -> None:
    answer = route.raising(RuntimeError("x"), path="/session", method="POST")
    assert answer.status_code == 500
    assert "Something broke" in page(answer)
    assert "RuntimeError" not in answer.text


def test_every_answer_forbids_sniffing_and_framing(door: Door) -> None:
    for path in ("/healthz", "/api/nope", "/api/user", "/oauth2/authorize"):
        headers = door.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "strict-transport-security" not in headers


def test_tls_is_for_good_where_there_is_tls(tmp_path: Path, sqlite_url: str) -> None:
    with runner_on(sqlite_url, tmp_path, PUBLIC_URL="https://id.example.org") as runner:
        headers = Door(Web(runner), "https://id.example.org").get("/healthz").headers
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_an_answer_that_is_shared_is_never_changed(monkeypatch: pytest.MonkeyPatch, door: Door) -> None:
    shared = json_answer({"made": "once"})
    before = list(shared.headers)

    async def same(_request: Request, _runner: Runner) -> Answer:
        return shared

    monkeypatch.setitem(ROUTES, "/api/x", {"GET": same})
    assert door.get("/api/x").headers["x-frame-options"] == "DENY"
    assert shared.headers == before


def test_request_ids_never_repeat() -> None:
    assert len({app.request_id() for _ in range(1000)}) == 1000


def test_a_socket_is_refused_where_there_is_no_reflex(runner: Runner) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(Web(runner)({"type": "websocket", "path": "/_event"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
