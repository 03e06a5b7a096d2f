"""/oauth2/end_session: an app asks to sign its person out here too (OIDC RP-Initiated Logout)."""

from base64 import b64encode
from hashlib import sha256

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html, RegisteredAddress
from oauth2system.markup.parts import parts
from oauth2system.protocol.authorization.response import origin_of
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import sign_out
from oauth2system.services.sessions.sign_out import Ask, Left
from oauth2system.settings import Settings
from oauth2system.web.http import content_policy, cookies
from oauth2system.web.http.message import Answer, Header, Request, redirect
from oauth2system.web.http.scriptless_page import STRICT, show

PATH = "/oauth2/end_session"
LIMIT = 32 * 1024
SIGNED_OUT = "/login?notice=signed_out"
# The state of our pages outlives the login in a tab; this makes the tab forget it (decision 0008).
CLEAR: Header = (b"clear-site-data", b'"storage"')
# Goes on as soon as every app was notified; without script, the page goes on by itself after some seconds.
SCRIPT = 'addEventListener("load",()=>location.replace(document.getElementById("on").href))'
_HASH = b64encode(sha256(SCRIPT.encode()).digest()).decode()


async def end_session(request: Request, runner: Runner) -> Answer:
    """GET /oauth2/end_session: sign out, or ask first."""
    found = await sign_out.end_session(request.call(runner), request.query())
    return _ask(found) if isinstance(found, Ask) else gone(found, runner.settings)


async def post_end_session(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/end_session: keep the request, and redirect the browser to it with its cookies."""
    call, params = request.call_without_cookie(runner), await request.form(LIMIT)
    return redirect(f"{PATH}?posted={await call(sign_out.keep, params)}")


async def confirm(request: Request, runner: Runner) -> Answer:
    """POST /session/leave: the button on the page that asks."""
    call, form = request.call(runner), await request.form()
    return gone(await call(sign_out.confirm, form.get("leaving") or ""), runner.settings)


def _ask(ask: Ask) -> Answer:
    question = _("Do you want to sign out of this browser?")
    if ask.app_name:
        question = _("You signed out of {app}. Do you want to sign out here, too?").format(app=ask.app_name)
    effect = _("You are signed in as {username}. Other sites you entered with this account are notified.")
    return show(
        _("Sign out?"),
        html.div(
            html.p(question, class_name="breaks"),
            html.p(effect.format(username=ask.username), class_name="quiet small breaks"),
            parts.native_form("/session/leave", parts.hidden("leaving", ask.handle), parts.submit(_("Sign out"))),
            class_name="card stack",
        ),
        html.p(html.a(_("Stay signed in"), href="/account", class_name="link-line"), class_name="aside"),
        csp=f"{STRICT}{content_policy.forms_lead_out()}",
        referrer="same-origin",  # under `no-referrer` browsers send `Origin: null` with our own form
    )


def gone(left: Left, settings: Settings, after: str = SIGNED_OUT) -> Answer:
    """Remove the cookie, notify apps through the browser where needed, and go on."""
    url = left.url or after
    answer = notify(left.frames, url) if left.frames else redirect(url)
    return answer.with_headers(cookies.no_session(settings), CLEAR)


def notify(frames: tuple[str, ...], url: str) -> Answer:
    """Load one frame per app, then go on (OIDC Front-Channel Logout §2)."""
    sources = " ".join(sorted({_source(frame) for frame in frames}))
    way = RegisteredAddress(url)
    return show(
        _("Signing you out"),
        html.div(
            html.p(_("The sites you entered with this account are being notified."), role="status"),
            [_frame(frame) for frame in frames],
            html.a(_("Continue"), href=way, id="on", class_name="button main whole"),
            class_name="card stack",
        ),
        html.script(Html(SCRIPT)),
        csp=f"{STRICT}; frame-src {sources}; script-src 'sha256-{_HASH}'; form-action 'none'",
        head=html.meta(content=f"6;url={url}", custom_attrs={"http-equiv": "refresh"}),
    )


def _frame(url: str) -> Html:
    """Return the frame of an app: it may end the app's own session, and neither move this page nor open others."""
    may = {"sandbox": "allow-scripts allow-same-origin allow-forms"}
    return html.iframe(src=url, title=_("A site that is being notified"), hidden=True, custom_attrs=may)


def _source(url: str) -> str:
    """Return an address's origin as a Content-Security-Policy can name it; an IPv6 host only by its scheme."""
    origin = origin_of(url)
    return origin.partition("//")[0] if "[" in origin else origin
