"""A stranger with a socket: paths, hosts, sizes and speeds that no decent client would send."""

import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.patience import PATIENCE_S
from tests.support.servers import raw_http
from tests.support.servers.event_server import Lab

WEB = httpx.Client(trust_env=False, timeout=PATIENCE_S)
EVIL = "evil.example"
# A server that reads all of it, or waits for the rest, takes longer, and a busy one does not.
AT_ONCE_S = 5


def is_well(lab: Lab) -> float:
    """Ask how the server is; return how long it took to say."""
    began = time.monotonic()
    assert WEB.get(f"{lab.url}/healthz").status_code == 200
    return time.monotonic() - began


SPELLINGS = [
    "/admin;x", "//admin", "/%61dmin", "/./admin", "/ADMIN", "/admin.", "/admin%2e", "/%2e%2e/admin", "/x/../admin",
    "/admin/", "/admin//", "/admin/.", "/admin%00", "/admin%20", "/admin%2f", "\\admin", "/admin?x", "/admin#x",
    "/admin.html", "/admin/index.html", "/%2561dmin", "/a%64min", "/admin%0d%0a", "/./%61dmin/",
]  # fmt: skip


@pytest.mark.parametrize("target", SPELLINGS)
def test_t125_no_spelling_of_the_admin_page_gets_past_our_own_check(lab: Lab, target: str) -> None:
    ada = lab.anyone("spelling.ada")
    for cookie in ("", f"Cookie: {ada.cookie}"):
        status, answer = raw_http.get(lab.url, target, *([cookie] if cookie else []))
        assert b"<title>/admin</title>" not in answer
        assert status in {0, 303, 307, 400, 404}


@pytest.mark.parametrize("target", ["/admin", "/%61dmin", "/admin/"])
def test_an_admin_finds_it_under_its_own_spelling(lab: Lab, target: str) -> None:
    root = lab.anyone("spelling.root", is_admin=True)
    status, answer = raw_http.get(lab.url, target, f"Cookie: {root.cookie}")
    assert (status, b"<title>/admin</title>" in answer) == (200, True)


OUTSIDE = [
    "/assets/../../../etc/passwd", "/../var/oauth2system.db", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%5c..%5cetc%5cpasswd", "//etc/passwd", "/assets//etc/passwd", "/file:///etc/passwd",
    "/oauth2system.css%00",
    "/oauth2system.css/../secret_key", "/assets/%252e%252e/etc/passwd", "/.env", "/assets/", "/link.css",
]  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_t137_no_path_leads_out_of_the_built_files(lab: Lab, target: str) -> None:
    status, answer = raw_http.get(lab.url, target)
    assert status in {0, 400, 404}
    assert not any(sign in answer for sign in (b"root:", b"SQLite format", b"OAUTH2SYSTEM_"))


def test_t137_a_range_brings_the_whole_file_or_a_refusal_at_once(lab: Lab) -> None:
    whole = WEB.get(f"{lab.url}/oauth2system.css")
    parts = ",".join(f"{start}-{start + 1}" for start in range(10_000))
    for asked in ("bytes=0-", "bytes=-1", "bytes=5-1", "bytes=0-0,0-0,0-0", f"bytes={parts[:8000]}", f"bytes={parts}"):
        began = time.monotonic()
        answer = WEB.get(f"{lab.url}/oauth2system.css", headers={"Range": asked})
        assert answer.status_code in ({200} if len(asked) < 10_000 else {200, 400, 431})
        assert answer.status_code != 200 or answer.content == whole.content
        assert time.monotonic() - began < AT_ONCE_S


PLACES = ["/", "/login", "/account", "/nope", "/api/user", "/oauth2/authorize?client_id=1", "/healthz", "/oauth2/nope"]
LIES = ["X-Forwarded-Host: evil.example", "Forwarded: host=evil.example;proto=http", "X-Forwarded-Proto: http",
        "X-Original-URL: /admin", "X-Rewrite-URL: /admin", "X-Forwarded-Prefix: /evil.example"]  # fmt: skip


@pytest.mark.parametrize("target", PLACES)
def test_t124_no_answer_repeats_the_host_it_was_asked_for(lab: Lab, target: str) -> None:
    for status, answer in (
        raw_http.get(lab.url, target, host=EVIL),
        raw_http.get(lab.url, target, *LIES),
        raw_http.get(lab.url, f"http://{EVIL}{target}"),
        raw_http.get(lab.url, f"http://{EVIL}{target}", host=EVIL),
    ):
        assert status < 500
        assert EVIL.encode() not in answer
        assert b"<title>/admin</title>" not in answer


def test_t124_two_hosts_are_no_request_or_ours(lab: Lab) -> None:
    status, answer = raw_http.get(lab.url, "/account", f"Host: {EVIL}")
    assert status in {303, 400, 421}
    assert EVIL.encode() not in answer


def test_t124_a_name_that_was_made_to_lead_here_gets_nothing(lab: Lab) -> None:
    for target in ("/", "/dev/mailbox", "/api/user", "/healthz"):
        assert raw_http.get(lab.url, target, host=f"{EVIL}:{urlsplit(lab.url).port}")[0] == 421


