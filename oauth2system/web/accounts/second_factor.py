"""The second step of a sign-in, and the forms that set up, replace and remove second factors."""

from oauth2system.errors import NotPermitted
from oauth2system.runtime.call import Call
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.security import first_passkey
from oauth2system.services.sessions import factor_changes, second_factor
from oauth2system.services.sessions.factor_changes import AppConfirmed
from oauth2system.services.sessions.second_factor import Typed
from oauth2system.web.accounts import passkeys, session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.forms import Form
from oauth2system.web.http.message import NO_STORE, Answer, Request, redirect

PAGE = session.SECOND_FACTOR
AUTHENTICATOR = "/account/authenticator"
RECOVERY_CODES = "/account/recovery_codes"
SECURITY = "/account/security"
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_ATTACHED = (b"content-disposition", b'attachment; filename="recovery-codes.txt"')


@forms.of_page(PAGE)
async def prove(request: Request, form: Form, call: Call) -> Answer:
    """POST /session/second_factor: complete the sign-in that waits in this browser (T104)."""
    typed = Typed(form.text("code"), form.text("recovery_code"), trusts=form.get("trust") is not None)
    waiting, device = cookies.read_waiting(request, call.settings), cookies.read_device(request, call.settings)
    try:
        signed_in = await call(second_factor.finish, waiting, typed, device)
    except second_factor.NothingWaits:
        return _begin_again(form)
    return session.welcome(call.settings, signed_in, form.target).with_headers(cookies.no_waiting(call.settings))


async def ask_for_passkey(request: Request, runner: Runner) -> Answer:
    """POST /session/second_factor/passkey/options: what the browser is asked to complete a sign-in, as JSON."""
    return await passkeys.answer_script(
        request.call(runner)(second_factor.ask_for_passkey, cookies.read_waiting(request, runner.settings))
    )


@forms.of_page(PAGE)
async def prove_by_passkey(request: Request, form: Form, call: Call) -> Answer:
    """POST /session/second_factor/passkey: complete the sign-in that waits in this browser with a passkey."""
    waiting, device = cookies.read_waiting(request, call.settings), cookies.read_device(request, call.settings)
    answer, trusts = form.text("credential"), form.get("trust") is not None
    try:
        signed_in = await call(second_factor.finish_by_passkey, waiting, answer, device, trusts=trusts)
    except second_factor.NothingWaits:
        return _begin_again(form)
    return session.welcome(call.settings, signed_in, form.target).with_headers(cookies.no_waiting(call.settings))


def _begin_again(form: Form) -> Answer:
    return redirect(forms.to(session.PAGE, error="waiting", flow=form.get("flow"), next=form.get("next")))


@forms.of_page(AUTHENTICATOR)
async def begin(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/authenticator: make a fresh seed, and show it."""
    await call(factor_changes.begin, cookies.read_waiting(request, call.settings))
    return redirect(forms.to(AUTHENTICATOR, flow=form.get("flow"), next=form.get("next")))


@forms.of_page(AUTHENTICATOR)
async def confirm(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/authenticator/confirm: keep the app whose code is right; a first one completes a sign-in."""
    waiting, device = cookies.read_waiting(request, call.settings), cookies.read_device(request, call.settings)
    done = await call(factor_changes.confirm, form.text("code"), waiting, device)
    return _arrive(done, form, call, "authenticator_added")


def _arrive(done: AppConfirmed, form: Form, call: Call, notice: str) -> Answer:
    """Go on after a factor was set up; a first one has completed a sign-in."""
    page = RECOVERY_CODES if done.has_codes else SECURITY
    target = forms.to(page, notice=notice, flow=form.get("flow"), next=form.get("next"))
    if done.signed_in is None:
        return redirect(target)
    return session.welcome(call.settings, done.signed_in, target).with_headers(cookies.no_waiting(call.settings))


async def ask_for_first_passkey(request: Request, runner: Runner) -> Answer:
    """POST /account/authenticator/passkey/options: what the browser is asked for a first passkey, as JSON."""
    return await passkeys.answer_script(
        request.call(runner)(first_passkey.ask, cookies.read_waiting(request, runner.settings))
    )


@forms.of_page(PAGE)
async def add_first_passkey(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/authenticator/passkey: keep a first passkey, which completes the sign-in that waits for one."""
    waiting, device = cookies.read_waiting(request, call.settings), cookies.read_device(request, call.settings)
    try:
        done = await call(first_passkey.add, waiting, form.text("credential"), form.text("name"), device)
    except second_factor.NothingWaits:
        return _begin_again(form)
    return _arrive(done, form, call, "passkey_added")


@forms.of_page(SECURITY)
async def remove(_request: Request, _form: Form, call: Call) -> Answer:
    """POST /account/authenticator/remove: sign-ins ask for its codes no more."""
    await call(factor_changes.remove_authenticator)
    return redirect(forms.to(SECURITY, notice="authenticator_removed"))


@forms.of_page(SECURITY)
async def new_codes(_request: Request, _form: Form, call: Call) -> Answer:
    """POST /account/recovery_codes: new recovery codes; the old ones end."""
    await call(factor_changes.new_recovery_codes)
    return redirect(RECOVERY_CODES)


@forms.of_page(RECOVERY_CODES)
async def codes_saved(_request: Request, form: Form, call: Call) -> Answer:
    """POST /account/recovery_codes/saved: the codes are shown no more."""
    await call(factor_changes.hide_codes)
    return redirect(form.target if form.carry() else forms.to(SECURITY, notice="codes_saved"))


async def codes_text(request: Request, runner: Runner) -> Answer:
    """GET /account/recovery_codes/text: the recovery codes that this browser may still show, as a file."""
    try:
        codes = await request.call(runner)(factor_changes.show_codes)
    except NotPermitted:
        return redirect(forms.to(session.PAGE, next=RECOVERY_CODES))
    if not codes:
        return redirect(RECOVERY_CODES)
    return Answer(200, "".join(f"{code}\r\n" for code in codes).encode(), [_TEXT, _ATTACHED, *NO_STORE])


@forms.of_page(SECURITY)
async def forget_trusted(_request: Request, _form: Form, call: Call) -> Answer:
    """POST /account/trusted_browsers/forget: every browser asks for the second factor again."""
    await call(factor_changes.forget_trusted_browsers)
    return redirect(forms.to(SECURITY, notice="trust_ended"))
