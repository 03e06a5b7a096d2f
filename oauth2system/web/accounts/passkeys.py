"""Passkeys: what our script asks a browser for, and the forms in which it sends the browser's answer."""

from collections.abc import Awaitable
from http import HTTPStatus

from oauth2system.errors import Refusal, TooManyAttempts
from oauth2system.i18n import _
from oauth2system.protocol.passkeys import Options
from oauth2system.runtime.call import Call
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import passkeys
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.web.accounts import session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.forms import Form
from oauth2system.web.http.message import Answer, Request, json, redirect

SECURITY = "/account/security"
RECOVERY_CODES = "/account/recovery_codes"


async def ask_to_add(request: Request, runner: Runner) -> Answer:
    """POST /account/passkeys/options: what the browser is asked for a new passkey, as JSON."""
    return await answer_script(request.call(runner)(passkeys.ask_to_add))


@forms.of_page(SECURITY)
async def add(_request: Request, form: Form, call: Call) -> Answer:
    """POST /account/passkeys: keep the passkey that the browser made."""
    has_codes = await call(passkeys.add, form.text("credential"), form.text("name"))
    return redirect(forms.to(RECOVERY_CODES if has_codes else SECURITY, notice="passkey_added"))


async def ask_to_sign_in(request: Request, runner: Runner) -> Answer:
    """POST /session/passkey/options: what any browser is asked to sign in with a passkey, as JSON."""
    browser = cookies.read_passkey(request, runner.settings)
    asked = await request.call(runner)(passkeys.ask_to_sign_in, browser)
    return json(asked.options).with_headers(cookies.passkey(runner.settings, asked.browser))


@forms.of_page(session.PAGE)
async def sign_in(request: Request, form: Form, call: Call) -> Answer:
    """POST /session/passkey: sign in with a passkey alone."""
    browser, device = cookies.read_passkey(request, call.settings), cookies.read_device(request, call.settings)
    kept, confirms = session.stays(form), form.get("confirm") is not None
    answer = form.text("credential")
    signed_in = await call(passkeys.sign_in_alone, answer, browser, device, kept=kept, confirms=confirms)
    return session.welcome(call.settings, signed_in, form.target)


async def answer_script(asking: Awaitable[Options]) -> Answer:
    """Answer our script with what the browser is asked, or with the sentence that it shows."""
    try:
        return json(await asking)
    except StepUpNeeded as refusal:
        back = forms.to(SECURITY, notice=forms.STEPPED_UP)
        return json({"problem": _(refusal.message), "go": forms.lead_to_step_up(back)}, HTTPStatus.FORBIDDEN)
    except TooManyAttempts as refusal:
        return json({"problem": _(refusal.message)}, HTTPStatus.TOO_MANY_REQUESTS)
    except Refusal as refusal:
        return json({"problem": _(refusal.message)}, HTTPStatus.FORBIDDEN)
