"""The other native forms of an account: registration, links out of mails, new password, new address."""

from oauth2system.errors import Refusal
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import email_addresses, password_reset, registration
from oauth2system.services.sessions import password_hashing, sign_in
from oauth2system.web.accounts import session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.message import Answer, Request, redirect

REGISTRATION = "/registration"
SETUP = "/setup"
CONFIRM = "/account/email_confirm"
RESET = "/account/password_reset"
SECURITY = "/account/security"
PROFILE = "/account"


async def register(request: Request, runner: Runner) -> Answer:
    """POST /registration: the answer is the same whether or not the address has an owner (T086)."""
    form = await forms.read(request, runner)
    caller, browser = request.caller(runner), cookies.read_registration(request, runner.settings)
    typed, invite = _typed(form), form.get("invite")
    try:
        wanted = await runner.transact(caller, registration.check, typed, invite=invite, browser=browser)
        kept = await runner.slow(lambda: password_hashing.hash_password(typed.password))
        cookie = await runner.transact(
            caller, registration.register, wanted, kept, then=form.target, invite=invite, browser=browser
        )
    except Refusal as refusal:
        return await forms.back(refusal, REGISTRATION, form, caller, runner)
    answer = redirect(forms.to(CONFIRM, sent="1", flow=form.get("flow"), next=form.get("next")))
    return answer.with_headers(cookies.registration(runner.settings, cookie))


async def set_up(request: Request, runner: Runner) -> Answer:
    """POST /setup: the first administrator, by the link that `make run` prints."""
    form = await forms.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    typed, token = _typed(form), form.get("token")
    try:
        wanted = await runner.transact(caller, registration.check_first, typed, token)
        kept = await runner.slow(lambda: password_hashing.hash_password(typed.password))
        signed_in = await runner.transact(caller, registration.make_first, wanted, kept, token, device)
    except Refusal as refusal:
        return await forms.back(refusal, SETUP, form, caller, runner)
    return session.welcome(runner.settings, signed_in, forms.to(PROFILE, notice="set_up"))


async def confirm_email(request: Request, runner: Runner) -> Answer:
    """POST /account/email_confirm: the button on the page that the link in the mail opens."""
    form = await forms.read(request, runner)
    caller, settings = request.caller(runner), runner.settings
    browser, device = cookies.read_registration(request, settings), cookies.read_device(request, settings)
    token = form.get("token")
    try:
        done = await runner.transact(caller, email_addresses.confirm, token, browser=browser, device=device)
    except email_addresses.SignInFirst:
        page = forms.to(CONFIRM, token=token)
        return redirect(forms.to(session.PAGE, notice="sign_in_first", next=page))
    except Refusal as refusal:
        return await forms.back(refusal, CONFIRM, form, caller, runner)
    if done.signed_in is not None:
        home = forms.to(forms.SIGNED_IN_HOME, notice="welcome")
        target = home if done.then == forms.SIGNED_IN_HOME else done.then
        return session.welcome(settings, done.signed_in, target).with_headers(cookies.no_registration(settings))
    if done.did == "undone":
        answer = redirect(forms.to(RESET, sent="1", notice="move_undone"))
        return answer.with_headers(cookies.no_session(settings), session.CLEAR)
    if done.did == "moved":
        return redirect(forms.to(PROFILE, notice="email_changed"))
    return redirect(_after_confirming(signed_in=done.is_asker, target=form))


async def resend_confirmation(request: Request, runner: Runner) -> Answer:
    """POST /account/email_confirm/resend: by session, by the browser that registered, or by address (T088)."""
    form = await forms.read(request, runner)
    caller, browser = request.caller(runner), cookies.read_registration(request, runner.settings)
    try:
        cookie = await runner.transact(
            caller, email_addresses.resend, email=form.get("email"), browser=browser, then=form.target
        )
    except Refusal as refusal:
        return await forms.back(refusal, CONFIRM, form, caller, runner)
    flow, then = form.get("flow"), form.get("next")
    answer = redirect(forms.to(CONFIRM, sent="1", notice="resent", flow=flow, next=then))
    return answer if cookie is None else answer.with_headers(cookies.registration(runner.settings, cookie))


async def ask_reset(request: Request, runner: Runner) -> Answer:
    """POST /account/password_reset: a mail, if anybody has this address; the answer is always the same."""
    form = await forms.read(request, runner)
    caller = request.caller(runner)
    try:
        await runner.write(caller, password_reset.ask, form.text("email"))
    except Refusal as refusal:
        return await forms.back(refusal, RESET, form, caller, runner)
    return redirect(forms.to(RESET, sent="1"))


async def reset(request: Request, runner: Runner) -> Answer:
    """POST /account/password_reset/new: the link and the new password; signs nobody in (T090)."""
    form = await forms.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    token, password = form.get("token"), form.text("password")
    try:
        await runner.transact(caller, password_reset.check_reset, token, password)
        kept = await runner.slow(lambda: password_hashing.hash_password(password))
        known = await runner.transact(caller, password_reset.reset, token, kept, device)
    except Refusal as refusal:
        return await forms.back(refusal, RESET, form, caller, runner)
    answer = redirect(forms.to(session.PAGE, notice="password_reset"))
    return answer.with_headers(cookies.device(runner.settings, known))


async def change_password(request: Request, runner: Runner) -> Answer:
    """POST /account/password: the current one first (T093)."""
    form = await forms.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    current, password = form.text("current_password"), form.text("password")
    try:
        await runner.transact(caller, password_reset.check_change, password)
        attempt = await runner.write(caller, sign_in.find_again, device)
        match = await runner.slow(lambda: sign_in.compare(attempt, current))
        kept = await runner.slow(lambda: password_hashing.hash_password(password))
        signed_in = await runner.transact(caller, password_reset.change, attempt, match, kept)
    except Refusal as refusal:
        return await forms.back(refusal, SECURITY, form, caller, runner)
    return session.welcome(runner.settings, signed_in, forms.to(SECURITY, notice="password_changed"))


async def change_email(request: Request, runner: Runner) -> Answer:
    """POST /account/email: nothing changes until the new mailbox answers (T094)."""
    form = await forms.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    password = form.text("password")
    try:
        attempt = await runner.write(caller, sign_in.find_again, device)
        match = await runner.slow(lambda: sign_in.compare(attempt, password))
        await runner.transact(caller, email_addresses.ask_to_move, attempt, match, form.text("email"))
    except Refusal as refusal:
        return await forms.back(refusal, PROFILE, form, caller, runner)
    return redirect(forms.to(PROFILE, notice="sent"))


def _typed(form: forms.Form) -> registration.Form:
    return registration.Form(
        form.text("username"), form.text("display_name"), form.text("email"), form.text("password")
    )


def _after_confirming(*, signed_in: bool, target: forms.Form) -> str:
    """Go on where the person already is signed in; anywhere else ask for the password (T101)."""
    if not signed_in:
        return forms.to(session.PAGE, notice="confirmed", flow=target.get("flow"), next=target.get("next"))
    return target.target if "flow" in target.carried() else forms.to(PROFILE, notice="email_changed")
