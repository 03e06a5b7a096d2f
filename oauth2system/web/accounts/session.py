"""Signing in and out: native forms, because they carry a credential and set a cookie."""

from oauth2system.errors import Refusal
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import sign_in as login
from oauth2system.services.sessions import sign_out as logout
from oauth2system.services.sessions.sign_in import SignedIn
from oauth2system.services.sessions.sign_out import Left
from oauth2system.settings import Settings
from oauth2system.web.authorization import end_session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.message import Answer, Request, redirect

PAGE = "/login"
CLEAR = end_session.CLEAR


async def sign_in(request: Request, runner: Runner) -> Answer:
    """POST /session: a username or an address, and a password."""
    form = await forms.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    name, password = form.text("login"), form.text("password")
    if not name or not password:
        return redirect(forms.to(PAGE, **form.carried(), error="incomplete"))
    try:
        attempt = await runner.write(caller, login.find, name, device)
        match = await runner.slow(lambda: login.compare(attempt, password))
        signed_in = await runner.write(caller, login.finish, attempt, match)
    except Refusal as refusal:
        return await forms.back(refusal, PAGE, form, caller, runner)
    return welcome(runner.settings, signed_in, form.target)


async def sign_out(request: Request, runner: Runner) -> Answer:
    """POST /session/end: this browser, or with `everywhere=1` all of them."""
    form = await forms.read(request, runner)
    everywhere = form.get("everywhere") is not None
    frames = await request.call(runner)(logout.sign_out, everywhere=everywhere)
    notice = "signed_out_everywhere" if everywhere else "signed_out"
    target = form.target if "flow" in form.fields or "next" in form.fields else forms.to(PAGE, notice=notice)
    return end_session.gone(Left(target, frames), runner)


def welcome(settings: Settings, signed_in: SignedIn, target: str) -> Answer:
    """Send a browser on with its new session."""
    return redirect(target).with_headers(
        cookies.session(settings, signed_in.session), cookies.device(settings, signed_in.device)
    )
