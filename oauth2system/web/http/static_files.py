"""The built pages, read into memory once: found by a dict, so no path can lead out of it (T137).

What can be compressed is kept compressed, since nearly every browser takes it so.
"""

import base64
import gzip
import re
import zlib
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, Self

from oauth2system import i18n, page_files, page_texts
from oauth2system.build import MARKED, STAND_IN
from oauth2system.i18n import SOURCE_LANGUAGE, _, is_right_to_left, language_tag, speak
from oauth2system.web.http.message import Answer, Header, Request

FOREVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")
ASK_AGAIN: Header = (b"cache-control", b"no-cache")

_HASHED = re.compile(r"/assets/.+-[A-Za-z0-9_-]{8}\.\w+")
_SOCKET = re.compile(r"/assets/reflex-env-[A-Za-z0-9_-]+\.js")
_ORIGIN = re.compile(r"(?P<scheme>http|ws)s?://[^/`'\"]+")
_INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_STAND_IN = STAND_IN.encode()
_BODY = re.compile(rb"<body[^>]*>")
_LANGUAGE = re.compile(rb'<html lang="[^"]*"')
# Where pages and scripts name a script of the build.
_SCRIPT = re.compile(rb"""(?<=["'`])(/?assets/)(?=[^"'`\s]+\.js["'`])""")
_KINDS = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "png": "image/png",
    "webp": "image/webp",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
}
_PAGE = "text/html; charset=utf-8"
_READS_BROTLI = re.compile(r"(?:^|[ ,])br(?:$|,| ?;q=(?:1|0\.0*[1-9]))")


@dataclass(frozen=True, slots=True)
class File:
    """One file, ready for the wire: for browsers that read gzip, and for those that read Brotli.

    `plain` is the file as it is where it is not worth compressing. `scripts` are the hashes of a page's inline scripts.
    """

    plain: bytes
    zipped: bytes | None
    headers: tuple[Header, ...]
    etag: bytes
    scripts: str = ""
    is_frozen: bool = False
    brotli: bytes | None = None

    @property
    def body(self) -> bytes:
        """Return the file as it is."""
        return self.plain if self.zipped is None else gzip.decompress(self.zipped)

    def as_asset(self, request: Request) -> Answer:
        """Answer with a file that pages load; browsers keep it for good if its address has its version."""
        is_versioned = self.is_frozen or b"v=" in request.scope["query_string"]
        return self.answer(request, 200, [FOREVER if is_versioned else ASK_AGAIN])

    def answer(self, request: Request, status: int, headers: list[Header]) -> Answer:
        """Answer with the file, compressed if the browser reads that, or 304 if it has it already."""
        headers = [*self.headers, (b"etag", self.etag), *headers]
        if status == 200 and request.header(b"if-none-match") == self.etag.decode():  # noqa: PLR2004  (the status of HTTP)
            return Answer(304, b"", headers)
        accepted = request.header(b"accept-encoding") or ""
        if self.brotli is not None and _READS_BROTLI.search(accepted):
            return Answer(status, self.brotli, [*headers, (b"content-encoding", b"br")])
        if self.zipped is None or "gzip" not in accepted:
            return Answer(status, self.body, headers)
        return Answer(status, self.zipped, [*headers, (b"content-encoding", b"gzip")])


class Slots(NamedTuple):
    """A built page cut where the server fills it: title, right end of the header, and main part."""

    before_title: bytes
    before_ends: bytes
    before_main: bytes
    rest: bytes

    @classmethod
    def of(cls, file: File) -> Self | None:
        """Cut a built page; None for one that has no places to fill."""
        found = _SLOTS.fullmatch(file.body)
        return None if found is None else cls(*found.groups())

    def fill(self, title: str, ends: str, main: str) -> bytes:
        """Return the whole page in the language of its reader; ends and main are markup, the title is text."""
        words = (escape(title, quote=False).encode(), ends.encode(), main.encode())
        return b"".join(
            (self.before_title, words[0], self.before_ends, words[1], self.before_main, words[2], self.rest)
        )


