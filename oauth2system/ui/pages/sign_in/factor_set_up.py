"""Set up an authenticator app, and show new recovery codes: no secret of theirs enters the state of a page."""

from oauth2system.i18n import N_, _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.markup.qr import draw_qr
from oauth2system.policy import quotas
from oauth2system.services.accounts.page_request import FilledPage, GoOn, PageRequest
from oauth2system.services.accounts.security.factor_pages import AuthenticatorView, RecoveryCodesView
from oauth2system.services.sessions.factor_changes import SetUp
from oauth2system.ui.pages.sign_in import frame

SECURITY = "/account/security"
WHAT_IT_IS = N_("An authenticator app on your phone shows a new code every 30 seconds. A sign-in asks for it.")
_GROUP = 4


def authenticator(view: AuthenticatorView, asked: PageRequest) -> FilledPage | GoOn:
    """Show what the app takes, and ask for its first code; a wrong code comes back to the same seed."""
    if view.app is None:
        return GoOn(frame.address("/login", {"next": "/account/authenticator"}))
    title = _("Set up authenticator app")
    body = _scan(view, view.app, asked) if view.app.seed else _begin(asked)
    way = frame.link(_("Back to security"), SECURITY) if view.visit.signed_in else _restart(asked)
    back = html.p(way, class_name="aside")
    return frame.page(view.visit, title, html.div(frame.notices(asked), body, class_name="card stack"), back)


def _restart(asked: PageRequest) -> Html:
    return frame.link(_("Use another account"), "/login", frame.onward(asked))


def _begin(asked: PageRequest) -> Html:
    return html.text(html.p(_(WHAT_IT_IS)), begin_form(asked))


def begin_form(asked: PageRequest) -> Html:
    """Return the button that begins to set up an app."""
    return parts.native_form(
        "/account/authenticator",
        *frame.carry(asked, "flow", "next"),
        parts.submit(_("Set up authenticator app")),
    )


def _scan(view: AuthenticatorView, app: SetUp, asked: PageRequest) -> Html:
    groups = " ".join(app.seed[start : start + _GROUP] for start in range(0, len(app.seed), _GROUP))
    return html.text(
        html.p(_("Scan this with your authenticator app, or type the key into it.")),
        draw_qr(app.address, _("Picture of the key below, for the camera of your phone")),
        html.dl(html.div(html.dt(_("Key")), html.dd(html.code(groups, class_name="breaks"))), class_name="gives"),
        parts.native_form(
            "/account/authenticator/confirm",
            *frame.carry(asked, "flow", "next"),
            code_field(frame.problem_of(view.visit, "code"), _("The six digits that the app shows now.")),
            parts.submit(_("Continue")),
        ),
    )


def code_field(problem: str, hint: str) -> Html:
    """Return the field for a code of an authenticator app."""
    return parts.field(
        _("Code"),
        "code",
        problem=problem,
        hint=hint,
        auto_complete="one-time-code",
        input_mode="numeric",
        spell_check=False,
        required=True,
        auto_focus=True,
        max_length=quotas.FACTOR_CODE_LONGEST,
    )


def recovery_codes(view: RecoveryCodesView, asked: PageRequest) -> FilledPage:
    """Show the codes for as long as saving them takes."""
    title = _("Recovery codes")
    if not view.codes:
        gone = parts.empty(
            _("These codes are shown once"),
            _("If you have not saved them, make new ones on the security page."),
            html.a(_("Security"), href=SECURITY, class_name="button main"),
            drawing=parts.icon("info", 40, "faint"),
        )
        return frame.page(view.visit, title, html.div(gone, class_name="card"))
    return frame.page(
        view.visit,
        title,
        html.div(
            frame.notices(asked),
            html.p(_("If you lose your phone, each of these codes signs you in once. Keep them apart from it.")),
            html.ul([html.li(html.code(code)) for code in view.codes], class_name="codes"),
            html.div(
                html.a(_("Download"), href="/account/recovery_codes/text", class_name="button"),
                html.button(
                    _("Print"), type="button", class_name="button needs-script", custom_attrs={"data-prints": ""}
                ),
                class_name="row",
            ),
            html.p(_("They are shown for ten minutes, and only in this browser."), class_name="quiet small"),
            parts.native_form(
                "/account/recovery_codes/saved",
                *frame.carry(asked, "flow", "next"),
                parts.submit(_("I have saved them")),
            ),
            class_name="card stack",
        ),
    )
