"""The forms of an account: registration, links of mails, new password, new address."""

from oauth2system.i18n import _
from oauth2system.runtime.call import Call
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import (
    email_addresses,
    email_pages,
    password_reset,
    profile,
    registration,
    usernames,
)
from oauth2system.services.accounts.email_addresses import Confirmed
from oauth2system.services.accounts.terms import acceptance
from oauth2system.settings import Settings
from oauth2system.web.accounts import session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.forms import Form
from oauth2system.web.http.message import Answer, Request, json, redirect

REGISTRATION = "/registration"
SETUP = "/setup"
CONFIRM = "/account/email_confirm"
RESET = "/account/password_reset"
SECURITY = "/account/security"
TERMS = "/account/terms"
PROFILE = "/account"
ADMIN = "/admin"


@forms.of_page(REGISTRATION)
async def register(request: Request, form: Form, call: Call) -> Answer:
    """POST /registration: the answer is the same whether or not the address has an owner (T086)."""
    invite, browser = form.get("invite"), cookies.read_registration(request, call.settings)
    cookie = await registration.register(call, _read_person(form), then=form.target, invite=invite, browser=browser)
    answer = redirect(forms.to(CONFIRM, sent="1", flow=form.get("flow"), next=form.get("next")))
    return answer.with_headers(cookies.registration(call.settings, cookie))


async def judge_username(request: Request, runner: Runner) -> Answer:
    """GET /registration/username?name=: the problem of a username while it is typed; the form judges it again."""
    name = (request.query().peek("name") or "")[:100]
    return json({"problem": _(await request.call(runner)(profile.judge_username, name))})


@forms.of_page(SETUP)
async def promote(_request: Request, form: Form, call: Call) -> Answer:
    """POST /setup/promote: make the signed-in user the administrator, by the set-up link."""
    token = form.get("token")
    try:
        await call(registration.promote, token)
    except registration.SignInFirst:
        return redirect(forms.to(session.PAGE, notice="sign_in_first", next=forms.to(SETUP, token=token)))
    return redirect(forms.to(ADMIN, notice="promoted"))


@forms.of_page(SETUP)
async def set_up(request: Request, form: Form, call: Call) -> Answer:
    """POST /setup: make the first administrator, by the link that `make run` prints."""
    device = cookies.read_device(request, call.settings)
    signed_in = await registration.set_up(call, _read_person(form), form.get("token"), device)
    return session.welcome(call.settings, signed_in, forms.to(ADMIN, notice="set_up"))


@forms.of_page(CONFIRM)
async def confirm_email(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/email_confirm: use the link of a mail, from the page that it opens."""
    browser = cookies.read_registration(request, call.settings)
    device, token = cookies.read_device(request, call.settings), form.get("token")
    try:
        done = await email_addresses.confirm(call, token, form.text("password"), browser=browser, device=device)
    except registration.SignInFirst:
        page = forms.to(CONFIRM, token=token)
        return redirect(forms.to(session.PAGE, notice="sign_in_first", next=page))
    return _go_on(done, form, call.settings)


async def confirmation_state(request: Request, runner: Runner) -> Answer:
    """GET /account/email_confirm/state: whether the address of the account made in this browser is confirmed."""
    browser = cookies.read_registration(request, runner.settings)
    return json({"confirmed": await request.call(runner)(email_pages.is_confirmed, browser)})


@forms.of_page(CONFIRM)
async def correct_email(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/email_confirm/change: correct the address of the account that was just made in this browser."""
    browser = cookies.read_registration(request, call.settings)
    await call(registration.correct, form.text("email"), browser)
    return redirect(forms.to(CONFIRM, sent="1", notice="email_moved", flow=form.get("flow"), next=form.get("next")))


@forms.of_page(CONFIRM)
async def resend_confirmation(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/email_confirm/resend: by session, by the browser that registered, or by address (T088)."""
    browser = cookies.read_registration(request, call.settings)
    cookie = await call(email_addresses.resend, email=form.get("email"), browser=browser, then=form.target)
    flow, then = form.get("flow"), form.get("next")
    notice = "resent_to" if cookie is None else "resent"
    answer = redirect(forms.to(CONFIRM, sent="1", notice=notice, flow=flow, next=then))
    return answer if cookie is None else answer.with_headers(cookies.registration(call.settings, cookie))


@forms.of_page(RESET)
async def ask_reset(_request: Request, form: Form, call: Call) -> Answer:
    """POST /account/password_reset: a mail, if anybody has this address; the answer is always the same."""
    await call(password_reset.ask, form.text("email"))
    return redirect(forms.to(RESET, sent="1"))


@forms.of_page(RESET)
async def reset(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/password_reset/new: the link and the new password; signs nobody in (T090)."""
    device = cookies.read_device(request, call.settings)
    done = await password_reset.reset(call, form.get("token"), form.text("password"), device)
    answer = redirect(forms.to(session.PAGE, notice="password_reset", form=done.form))
    return answer.with_headers(cookies.device(call.settings, done.device))


@forms.of_page(TERMS)
async def accept_terms(_request: Request, form: Form, call: Call) -> Answer:
    """POST /account/terms: accept the newest terms, and go on to where the sign-in led."""
    await call(acceptance.accept, form.text("terms"))
    return redirect(form.target)


@forms.of_page(SECURITY)
async def change_password(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/password: change the password, by the current one (T093)."""
    device = cookies.read_device(request, call.settings)
    current, password = form.text("current_password"), form.text("password")
    signed_in = await password_reset.change(call, current, password, device)
    return session.welcome(call.settings, signed_in, forms.to(SECURITY, notice="password_changed"))


@forms.of_page(PROFILE)
async def change_username(_request: Request, form: Form, call: Call) -> Answer:
    """POST /account/username: give the signed-in person another username."""
    await call(usernames.change, form.text("username"))
    return redirect(forms.to(PROFILE, notice="username_changed"))


async def judge_own_username(request: Request, runner: Runner) -> Answer:
    """GET /account/username?name=: why the signed-in person cannot have a username, while it is typed."""
    name = (request.query().peek("name") or "")[:100]
    problem = await request.call(runner)(usernames.judge_own, name)
    return json({"problem": _(problem) if problem else ""})


@forms.of_page(PROFILE)
async def change_email(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/email: begin a change of address; the new mailbox must confirm it (T094)."""
    device = cookies.read_device(request, call.settings)
    await email_addresses.move(call, form.text("email"), form.text("password"), device)
    return redirect(forms.to(PROFILE, notice="sent"))


def _read_person(form: Form) -> registration.RegistrationForm:
    return registration.RegistrationForm(
        form.text("username"), form.text("display_name"), form.text("email"), form.text("password"), form.text("terms")
    )


def _go_on(done: Confirmed, form: Form, settings: Settings) -> Answer:
    """Go on after the link of a mail was used, by what it did."""
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


def _after_confirming(*, signed_in: bool, target: Form) -> str:
    """Go on in a browser that is signed in; in any other show the sign-in page (T101)."""
    if not signed_in:
        return forms.to(session.PAGE, notice="confirmed", flow=target.get("flow"), next=target.get("next"))
    return target.target if "flow" in target.carry() else forms.to(PROFILE, notice="email_changed")
