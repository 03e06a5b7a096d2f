"""Signing in and out: native forms, because they send a credential and set a cookie."""

from urllib.parse import unquote

from oauth2system.runtime.call import Call
from oauth2system.services.sessions import sign_in as sign_in_service
from oauth2system.services.sessions import sign_out as sign_out_service
from oauth2system.services.sessions.sign_in import Arrival, SecondFactorNeeded
from oauth2system.services.sessions.sign_out import Left
from oauth2system.settings import Settings
from oauth2system.web.authorization import end_session
from oauth2system.web.http import cookies, forms, languages
from oauth2system.web.http.forms import Form
from oauth2system.web.http.message import Answer, Request, redirect

PAGE = "/login"
SECOND_FACTOR = "/login/second_factor"
_FLOW = "/oauth2/authorize?flow="
CLEAR = end_session.CLEAR


@forms.of_page(PAGE)
async def sign_in(request: Request, form: Form, call: Call) -> Answer:
    """POST /session: sign in by a username or an address, and a password."""
    name, password = form.text("login"), form.text("password")
    if not name or not password:
        return redirect(forms.to(PAGE, **form.carry(), error="incomplete"))
    device = cookies.read_device(request, call.settings)
    flow, confirms = form.get("flow"), form.get("confirm") is not None
    signed_in = await sign_in_service.sign_in(
        call, name, password, device, confirms=confirms, kept=stays(form), flow=flow
    )
    return welcome(call.settings, signed_in, form.target)


def stays(form: Form) -> bool | None:
    """Return whether the person stays signed in; None where the form did not ask.

    A box that is not ticked is not sent, so the page says along with it that it has one.
    """
    return form.get("keep") is not None if "keep_asked" in form.fields else None


@forms.of_page(PAGE)
async def sign_out(_request: Request, form: Form, call: Call) -> Answer:
    """POST /session/end: sign out this browser, or with `everywhere=1` all of them."""
    everywhere = form.get("everywhere") is not None
    frames = await call(sign_out_service.sign_out, everywhere=everywhere)
    notice = "signed_out_everywhere" if everywhere else "signed_out"
    target = form.target if "flow" in form.fields or "next" in form.fields else forms.to(PAGE, notice=notice)
    return end_session.gone(Left(target, frames), call.settings)


def welcome(settings: Settings, arrival: Arrival, target: str) -> Answer:
    """Send a browser on with its new session, or to the second step of its sign-in, which then leads there."""
    if isinstance(arrival, SecondFactorNeeded):
        carried = {"flow": unquote(target[len(_FLOW) :])} if target.startswith(_FLOW) else {"next": target}
        return redirect(forms.to(SECOND_FACTOR, **carried)).with_headers(cookies.waiting(settings, arrival.waiting))
    answer = redirect(target, referrer="same-origin").with_headers(
        cookies.session(settings, arrival.session, kept=arrival.kept),
        cookies.device(settings, arrival.device),
    )
    return answer if arrival.language is None else answer.with_headers(languages.remember(arrival.language)[0])
