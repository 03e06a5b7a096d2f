"""The pages that Reflex built: who may see each, and their security headers."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from oauth2system import log
from oauth2system.i18n import N_, _
from oauth2system.policy import page_messages
from oauth2system.policy.roles import Who
from oauth2system.protocol.errors import OAuthError
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.page_request import FilledPage, GoOn, PageRequest, Renderer
from oauth2system.services.sessions import visits
from oauth2system.web import errors
from oauth2system.web.http import content_policy, cookies, guards, static_files
from oauth2system.web.http.languages import speak_to
from oauth2system.web.http.message import NO_STORE, Answer, Header, Request, redirect
from oauth2system.web.http.scriptless_page import NAME, show_problem

# Every page and the least its visitor must be. A built page that is not here is not served (T119).
PAGES: dict[str, Who] = {
    "/": Who.ANYONE,
    "/registration": Who.ANYONE,
    "/login": Who.ANYONE,
    "/login/second_factor": Who.ANYONE,
    "/setup": Who.ANYONE,
    "/consent": Who.USER,
    "/device": Who.USER,
    "/accessibility": Who.ANYONE,
    "/docs": Who.ANYONE,
    "/docs/reference": Who.ANYONE,
    "/docs/reference/tokens": Who.ANYONE,
    "/docs/reference/more": Who.ANYONE,
    "/docs/simple-flow": Who.ANYONE,
    "/docs/authorization-code": Who.ANYONE,
    "/docs/public-apps": Who.ANYONE,
    "/docs/device": Who.ANYONE,
    "/docs/refresh-tokens": Who.ANYONE,
    "/docs/sign-out": Who.ANYONE,
    "/docs/client-credentials": Who.ANYONE,
    "/docs/checking-tokens": Who.ANYONE,
    "/docs/registration": Who.ANYONE,
    "/docs/pushed-requests": Who.ANYONE,
    "/docs/dpop": Who.ANYONE,
    "/docs/fapi2": Who.ANYONE,
    "/account": Who.USER,
    "/account/email_confirm": Who.ANYONE,
    "/account/password_reset": Who.ANYONE,
    "/account/terms": Who.ANYONE,
    "/account/security": Who.USER,
    "/account/authenticator": Who.ANYONE,
    "/account/recovery_codes": Who.USER,
    "/account/connections": Who.USER,
    "/account/activity": Who.USER,
    "/account/data": Who.USER,
    "/apps": Who.USER,
    "/apps/[client_id]": Who.OWNER,
    "/apps/[client_id]/connect": Who.OWNER,
    "/apps/[client_id]/secrets": Who.OWNER,
    "/apps/[client_id]/consent": Who.OWNER,
    "/apps/[client_id]/protocol": Who.OWNER,
    "/apps/[client_id]/activity": Who.OWNER,
    "/apps/[client_id]/playground": Who.OWNER,
    "/apps/[client_id]/usage": Who.OWNER,
    "/admin": Who.ADMIN,
    "/admin/invitations": Who.ADMIN,
    "/admin/settings": Who.ADMIN,
}

FALLBACK = "/404"
# A page with an id in its address has no HTML of its own.
_NEEDS_SCRIPT = N_("This page needs JavaScript and a live connection (a WebSocket) to this server.")
_DYNAMIC = [(re.compile(re.sub(r"\\\[\w+\\\]", "[^/]+", re.escape(route))), route) for route in PAGES if "[" in route]

# A page that takes part in a flow may be in an app's popup, which waits for the answer through its
# opener: only the other pages cut that tie.
ALONE: Header = (b"cross-origin-opener-policy", b"same-origin")
POWERLESS: Header = (
    b"permissions-policy",
    b"browsing-topics=(), camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
)
# Chromium sends `Origin: null` with our own forms under `no-referrer`.
REFERRER: Header = (b"referrer-policy", b"same-origin")


def route_of(path: str) -> str | None:
    """Return the page at a path, or None; one slash at the end is forgiven."""
    path = path[:-1] if len(path) > 1 and path[-1] == "/" else path
    if path in PAGES:
        return path if "[" not in path else None
    return next((route for pattern, route in _DYNAMIC if pattern.fullmatch(path)), None)


class Pages:
    """Answers requests for pages, after checking who may see them, and for the files that pages load."""

    def __init__(self, runner: Runner, folder: Path, fill: Mapping[str, Renderer]) -> None:
        self._runner = runner
        self._fill = fill
        self._built = static_files.Built(folder, runner.settings.public_url)
        self._socket = runner.settings.public_url.replace("http", "ws", 1)
        for path in self._built.pages.keys() - PAGES.keys() - {FALLBACK, "/__spa-fallback"}:
            log.event("page.not_listed", path=path)

    async def answer(self, request: Request) -> Answer:
        """Answer GET and HEAD; nothing here is ever changed by a request."""
        with speak_to(request):
            if request.method not in {"GET", "HEAD"}:
                return errors.wrong_method(request, "GET, HEAD")
            try:
                return await self._page(request)
            except Exception as error:  # noqa: BLE001  (a page is an answer whatever happens)
                return errors.answer(error, request)

    async def _page(self, request: Request) -> Answer:
        asset = self._built.asset(request.path)
        if asset is not None:
            return asset.as_asset(request)
        route = route_of(request.path)
        if route is None or not self._is_built(route):
            return self._answer_missing(request)
        refusal = await self._gate(request, route)
        return refusal or await self._answer_page(request, route)

    def _is_built(self, route: str) -> bool:
        return route in self._built.pages or ("[" in route and FALLBACK in self._built.pages)

    def _answer_missing(self, request: Request) -> Answer:
        """Answer 404 with our own page, unless its script would show a page that is not listed here."""
        if request.path.rstrip("/") in self._built.pages:
            return errors.answer_unknown(request)
        if FALLBACK not in self._built.pages:
            return show_problem(
                503, _("Not ready yet"), _("The pages of this server have not been built. Run: make build")
            )
        file = self._built.page(FALLBACK)
        said = static_files.add_notice(
            file, "info", _("The address may be mistyped, or what was here is gone."), heading=_("Page not found")
        )
        return said.answer(request, 404, [*self._headers(file.scripts, FALLBACK), *NO_STORE])

    async def _gate(self, request: Request, route: str) -> Answer | None:
        """Return None if the visitor may enter, a redirect to the sign-in page or a 404 if not."""
        who = PAGES[route]
        if who is Who.ANYONE:
            return None
        visit = await visits.enter(request.call(self._runner), who)
        if visit.session is None:
            lost = "error=cookies&" if self._lost_its_cookie(request) else ""
            return redirect(f"/login?{lost}{_carry_on(request, route)}")
        if not visit.may_enter(who):
            return errors.answer_unknown(request)
        return None

    def _lost_its_cookie(self, request: Request) -> bool:
        """Return whether a browser comes from the sign-in page without any cookie: it has not kept the one it got."""
        if request.header(b"cookie") is not None:
            return False
        referer = request.header(b"referer") or ""
        return guards.origin_of(referer) == self._runner.settings.public_url and urlsplit(referer).path == "/login"

    async def _answer_page(self, request: Request, route: str) -> Answer:
        file = self._built.page(FALLBACK if "[" in route else route)
        slots = self._built.slots(route) if route in self._fill else None
        if slots is not None:
            return await self._answer_filled(request, route, file.scripts, slots)
        asked = request.scope["query_string"]
        headers = [*self._headers(file.scripts, route), ALONE]
        # What depends on who asks, or carries a handle in its address, is not kept anywhere.
        is_private = PAGES[route] is not Who.ANYONE or bool(asked)
        said = page_messages.of_query(_query(request)) if asked else page_messages.NOTHING
        if said.text:
            file = static_files.add_notice(file, said.kind, _(said.text))
        if "[" in route:
            file = static_files.add_notice(file, "warn", _(_NEEDS_SCRIPT), heading=_("Your app"))
        return file.answer(request, 200, [*headers, *(NO_STORE if is_private else (static_files.ASK_AGAIN,))])

    async def _answer_filled(self, request: Request, route: str, scripts: str, slots: static_files.Slots) -> Answer:
        """Answer with a page that the server filled for this visitor."""
        page = await self._fill[route](self._visit(request), self._runner)
        if isinstance(page, GoOn):
            return redirect(page.path)
        headers = [*self._headers(scripts, route), *NO_STORE]
        if not page.in_flow:
            headers.append(ALONE)
        return static_files.answer_page(_whole(page, slots), request, headers)

    def _visit(self, request: Request) -> PageRequest:
        settings = self._runner.settings
        return PageRequest(
            request.caller(self._runner),
            _query(request),
            browser=request.cookie(settings.cookie(cookies.BROWSER)),
            registration=cookies.read_registration(request, settings),
            waiting=cookies.read_waiting(request, settings),
            sent_cookies=request.header(b"cookie") is not None,
        )

    def _headers(self, scripts: str, route: str) -> list[Header]:
        policy = (
            f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data:; connect-src 'self' {self._socket}; frame-ancestors 'none'; base-uri 'none'; "
            f"object-src 'none'{content_policy.forms_of(route)}"
        )
        return [(b"content-security-policy", policy.encode("ascii")), REFERRER, POWERLESS]


def _whole(page: FilledPage, slots: static_files.Slots) -> bytes:
    return slots.fill(f"{page.title} · {NAME}", page.ends, page.main)


def _query(request: Request) -> dict[str, str]:
    """Return what an address says, each name once; an address that cannot be read says nothing."""
    try:
        query = request.query()
    except OAuthError:
        return {}
    return {name: value for name, value in query.values.items() if name not in query.repeated}


def _carry_on(request: Request, route: str) -> str:
    """Return what the sign-in page carries on: the flow of the consent page, or the page that was asked for.

    With the flow, the sign-in page names the site, offers Cancel, and says at once when the request has ended.
    """
    flow = _query(request).get("flow") if route == "/consent" else None
    return f"flow={quote(flow, safe='')}" if flow else f"next={quote(_address(request), safe='/')}"


def _address(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.path}?{query}" if query else request.path
