"""The fast path of the public documents and their preflights: ready messages, sent before anything else is looked at.

Everybody gets exactly what the endpoints in wellknown.py answer; a test compares the two. What is not ready here
takes the full way: another method, keys that must be read again, any path that is no document.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.server import documents
from oauth2system.web.http import cors
from oauth2system.web.http.message import JSON, Endpoint, Header, Messages, Scope
from oauth2system.web.server import wellknown


def _read_metadata(runner: Runner) -> bytes:
    return documents.get_metadata(runner.settings)


def _read_openapi(runner: Runner) -> bytes:
    return documents.get_openapi(runner.settings)


def _read_jwks(runner: Runner) -> bytes | None:
    ring = keyring.get_fresh(runner)
    return None if ring is None else ring.jwks


class _PublicDocument(NamedTuple):
    """How a document is read, what it is, and whether it may change while the server runs."""

    read: Callable[[Runner], bytes | None]
    header: Header
    changes: bool = False


_KINDS: Mapping[Endpoint, _PublicDocument] = {
    wellknown.metadata: _PublicDocument(_read_metadata, JSON),
    wellknown.openapi_json: _PublicDocument(_read_openapi, JSON),
    wellknown.jwks: _PublicDocument(_read_jwks, wellknown.JWK_SET, changes=True),
}


class _ReadyDocument(NamedTuple):
    """A document as it is sent, by method, and the answer to those who have it already."""

    body: bytes
    etag: bytes
    by_method: Mapping[str, Messages]
    unchanged: Messages


class ReadyDocuments:
    """The documents of one server; each is made when it is first asked for, and again when it has changed."""

    def __init__(self, runner: Runner, routes: Mapping[str, Mapping[str, Endpoint]], always: list[Header]) -> None:
        """Take over the routes of documents; `always` are the headers of every answer."""
        self._runner = runner
        self._always = always
        self._kinds = {path: _KINDS[methods["GET"]] for path, methods in routes.items() if methods.get("GET") in _KINDS}
        self._ready: dict[str, _ReadyDocument] = {}

    def find(self, scope: Scope) -> Messages | None:
        """Return what answers a request, or None when it takes the full way."""
        kind = self._kinds.get(scope["path"])
        if kind is None:
            return None
        ready = self._ready.get(scope["path"])
        if ready is None or kind.changes:
            body = kind.read(self._runner)
            if body is None:
                return None
            if ready is None or ready.body is not body:
                ready = self._ready[scope["path"]] = self._make(body, kind.header)
        method = scope["method"]
        if method != "OPTIONS":
            for name, value in scope["headers"]:
                if name == b"if-none-match":  # the first of them counts
                    return ready.unchanged if value == ready.etag and method in ready.by_method else None
        return ready.by_method.get(method)

    def _make(self, body: bytes, kind: Header) -> _ReadyDocument:
        etag, always = wellknown.etag_of(body), self._always
        whole = wellknown.document(body, kind, etag)
        by_method = {method: whole.messages(method, always) for method in ("GET", "HEAD")}
        by_method["OPTIONS"] = cors.allow_all().messages("OPTIONS", always)
        return _ReadyDocument(body, etag, by_method, wellknown.unchanged(etag).messages("GET", always))
