"""/oauth2/authorize, and the form of the consent page."""

from oauth2system.protocol.authorization.response import FormPost, Redirect
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime.runner import Runner
from oauth2system.services.authorization import authorize as service
from oauth2system.services.authorization import cross_site_posts
from oauth2system.services.authorization.authorize import GoTo, Outcome
from oauth2system.web.authorization import form_post
from oauth2system.web.http import cookies, forms, languages
from oauth2system.web.http.guards import came_with
from oauth2system.web.http.message import Answer, Request, redirect

POSTED_LIMIT = 32 * 1024


async def authorize(request: Request, runner: Runner) -> Answer:
    """GET /oauth2/authorize: begin a flow, or continue one with `?flow=` (RFC 6749 §4.1.1)."""
    if (request.header(b"sec-purpose") or "").startswith("prefetch"):
        return Answer(204)  # a prefetch or prerender issues nothing (decision 0017)
    call, browser, asked = request.call(runner), request.cookie(_cookie_name(runner)), request.query()
    answer = _make_answer(await service.authorize(call, request.method, asked, browser), runner)
    wished = asked.peek("ui_locales")
    return answer if wished is None else answer.with_headers(*languages.for_flow(wished))


async def post_authorize(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/authorize: keep the request, and redirect the browser to it, with cookies (OIDC Core §3.1.2.1)."""
    call, params = request.call_without_cookie(runner), await request.form(POSTED_LIMIT)
    return redirect(f"/oauth2/authorize?posted={await call(cross_site_posts.keep, params)}")


async def consent(request: Request, runner: Runner) -> Answer:
    """POST /consent: the person's decision."""
    call, form = request.call(runner), await request.form()
    flow = form.get("flow") or came_with(request, runner.settings).peek("flow")
    decision = form.get("decision")
    if flow is None or decision not in {"authorize", "cancel"}:
        raise Untrusted(PageReason.FORM_INCOMPLETE)
    browser, agreed = request.cookie(_cookie_name(runner)), decision == "authorize"
    account, boxes = form.get("account"), forms.read_boxes(form)
    outcome = await call(service.decide, flow, account, agreed=agreed, browser=browser, boxes=boxes)
    return _make_answer(outcome, runner)


def _cookie_name(runner: Runner) -> str:
    return runner.settings.cookie(cookies.BROWSER)


def _make_answer(outcome: Outcome, runner: Runner) -> Answer:
    match outcome:
        case Redirect(url):
            return redirect(url)
        case GoTo(path, browser):
            answer = redirect(path)
            return answer if browser is None else answer.with_headers((b"set-cookie", _browser_cookie(browser, runner)))
        case FormPost():
            return form_post.page(outcome)


def _browser_cookie(value: str, runner: Runner) -> bytes:
    """Return a cookie for this browser session alone; Lax lets a site's link bring it back."""
    secure = "; Secure" if runner.settings.secure else ""
    return f"{_cookie_name(runner)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()
