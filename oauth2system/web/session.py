"""Signing in and out: native forms, because they carry a credential and set a cookie."""

from oauth2system.errors import Refusal
from oauth2system.services import login, sessions
from oauth2system.services.context import Context
from oauth2system.services.login import SignedIn
from oauth2system.services.runner import Runner
from oauth2system.settings import Settings
from oauth2system.web import cookies, native
from oauth2system.web.door import Answer, Header, Request, redirect

PAGE = "/login"
# The state of our pages outlives the login in a tab; this makes the tab forget it (reflex.md §1).
CLEAR: Header = (b"clear-site-data", b'"storage"')


async def sign_in(request: Request, runner: Runner) -> Answer:
    """POST /session: a username or an address, and a password."""
    form = await native.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    name, password = form.text("login"), form.text("password")
    if not name or not password:
        return redirect(native.to(PAGE, **form.carried(), error="incomplete"))
    try:
        attempt = await runner.write(caller, login.find, name, device)
        match = await runner.slow(lambda: login.compare(attempt, password))
        signed_in = await runner.write(caller, login.finish, attempt, match)
    except Refusal as refusal:
        return await native.back(refusal, PAGE, form, caller, runner)
    return welcome(runner.settings, signed_in, form.target)


async def sign_out(request: Request, runner: Runner) -> Answer:
    """POST /session/end: this browser, or with `everywhere=1` all of them."""
    form = await native.read(request, runner)
    everywhere = form.get("everywhere") is not None
    await runner.write(request.caller(runner), _end, everywhere=everywhere)
    notice = "signed_out_everywhere" if everywhere else "signed_out"
    target = form.target if "flow" in form.fields or "next" in form.fields else native.to(PAGE, notice=notice)
    return redirect(target).with_headers(cookies.no_session(runner.settings), CLEAR)


def welcome(settings: Settings, signed_in: SignedIn, target: str) -> Answer:
    """Send a browser on with its new session."""
    return redirect(target).with_headers(
        cookies.session(settings, signed_in.session), cookies.device(settings, signed_in.device)
    )


def _end(ctx: Context, *, everywhere: bool) -> None:
    if everywhere and ctx.session is not None:
        sessions.end_everywhere(ctx, ctx.session.user_id)
    else:
        sessions.end(ctx)