def test_t108_nothing_of_ours_can_be_framed(lab: Lab) -> None:
    for target in ("/", "/login", "/registration", "/nope", "/api/user", "/oauth2/authorize", "/healthz", "/session"):
        headers = WEB.get(f"{lab.url}{target}").headers
        assert headers["x-frame-options"] == "DENY"
        if headers.get("content-type", "").startswith("text/html"):
            assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_t113_a_session_cookie_that_was_touched_is_no_session_and_no_error(lab: Lab) -> None:
    ada = lab.anyone("cookie.ada")
    name, _, value = ada.cookie.partition("=")
    flipped = value[:-1] + ("A" if value[-1] != "A" else "B")
    touched = [value[:-1], value + "x", flipped, value.swapcase(), "", "x" * 30_000, "\xfc\xf6", "%00", f'"{value}"']
    for cookie in [*(f"{name}={one}" for one in touched), f"{name}={value}; {name}={value}", f"{name.upper()}={value}"]:
        status, _answer = raw_http.get(lab.url, "/account", f"Cookie: {cookie}")
        assert status in {303, 400, 431}, cookie[:80]
    assert raw_http.get(lab.url, "/account", f"Cookie: {ada.cookie}")[0] == 200


def test_t113_the_cookie_of_another_server_is_no_session(lab: Lab) -> None:
    name = lab.anyone("cookie.ada").cookie.partition("=")[0]
    assert raw_http.get(lab.url, "/account", f"Cookie: {name}=ou_{'A' * 11}{'B' * 43}")[0] == 303


def test_t150_a_form_of_a_hundred_thousand_fields_is_refused_at_once(lab: Lab) -> None:
    headers = {"origin": lab.url, "content-type": "application/x-www-form-urlencoded"}
    for body in (b"a=1&" * 100_000, b"a=1&" * 15_000, b"login=" + b"x" * 10_000_000, b"&" * 65_000):
        began = time.monotonic()
        answer = WEB.post(f"{lab.url}/session", headers=headers, content=body)
        assert answer.status_code in {400, 413}
        assert time.monotonic() - began < AT_ONCE_S


def test_t150_a_gigabyte_is_refused_before_it_is_sent(lab: Lab) -> None:
    place = urlsplit(lab.url).netloc
    head = (
        f"POST /session HTTP/1.1\r\nHost: {place}\r\nOrigin: {lab.url}\r\nContent-Length: 1073741824\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    began = time.monotonic()
    status, _answer = raw_http.send(lab.url, head.encode(), b"login=" + b"x" * 1000)
    assert status == 413
    assert time.monotonic() - began < AT_ONCE_S


def test_t150_a_body_in_chunks_is_counted_too(lab: Lab) -> None:
    place = urlsplit(lab.url).netloc
    head = (
        f"POST /session HTTP/1.1\r\nHost: {place}\r\nOrigin: {lab.url}\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    status, _answer = raw_http.send(lab.url, head.encode(), *[chunk] * 20)
    assert status == 413


def test_t150_a_multipart_body_is_no_form(lab: Lab) -> None:
    boundary = b"--x\r\nContent-Disposition: form-data; name=login; filename*=utf-8''x\r\n\r\nada\r\n--x--\r\n"
    headers = {"origin": lab.url, "content-type": "multipart/form-data; boundary=x"}
    assert WEB.post(f"{lab.url}/session", headers=headers, content=boundary).status_code == 400
    assert WEB.post(f"{lab.url}/api/user", headers=headers, content=boundary).status_code == 400


def test_t150_headers_without_end_are_refused(lab: Lab) -> None:
    lines = [f"X-{number}: {'y' * 1000}".encode() for number in range(2000)]
    status, _answer = raw_http.send(lab.url, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"\r\n".join(lines) + b"\r\n")
    assert status in {0, 400, 431}
    is_well(lab)


def test_t151_a_url_of_a_megabyte_and_a_cookie_of_64_kb_are_refused_or_read_quickly(lab: Lab) -> None:
    began = time.monotonic()
    assert raw_http.get(lab.url, "/login?" + "x" * 1_000_000)[0] in {0, 400, 414, 431}
    assert raw_http.get(lab.url, "/account", f"Cookie: {lab.runner.settings.session_cookie}=" + "x" * 65_536)[0] in {
        0,
        303,
        400,
        431,
    }
    assert time.monotonic() - began < AT_ONCE_S


def test_t151_idle_and_dawdling_connections_leave_the_server_well(lab: Lab) -> None:
    place = urlsplit(lab.url)
    with ExitStack() as idle:
        for number in range(400):
            line = idle.enter_context(socket.create_connection((place.hostname or "", place.port or 80), 5))
            if number % 2:
                line.sendall(b"POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nlogin=")
        assert max(is_well(lab) for _ in range(20)) < AT_ONCE_S


@pytest.mark.parametrize("path", ["/oauth2/token", "/session", "/oauth2/par"])
def test_t151_a_body_that_never_comes_is_answered_and_its_connection_closed(lab: Lab, path: str) -> None:
    place = urlsplit(lab.url)
    head = f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: {lab.url}\r\nContent-Length: 1000\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin="
    with socket.create_connection((place.hostname or "", place.port or 80), PATIENCE_S) as line:
        line.sendall(head.encode())
        found = b""
        while piece := line.recv(65536):  # until the server closes
            found += piece
    assert found.startswith(b"HTTP/1.1 408 ")


def test_t073_what_carries_a_secret_is_neither_kept_nor_told_on(lab: Lab) -> None:
    handle = "os_" + "x" * 54
    asked = f"{lab.url}/api/user?oauth_token={handle}&client_id=1&client_secret=hunter2"
    for answer in (WEB.get(asked), WEB.head(asked), WEB.get(f"{lab.url}/oauth2/authorize?client_id=1&state=hunter2")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert "hunter2" not in lab.log
    assert handle not in lab.log


def test_t123_a_stranger_cannot_choose_the_address_we_count_by(lab: Lab) -> None:
    """Without trusted proxies the header says nothing: the socket cap still sees one visitor."""
    with lab.tab() as tab:
        tab.hydrate()
        session = tab.state["reflex___state____state"]["rx_router_session_rx_state_"]
    assert session["client_ip"] == "127.0.0.1"
