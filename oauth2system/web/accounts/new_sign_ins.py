"""The link of a mail about a new sign-in: a page that says which, and a button that ends it."""

from oauth2system.i18n import N_, _
from oauth2system.markup import html
from oauth2system.markup.parts import parts
from oauth2system.policy import user_agents
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import browser_sessions, new_sign_ins
from oauth2system.services.sessions.new_sign_ins import DisownPage
from oauth2system.web.http import forms
from oauth2system.web.http.message import Answer, Request, json, redirect
from oauth2system.web.http.scriptless_page import STRICT, show

PAGE = "/account/new_sign_in"
RESET = "/account/password_reset"


async def watch(request: Request, runner: Runner) -> Answer:
    """GET /session/state: a mark that changes with the sessions of the signed-in person; empty without a session."""
    return json({"mark": await request.call(runner)(browser_sessions.mark)})


async def ask(request: Request, runner: Runner) -> Answer:
    """GET /account/new_sign_in: say which sign-in the mail was about; nothing happens yet."""
    token = request.query().peek("token") or ""
    found = await request.call(runner)(new_sign_ins.open_link, token)
    if not found.username:
        return _show_dead()
    return show(
        _("Was this you?"),
        html.div(
            html.p(_describe(found), class_name="breaks"),
            html.p(_("The button ends that sign-in, and sends you a link for a new password."), class_name="quiet"),
            parts.native_form(PAGE, parts.hidden("token", token), parts.submit(_("This was not me"))),
            class_name="card stack",
        ),
        html.p(html.a(_("It was me"), href="/account", class_name="link-line"), class_name="aside"),
        csp=f"{STRICT}; form-action 'self'",
        referrer="same-origin",  # under `no-referrer` browsers send `Origin: null` with our own form
    )


async def disown(request: Request, runner: Runner) -> Answer:
    """POST /account/new_sign_in: end the sign-in, and order a link for a new password."""
    form = await request.form()
    if await request.call(runner)(new_sign_ins.disown_by_link, form.get("token")):
        return redirect(forms.to(RESET, sent="1", notice="disowned_by_link"))
    return _show_dead()


def _describe(found: DisownPage) -> str:
    sentence = N_(
        "Somebody signed in to your account {username} on {when} (UTC). It was {browser}, at {place}.",
        username=found.username,
        when=found.began_at,
        browser=user_agents.in_words(found.agent),
        place=found.ip or N_("an unknown address"),
    )
    return _(sentence)


def _show_dead() -> Answer:
    words = _("This link has been used or has expired. If you do not know a sign-in, choose a new password.")
    onward = html.a(_("New password"), href=RESET, class_name="button main")
    return show(
        _("This link does not work any more"), html.div(html.p(words), onward, class_name="card stack"), status=404
    )
