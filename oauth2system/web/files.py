"""The built pages, read into memory once: found by a dict, so no path can lead out of it (T137)."""

import base64
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from oauth2system.web.door import Answer, Header, Request

FOREVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")
ASK_AGAIN: Header = (b"cache-control", b"no-cache")

_HASHED = re.compile(r"/assets/.+-[A-Za-z0-9_-]{8}\.\w+")
_SOCKET = re.compile(r"/assets/reflex-env-[A-Za-z0-9_-]+\.js")
_ORIGIN = re.compile(r"(?P<scheme>http|ws)s?://[^/`'\"]+")
_INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
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
_WORTH_ZIPPING = 800


@dataclass(frozen=True, slots=True)
class File:
    """One file, ready for the wire; `scripts` are the hashes of a page's inline scripts."""

    body: bytes
    zipped: bytes | None
    headers: tuple[Header, ...]
    etag: bytes
    scripts: str = ""

    def answer(self, request: Request, status: int, headers: list[Header]) -> Answer:
        """Answer with the file, zipped for whoever reads that, or 304 when it is known already."""
        headers = [*self.headers, (b"etag", self.etag), *headers]
        if status == 200 and request.header(b"if-none-match") == self.etag.decode():  # noqa: PLR2004
            return Answer(304, b"", headers)
        if self.zipped is None or "gzip" not in (request.header(b"accept-encoding") or ""):
            return Answer(status, self.body, headers)
        return Answer(status, self.zipped, [*headers, (b"content-encoding", b"gzip")])


def load(folder: Path, public_url: str) -> dict[str, File]:
    """Read everything the build made; pages are found by their path without `.html`."""
    return {path: _file(path, body, public_url) for path, body in _found(folder)}


def _found(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        path = "/" + file.relative_to(folder).as_posix()
        if file.is_symlink() or not file.is_file() or path.endswith((".gz", ".map")):
            continue
        # Each page is there twice, as x.html and x/index.html.
        if path.endswith("/index.html") and path != "/index.html":
            continue
        yield path.removesuffix(".html").removesuffix("/index") or "/", file.read_bytes()


def _file(path: str, body: bytes, public_url: str) -> File:
    if _SOCKET.fullmatch(path):
        body = at_home(body.decode(), public_url).encode()
    is_page = "." not in path.rpartition("/")[2]
    kind = _PAGE if is_page else _KINDS.get(path.rpartition(".")[2], "application/octet-stream")
    headers: list[Header] = [(b"content-type", kind.encode()), (b"vary", b"Accept-Encoding")]
    if not is_page:
        is_frozen = _HASHED.fullmatch(path) and not _SOCKET.fullmatch(path)
        headers.append(FOREVER if is_frozen else ASK_AGAIN)
    zipped = gzip.compress(body, 9, mtime=0) if "charset" in kind and len(body) > _WORTH_ZIPPING else None
    etag = f'W/"{sha256(body).hexdigest()[:20]}"'.encode()
    return File(body, zipped, tuple(headers), etag, script_hashes(body) if is_page else "")


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
