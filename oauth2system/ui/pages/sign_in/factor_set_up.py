"""Set up an authenticator app, and show new recovery codes: no secret of theirs enters the state of a page."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.markup.qr import draw_qr
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.security.factor_pages import AuthenticatorView, RecoveryCodesView
from oauth2system.services.sessions.factor_changes import SetUp
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.second_factor import code_field

SECURITY = "/account/security"
_GROUP = 4


def authenticator(view: AuthenticatorView, asked: PageRequest) -> FilledPage:
    """Show what the app takes, and ask for its first code; a wrong code comes back to the same seed."""
    title = _("Set up authenticator app")
    body = _begin() if view.app is None else _scan(view, view.app, asked)
    back = html.p(frame.link(_("Back to security"), SECURITY), class_name="aside")
    return frame.page(view.visit, title, html.div(frame.notices(asked), body, class_name="card stack"), back)


def _begin() -> Html:
    return html.text(
        html.p(_("An authenticator app on your phone shows a new code every 30 seconds. A sign-in asks for it.")),
        parts.native_form("/account/authenticator", parts.submit(_("Set up authenticator app"))),
    )


def _scan(view: AuthenticatorView, app: SetUp, asked: PageRequest) -> Html:
    groups = " ".join(app.seed[start : start + _GROUP] for start in range(0, len(app.seed), _GROUP))
    return html.text(
        html.p(_("Scan this with your authenticator app, or type the key into it.")),
        draw_qr(app.address, _("QR code with the key below")),
        html.dl(html.div(html.dt(_("Key")), html.dd(html.code(groups, class_name="breaks"))), class_name="gives"),
        parts.native_form(
            "/account/authenticator/confirm",
            *frame.carry(asked, "flow", "next"),
            code_field(frame.problem_of(view.visit, "code"), _("The six digits that the app shows now.")),
            parts.submit(_("Continue")),
        ),
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
