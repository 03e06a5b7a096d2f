"""Two languages at once in one process: each visitor reads their own, whatever shares a thread or a commit."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system import i18n
from oauth2system.errors import NotPermitted, TooManyAttempts
from oauth2system.i18n import N_, speak
from oauth2system.page_texts import mark
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import Service, reads, transacts, writes
from oauth2system.runtime.runner import Runner
from oauth2system.web import app
from oauth2system.web.edge import Edge
from oauth2system.web.http import languages, static_files
from oauth2system.web.http.languages import language_of
from oauth2system.web.http.message import Answer, Request
from tests.support.in_process.door import BASE, Door

NAMES = [f"Ada-{number}" for number in range(30)]
LIKED = ("de", "en", "de-AT, en;q=0.5", "", "fr, de;q=0.3", "en-GB, de;q=0.9")
IN_GERMAN = {"de", "de-AT, en;q=0.5", "fr, de;q=0.3"}


@reads
def refuse_by_reading(_ctx: Context, name: str) -> None:
    _refuse(name)


@writes
def refuse_in_a_group(_ctx: Context, name: str) -> None:
    _refuse(name)


@transacts
def refuse_in_a_thread(_ctx: Context, name: str) -> None:
    _refuse(name)


def _refuse(name: str) -> None:
    raise NotPermitted(
        N_("{name} has {count} apps, {state}.", name=name, count=len(name), state=N_("all of them disabled"))
    )


@pytest.fixture
def edge(runner: Runner, tmp_path: Path, german: None) -> Edge:
    del german
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "login.html").write_text("<body><title>Sign in</title>")
    return Edge(runner, pages, None)


async def everybody_asks(edge: Any, path: str) -> list[tuple[str, str, httpx.Response]]:
    """Let everybody ask at once, each in a browser of their own language."""
    transport = httpx.ASGITransport(app=edge)

    async def ask(name: str, liked: str) -> tuple[str, str, httpx.Response]:
        headers = {"accept-language": liked} if liked else {}
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return name, liked, await client.get(f"{path}name={name}", headers=headers)

    return await asyncio.gather(*(ask(name, LIKED[place % len(LIKED)]) for place, name in enumerate(NAMES)))


@pytest.mark.parametrize("service", [refuse_by_reading, refuse_in_a_group, refuse_in_a_thread])
def test_everybody_who_asks_at_once_is_answered_in_their_language(
    edge: Edge, runner: Runner, monkeypatch: pytest.MonkeyPatch, service: Service[[str], None]
) -> None:
    async def refused(request: Request, runner: Runner) -> Answer:
        await request.call_without_cookie(runner)(service, request.query().get("name") or "")
        raise AssertionError

    groups: list[int] = []
    open_group = runner.database.open_group

    def counted(jobs: list[Any]) -> list[Any]:
        groups.append(len(jobs))
        return open_group(jobs)

    monkeypatch.setattr(runner.database, "open_group", counted)
    monkeypatch.setitem(app.ROUTES, "/refused", {"GET": refused})
    answers = asyncio.run(everybody_asks(edge, "/refused?"))
    assert len(answers) == len(NAMES)
    for name, liked, answer in answers:
        title, sentence, language = (
            ("Das darfst du nicht", f"{name} hat {len(name)} Apps, alle gesperrt.", "de")
            if liked in IN_GERMAN
            else ("You may not do this", f"{name} has {len(name)} apps, all of them disabled.", "en")
        )
        assert answer.status_code == 403
        assert (title in answer.text, sentence in answer.text) == (True, True), (liked, answer.text)
        assert f'<html lang="{language}">' in answer.text
    if service is refuse_in_a_group and not runner.database.postgresql:
        assert max(groups) > 1, "they were to share a commit"


def test_a_page_says_what_its_address_asks_in_the_language_of_its_visitor(edge: Edge) -> None:
    answers = asyncio.run(everybody_asks(edge, "/login?error=credentials&"))
    for _name, liked, answer in answers:
        wanted = "Das ging nicht. Prüfe beides." if liked in IN_GERMAN else "Wrong username or password."
        assert wanted in answer.text


def test_what_is_refused_before_any_endpoint_is_said_in_it_too(edge: Edge) -> None:
    door, headers = Door(edge), {"accept-language": "de"}
    assert "Unter dieser Adresse ist nichts." in door.get("/_nothing", headers=headers).text
    other = {"origin": "https://other.example", "sec-fetch-site": "cross-site", **headers}
    assert "Das Formular kam von anderswo." in door.ask("POST", "/session", headers=other).text
    assert "Dieser Link geht nicht" in door.get("/oauth2/authorize?client_id=1", headers=headers).text


def test_programs_are_answered_in_english(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def throttled(_request: Request, _runner: Runner) -> Answer:
        raise TooManyAttempts(7)

    door, headers = Door(edge), {"accept-language": "de"}
    for path, wanted in (("/api/hurried", "Too many attempts. Wait 7 seconds"), ("/hurried", "Warte 7 Sekunden")):
        monkeypatch.setitem(app.ROUTES, path, {"GET": throttled})
        answer = door.get(path, headers=headers)
        assert answer.status_code == 429
        assert wanted in answer.text
    refused = door.ask("POST", "/oauth2/token", headers=headers, data={"grant_type": "x"})
    english = door.ask("POST", "/oauth2/token", data={"grant_type": "x"})
    assert refused.json() == english.json()


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("DE-de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en, de", "en"),
        ("en;q=0.5, de;q=0.8", "de"),
        ("fr;q=1.0, de ; q=0.2", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=0.5, en;q=0.5", "de"),
        ("fr, *;q=0.1", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;,,,=,q=1", "en"),
        ("de;q=much, en;q=0.1", "en"),
        ("de;q=\u0660.\u0669", "en"),
        ("de;level=1", "en"),
        ("x" * 300 + ", de", "en"),
        ("\xff\x00de", "en"),
    ],
)
def test_the_browser_is_taken_at_its_word(header: str, language: str) -> None:
    scope = {"method": "GET", "path": "/", "headers": [(b"accept-language", header.encode())]}
    assert language_of(Request(scope, _nothing)) == language


def test_nothing_is_parsed_while_there_is_only_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    monkeypatch.setattr(languages, "_wishes", _nothing)
    scope = {"method": "GET", "path": "/", "headers": [(b"accept-language", b"de")]}
    assert language_of(Request(scope, _nothing)) == "en"


async def _nothing() -> dict[str, Any]:
    raise AssertionError


@pytest.fixture
def built(tmp_path: Path, german: None) -> static_files.Built:
    """Give pages as the build leaves them: English in place, and the files with texts with their markers."""
    del german
    page = '<html lang="en"><title>{text}</title><script src="/assets/page-abcdefgh.js"></script>'
    script = (
        'import "./base-abcdefgh.js";show("{text}");const files=["assets/page-abcdefgh.js","assets/a-abcdefgh.css"]'
    )
    for folder, text in (("build/client", "Page not found"), ("marked", str(mark("Page not found")))):
        (tmp_path / folder / "assets").mkdir(parents=True)
        (tmp_path / folder / "index.html").write_text(page.format(text=text))
        (tmp_path / folder / "assets/page-abcdefgh.js").write_text(script.format(text=text))
    (tmp_path / "build/client/assets/base-abcdefgh.js").write_text("first()")
    return static_files.Built(tmp_path / "build/client", BASE)


def test_a_built_page_loads_the_scripts_of_its_readers_language(built: static_files.Built) -> None:
    with speak("de"):
        page = built.page("/").body.decode()
    assert '<html lang="de"><title>Seite nicht gefunden</title>' in page
    (address,) = re.findall(r'src="(/assets/de-[0-9a-f]{8}/page-abcdefgh\.js)"', page)
    script = built.asset(address)
    assert script is not None
    assert script.is_frozen
    assert 'show("Seite nicht gefunden")' in script.body.decode()
    folder = address.removesuffix("page-abcdefgh.js")
    assert f'"{folder.removeprefix("/")}page-abcdefgh.js","assets/a-abcdefgh.css"' in script.body.decode()
    shared = built.asset(f"{folder}base-abcdefgh.js")
    assert shared is not None
    assert shared.body == b"first()"


def test_english_pages_are_served_as_they_were_built(built: static_files.Built) -> None:
    assert "<title>Page not found</title>" in built.page("/").body.decode()
    assert b"/de-" not in built.page("/").body


def test_a_long_file_is_kept_compressed_only_and_sent_as_it_was_built(tmp_path: Path) -> None:
    script = b"first();" * 1000
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/long-abcdefgh.js").write_bytes(script)
    file = static_files.Built(tmp_path, BASE).asset("/assets/long-abcdefgh.js")
    assert file is not None
    kept = (file.plain, file.zipped or b"", file.brotli or b"")
    assert sum(map(len, kept)) < len(script) / 10
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    asked = Request(scope, receive=None)  # type: ignore[arg-type]  (it has no body)
    assert file.as_asset(asked).body == script


@pytest.mark.parametrize("path", ["/assets/fr-00000000/page-abcdefgh.js", "/assets/de-00000000/page-abcdefgh.js"])
def test_there_are_no_files_of_another_language_or_version(built: static_files.Built, path: str) -> None:
    assert built.asset(path) is None


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("query", "cookie", "language"),
    [
        ("", "language=de", "de"),
        ("", "language=xx", "en"),
        ("", "language=", "en"),
        ("flow=f", "flow_language=de", "de"),
        ("", "flow_language=de", "en"),
        ("flow=f", "language=de; flow_language=en", "en"),
        ("flow=f", "language=de; flow_language=xx", "de"),
    ],
)
def test_the_site_s_wish_counts_before_the_profile_and_that_before_the_browser(
    query: str, cookie: str, language: str
) -> None:
    headers = [(b"cookie", cookie.encode()), (b"accept-language", b"en")]
    scope = {"method": "GET", "path": "/login", "query_string": query.encode(), "headers": headers}
    assert language_of(Request(scope, _nothing)) == language


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("ui_locales", "cookie"),
    [
        ("de", "flow_language=de"),
        ("xx de-CH en", "flow_language=de"),
        ("en-GB", "flow_language=en"),
        ("xx", None),
        ("", None),
        ("x" * 5000, None),
        ("de; Path=/evil", None),
    ],
)
def test_the_pages_of_a_request_speak_what_its_site_asks_for(ui_locales: str, cookie: str | None) -> None:
    headers = languages.for_flow(ui_locales)
    if cookie is None:
        assert headers == ()
        return
    ((name, value),) = headers
    assert name == b"set-cookie"
    assert value.decode().startswith(f"{cookie}; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax")