# Made by ui/layout.py: both places are empty when they are built.
_SLOTS = re.compile(
    rb"""(.*<title>)[^<]*(</title>.*<div[^>]*\bid="ends"[^>]*>)(</div>.*<main[^>]*\bid="content"[^>]*>)(</main>.*)""",
    re.DOTALL,
)


def answer_page(body: bytes, request: Request, headers: list[Header]) -> Answer:
    """Answer with a page made for this one request, zipped on its way."""
    headers = [*_headers(_PAGE), *headers]
    if "gzip" not in (request.header(b"accept-encoding") or ""):
        return Answer(200, body, headers)
    return Answer(200, gzip.compress(body, 5, mtime=0), [*headers, (b"content-encoding", b"gzip")])


def add_notice(file: File, kind: str, sentence: str, *, heading: str = "") -> File:
    """Return a page that also says this where no script runs; with script, the page itself says it.

    A page that is made by script alone has no `heading` of its own.
    """
    title = f'<h1 class="spoken" lang="{language_tag()}">{escape(heading)}</h1>' if heading else ""
    words = f'{title}<p class="notice {kind} spoken" role="alert" lang="{language_tag()}">{escape(sentence)}</p>'
    said = f"<noscript>{words}</noscript>".encode()
    body = _BODY.sub(lambda found: found.group() + said, file.body, count=1)
    return _file(body, file.headers, may_compress=False, scripts=file.scripts)


class Built:
    """What the build made: pages by their path, and the files that they load, in every language.

    A language's own files are made when they are first asked for. Their scripts have addresses of their own,
    `/assets/de-1a2b3c4d/name.js`, with a digest of the catalogue, since browsers keep them for good.
    """

    def __init__(self, folder: Path, public_url: str) -> None:
        """Read everything the build made, or nothing where nothing was built yet."""
        self._public_url = public_url
        self._marked = _read_marked(folder.parent.parent / MARKED)
        self.pages: dict[str, File] = {}
        self.assets: dict[str, File] = {}
        for file in sorted(folder.rglob("*")):
            path = "/" + file.relative_to(folder).as_posix()
            if file.is_symlink() or not file.is_file() or path.endswith((".gz", ".map", page_files.COMPRESSED)):
                continue
            if not path.endswith(".html"):
                compressed = page_files.read_compressed(file)
                self.assets[path] = _asset(path, file.read_bytes(), public_url, compressed)
            elif path == "/index.html" or not path.endswith("/index.html"):  # each page is also there as x/index.html
                self.pages[_named(path)] = _page(file.read_bytes(), public_url)
        self._folders = {name: f"{name}-{i18n.version(name)}" for name in i18n.languages()[1:]}
        self._translated: dict[tuple[str, str], File] = {}
        self._slots: dict[tuple[str, str], Slots | None] = {}

    def page(self, path: str) -> File:
        """Return a page in the language of the current reader; raises KeyError for one that was not built."""
        language = i18n.language()
        if language == SOURCE_LANGUAGE:
            return self.pages[path]
        key = (language, path)
        if key not in self._translated:
            marked = self._marked.get(path)
            body = self.pages[path].body if marked is None else page_texts.fill_page(_unpack(marked), _).encode()
            self._translated[key] = _page(_LANGUAGE.sub(_html_of(), self._lead(body), count=1), self._public_url)
        return self._translated[key]

    def slots(self, path: str) -> Slots | None:
        """Return a page cut where the server fills it, in the language of the current reader."""
        key = (i18n.language(), path)
        if key not in self._slots:
            self._slots[key] = Slots.of(self.page(path))
        return self._slots[key]

    def asset(self, path: str) -> File | None:
        """Return a file that pages load, or None."""
        found = self.assets.get(path)
        if found is not None or not path.startswith("/assets/"):
            return found
        folder, _slash, name = path.removeprefix("/assets/").partition("/")
        language = next((one for one, its in self._folders.items() if its == folder), None)
        original = f"/assets/{name}"
        if language is None or not name.endswith(".js") or original not in self.assets:
            return None
        key = (language, original)
        if key not in self._translated:
            with speak(language):
                self._translated[key] = self._script(original)
        return self._translated[key]

    def _script(self, path: str) -> File:
        marked = self._marked.get(path)
        file = self.assets[path]
        if marked is not None:
            file = _asset(path, page_texts.fill_script(_unpack(marked), _).encode(), self._public_url)
        body = self._lead(file.body)
        return _file(body, file.headers, is_frozen=file.is_frozen, brotli=page_files.compress(body))

    def _lead(self, body: bytes) -> bytes:
        """Let a page or script load the scripts of the reader's language."""
        return _SCRIPT.sub(rb"\g<1>" + self._folders[i18n.language()].encode() + b"/", body)


