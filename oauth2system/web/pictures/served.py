"""Pictures as anybody may see them: at addresses that nobody can guess, as WebP and nothing else."""

from oauth2system.policy import lifetimes
from oauth2system.runtime.runner import Runner
from oauth2system.services.pictures import images, store
from oauth2system.services.pictures.addresses import AVATARS, LOGOS, SUFFIX
from oauth2system.web import errors
from oauth2system.web.http.message import Answer, Header, Request

PLACES = (AVATARS, LOGOS)
_NAME = 32
_USUAL = "256"
_SIZES = {str(pixels): pixels for pixels in images.SIZES}
# Nothing in it is ever run, whatever a browser takes it for (T135); other sites may show it.
HEADERS: tuple[Header, ...] = (
    (b"content-type", images.KIND),
    (b"cache-control", f"public, max-age={lifetimes.PICTURE_CACHED.in_seconds}, immutable".encode()),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"content-disposition", b"inline"),
)


async def show(request: Request, runner: Runner) -> Answer:
    """GET /avatars/{name}.webp and /logos/{name}.webp: a picture in 256 pixels, or with `?size=` in 64 or 512."""
    name, pixels = name_of(request.path), _SIZES.get(request.query().peek("size") or _USUAL)
    if name is None or pixels is None:
        return errors.answer_unknown(request)
    body = await store.find(request.call_without_cookie(runner), name, pixels)
    if body is None:
        return errors.answer_unknown(request)
    etag = f'"{name}-{pixels}"'
    headers = [*HEADERS, (b"etag", etag.encode())]
    known = [one.strip().removeprefix("W/") for one in (request.header(b"if-none-match") or "").split(",")]
    if etag in known:
        return Answer(304, b"", headers)
    return Answer(200, body, headers)


def name_of(path: str) -> str | None:
    """Return the name in the address of a picture: 32 hexadecimal digits, and no other path (T137)."""
    place = next((one for one in PLACES if path.startswith(one)), "")
    name = path[len(place) : -len(SUFFIX)]
    is_name = len(name) == _NAME and set(name) <= set("0123456789abcdef")
    return name if place and path.endswith(SUFFIX) and is_name else None
