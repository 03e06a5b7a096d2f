"""The second step of a sign-in: a code of the authenticator app, or a recovery code, posted natively."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.policy import page_messages, quotas
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.security.factor_pages import SecondFactorView
from oauth2system.services.sessions.second_factor import Question
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.factor_set_up import WHAT_IT_IS, begin_form, code_field

POSTED_TO = "/session/second_factor"
FIRST_PASSKEY = "/account/authenticator/passkey"


def second_factor(view: SecondFactorView, asked: PageRequest) -> FilledPage:
    """Ask for a code of the person whose password was right; a request that has ended is reported first."""
    seen = view.visit
    if seen.flow is not None and not seen.flow.is_open:
        return frame.explain_ended(seen, seen.flow)
    if view.question is None:
        return _nothing_waits(view, asked)
    steps = _list_steps(view, asked, view.question) if view.question.held.any else [_first(asked, view.question)]
    return frame.page(
        seen,
        _("Second step"),
        frame.for_site(seen.flow),
        html.div(
            frame.notices(asked),
            html.p(html.sentence(_("You are signing in as {username}."), username=html.b(view.question.username))),
            *steps,
            class_name="card stack",
        ),
        frame.cancel(seen.flow),
        html.p(frame.link(_("Use another account"), "/login", frame.onward(asked)), class_name="aside"),
    )


def _first(asked: PageRequest, question: Question) -> Html:
    """Lead a person who must have a second factor, and has none, to a first one."""
    return html.text(
        parts.notice(_("A second step is asked for here. Set it up now; then you are signed in.")),
        html.p(_(WHAT_IT_IS)),
        begin_form(asked),
        _first_passkey(asked) if question.may_have_passkeys else None,
    )


def _first_passkey(asked: PageRequest) -> Html:
    return html.text(
        html.p(_("Or use your fingerprint, your face or the PIN of your device:"), class_name="with-passkeys"),
        parts.passkey_form(
            FIRST_PASSKEY,
            f"{FIRST_PASSKEY}/options",
            _("Add passkey"),
            *frame.carry(asked, "flow", "next"),
            makes=True,
        ),
        html.p(
            _("Passkeys need JavaScript and a browser that has them. The app works everywhere."),
            class_name="quiet small without-passkeys",
        ),
    )


def _list_steps(view: SecondFactorView, asked: PageRequest, question: Question) -> list[Html]:
    """Return a form for each factor that the person has, or the one for a recovery code."""
    recovers = asked.get("with") == "recovery_code" or "recovery_code" in view.visit.problems
    other_way = _other_way(asked, question, recovers=recovers)
    if recovers:
        return [_recovery(view, asked, question), other_way]
    passkey = _passkey(asked) if question.held.passkeys else html.NOTHING
    code = _code(view, asked) if question.held.authenticator else html.NOTHING
    return [passkey, code, other_way]


def _passkey(asked: PageRequest) -> Html:
    return html.text(
        parts.passkey_form(
            f"{POSTED_TO}/passkey",
            f"{POSTED_TO}/passkey/options",
            _("Continue with a passkey"),
            *frame.carry(asked, "flow", "next"),
            _trust("trust-passkey"),
            kind="main whole",
        ),
        html.p(
            _("Your passkey needs JavaScript and a browser that has passkeys. Use another factor here."),
            class_name="quiet small without-passkeys",
        ),
    )


def _trust(own: str) -> Html:
    return html.div(
        html.input(type="checkbox", id=own, name="trust", value="1"),
        html.label(_("Trust this browser for 30 days"), html_for=own),
        class_name="tick",
    )


def _code(view: SecondFactorView, asked: PageRequest) -> Html:
    return parts.native_form(
        POSTED_TO,
        *frame.carry(asked, "flow", "next"),
        code_field(frame.problem_of(view.visit, "code"), _("The six digits that your authenticator app shows now.")),
        _trust("trust"),
        parts.submit(_("Continue")),
    )


def _recovery(view: SecondFactorView, asked: PageRequest, question: Question) -> Html:
    return parts.native_form(
        POSTED_TO,
        *frame.carry(asked, "flow", "next"),
        parts.field(
            _("Recovery code"),
            "recovery_code",
            problem=frame.problem_of(view.visit, "recovery_code"),
            hint=_("Each code works once. You have {count} left.").format(count=question.held.recovery_codes),
            auto_complete="off",
            auto_capitalize="characters",
            spell_check=False,
            required=True,
            auto_focus=True,
            max_length=quotas.FACTOR_CODE_LONGEST,
        ),
        parts.submit(_("Continue")),
    )


def _other_way(asked: PageRequest, question: Question, *, recovers: bool) -> Html:
    """Return the way to the other kind of code, or say that it is used up."""
    if recovers:
        app = _("Use your authenticator app instead")
        words, query = _("Use your passkey instead") if question.held.passkeys else app, frame.onward(asked)
    elif question.held.recovery_codes:
        words, query = _("Use a recovery code instead"), {**frame.onward(asked), "with": "recovery_code"}
    else:
        lost = _("Your recovery codes are used up. If you lost your other factors, ask the operator of this server.")
        return html.p(lost, class_name="quiet small")
    return html.p(frame.link(words, "/login/second_factor", query))


def _nothing_waits(view: SecondFactorView, asked: PageRequest) -> FilledPage:
    """Say what is known: no sign-in waits here, or the browser sends no cookie at all."""
    words = (
        _("No sign-in waits in this browser. It expired after ten minutes, or it is complete.")
        if asked.sent_cookies
        else _(page_messages.ERRORS["cookies"])
    )
    ways = html.a(_("Sign in"), href=frame.address("/login", frame.onward(asked)), class_name="button main")
    said = parts.empty(_("Nothing to complete"), words, ways, drawing=parts.icon("info", 40, "faint"))
    return frame.page(view.visit, _("Second step"), html.div(said, class_name="card"))