def _read_marked(folder: Path) -> dict[str, bytes]:
    """Read the files with texts, with their markers, compressed; none are needed where only English is spoken."""
    if len(i18n.languages()) == 1:
        return {}
    files = (file for file in folder.rglob("*") if file.is_file())
    paths = ((file, "/" + file.relative_to(folder).as_posix()) for file in files)
    return {
        _named(path) if path.endswith(".html") else path: zlib.compress(file.read_bytes(), 1)
        for file, path in paths
        if path == "/index.html" or not path.endswith("/index.html")
    }


def _unpack(marked: bytes) -> str:
    return zlib.decompress(marked).decode()


def _named(path: str) -> str:
    """Return the path of the page that a file holds."""
    return path.removesuffix(".html").removesuffix("/index") or "/"


def _html_of() -> bytes:
    """Return the beginning of a page in the language of the current reader."""
    direction = ' dir="rtl"' if is_right_to_left() else ""
    return f'<html lang="{language_tag()}"{direction}'.encode()


def _page(body: bytes, public_url: str) -> File:
    body = body.replace(_STAND_IN, public_url.encode())
    return _file(body, _headers(_PAGE), scripts=script_hashes(body))


def _asset(path: str, built: bytes, public_url: str, compressed: bytes | None = None) -> File:
    """Return a file as this server sends it; `compressed` is the copy that was made when it was built."""
    names_us = path.endswith(".js") and (_STAND_IN in built or _SOCKET.fullmatch(path) is not None)
    body = built
    if _SOCKET.fullmatch(path) is not None:
        body = at_home(built.decode(), public_url).encode()
    elif names_us:
        body = built.replace(_STAND_IN, public_url.encode())
    kind = _KINDS.get(path.rpartition(".")[2], "application/octet-stream")
    # The name is a digest of the built file; one that was changed here must be asked for again.
    is_frozen = _HASHED.fullmatch(path) is not None and not names_us
    is_text = "charset" in kind
    smallest = None
    if is_text:
        smallest = compressed if compressed and not names_us else page_files.compress(body)
    return _file(body, _headers(kind), may_compress=is_text, is_frozen=is_frozen, brotli=smallest)


def _file(body: bytes, headers: tuple[Header, ...], *, may_compress: bool = True, **more: Any) -> File:
    """Make a file of what it holds; `more` are other fields of it."""
    zipped = _zip(body) if may_compress else None
    return File(body if zipped is None else b"", zipped, headers, _etag(body), **more)


def _headers(kind: str) -> tuple[Header, ...]:
    return (b"content-type", kind.encode()), (b"vary", b"Accept-Encoding")


def _zip(body: bytes) -> bytes | None:
    return gzip.compress(body, 9, mtime=0) if len(body) > page_files.WORTH_COMPRESSING else None


def _etag(body: bytes) -> bytes:
    return f'W/"{sha256(body).hexdigest()[:20]}"'.encode()


def at_home(script: str, public_url: str) -> str:
    """Return the module that knows our addresses, with where we really are: built once, run anywhere."""
    scheme, _, place = public_url.partition("://")
    ending = "s" if scheme == "https" else ""
    return _ORIGIN.sub(lambda found: f"{found['scheme']}{ending}://{place}", script)


def script_hashes(page: bytes) -> str:
    """Return the CSP hashes of a page's inline scripts, in the order they stand there."""
    hashes = (
        base64.b64encode(sha256(found["code"]).digest()).decode()
        for found in _INLINE_SCRIPT.finditer(page)
        if found["code"] and b"src=" not in found["attributes"]
    )
    return " ".join(dict.fromkeys(f"'sha256-{one}'" for one in hashes))
