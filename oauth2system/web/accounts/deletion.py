"""The deletion of an account: asked for by a form, and taken back by the link of a mail."""

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, _
from oauth2system.markup import html
from oauth2system.markup.parts import parts
from oauth2system.runtime.call import Call
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.leave import deletion
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.web.accounts import session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.forms import Form
from oauth2system.web.http.message import Answer, Request, redirect
from oauth2system.web.http.scriptless_page import STRICT, show

DATA = "/account/data"
TERMS = "/account/terms"
PAGE = "/account/keep"


@forms.of_page(DATA)
async def ask(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/delete: disable the account, by the password, and delete it in two weeks."""
    return await _ask(request, form, call)


@forms.of_page(TERMS)
async def decline_terms(request: Request, form: Form, call: Call) -> Answer:
    """POST /account/terms/decline: the same, for a person who does not accept the terms of this server."""
    try:
        return await _ask(request, form, request.call_to_leave(call.runner))
    except StepUpNeeded as needed:
        again = N_("You signed in a while ago. Cancel, sign in again, and then delete your account.")
        raise Invalid(password=again) from needed


async def _ask(request: Request, form: Form, call: Call) -> Answer:
    await deletion.ask(call, form.text("password"), cookies.read_device(request, call.settings))
    gone = redirect(forms.to(session.PAGE, notice="deletion_asked"))
    return gone.with_headers(cookies.no_session(call.settings), session.CLEAR)


async def open_link(request: Request, runner: Runner) -> Answer:
    """GET /account/keep: say which account the mail was about; nothing happens yet."""
    token = request.query().peek("token") or ""
    found = await request.call(runner)(deletion.open_link, token)
    if not found.username:
        return _show_dead()
    sentence = N_(
        "Your account {username} is disabled, and will be deleted on {due} (UTC).",
        username=found.username,
        due=found.due_at,
    )
    return show(
        _("Keep your account?"),
        html.div(
            html.p(_(sentence), class_name="breaks"),
            html.p(_("The button keeps it. Your apps work again, and you can sign in as before."), class_name="quiet"),
            parts.native_form(PAGE, parts.hidden("token", token), parts.submit(_("Keep my account"))),
            class_name="card stack",
        ),
        csp=f"{STRICT}; form-action 'self'",
        referrer="same-origin",  # under `no-referrer` browsers send `Origin: null` with our own form
    )


async def keep(request: Request, runner: Runner) -> Answer:
    """POST /account/keep: keep the account."""
    form = await request.form()
    if await request.call(runner)(deletion.keep_by_link, form.get("token")):
        return redirect(forms.to(session.PAGE, notice="account_kept"))
    return _show_dead()


def _show_dead() -> Answer:
    words = _("This link was used or has expired. Sign in to see whether your account is still there.")
    onward = html.a(_("Sign in"), href=session.PAGE, class_name="button main")
    return show(
        _("This link does not work any more"), html.div(html.p(words), onward, class_name="card stack"), status=410
    )
