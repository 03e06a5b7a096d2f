"""The public documents: metadata and public keys, as bytes with an ETag."""

from hashlib import sha256

from oauth2system.policy import lifetimes
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.server import documents
from oauth2system.web import errors
from oauth2system.web.http import cors
from oauth2system.web.http.message import JSON, Answer, Header, Request

PUBLIC: tuple[Header, ...] = (
    (b"cache-control", f"public, max-age={lifetimes.JWKS_CACHED.in_seconds}".encode()),
    cors.ANYBODY,
)
PLACE = "/.well-known/"


JWK_SET: Header = (b"content-type", b"application/jwk-set+json")


async def metadata(request: Request, runner: Runner) -> Answer:
    """GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server (RFC 8414 §3)."""
    return _answer_document(request, documents.get_metadata(runner.settings), JSON)


async def openapi_json(request: Request, runner: Runner) -> Answer:
    """GET /openapi.json: every endpoint of this server, for programs (OpenAPI 3.1)."""
    return _answer_document(request, documents.get_openapi(runner.settings), JSON)


async def jwks(request: Request, runner: Runner) -> Answer:
    """GET /oauth2/jwks: our public keys (RFC 7517 §5)."""
    return _answer_document(request, (await keyring.get(runner)).jwks, JWK_SET)


async def unknown_document(request: Request, runner: Runner) -> Answer:
    """Answer for a document that is not there: scripts look for several, and must be able to read that one is not."""
    if request.method == "OPTIONS":
        return await cors.preflight_for_all(request, runner)
    return errors.answer_unknown(request).with_headers(cors.ANYBODY)


_etags: dict[bytes, bytes] = {}
_MOST_ETAGS = 64


def _answer_document(request: Request, body: bytes, kind: Header) -> Answer:
    etag = _etags.get(body)
    if etag is None:
        if len(_etags) >= _MOST_ETAGS:
            _etags.clear()
        etag = _etags[body] = etag_of(body)
    is_held = request.header(b"if-none-match") == etag.decode()
    return unchanged(etag) if is_held else document(body, kind, etag)


def etag_of(body: bytes) -> bytes:
    """Return the name of this version of a document."""
    return f'"{sha256(body).hexdigest()[:20]}"'.encode()


def document(body: bytes, kind: Header, etag: bytes) -> Answer:
    """Answer with a document."""
    return Answer(200, body, [kind, (b"etag", etag), *PUBLIC])


def unchanged(etag: bytes) -> Answer:
    """Answer that the caller has this version of a document already."""
    return Answer(304, b"", [(b"etag", etag), *PUBLIC])
