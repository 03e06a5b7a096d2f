"""Create an account: four fields, judged while typing where that helps, posted natively."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.sign_in_pages import RegistrationView
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.person_fields import fields
from oauth2system.ui.pages.sign_in.terms import terms_box


def registration(view: RegistrationView, asked: PageRequest) -> FilledPage:
    """Ask for as little as an account needs; say before anything is typed that nobody can register."""
    seen = view.visit
    if seen.flow is not None and not seen.flow.is_open:
        return frame.explain_ended(seen, seen.flow)
    return frame.page(
        seen,
        _("Create account"),
        frame.for_site(seen.flow),
        html.div(parts.notice(_(view.refusal), "bad") if view.refusal else _form(view, asked), class_name="card"),
        frame.cancel(seen.flow),
        html.p(_("Have an account?"), " ", frame.link(_("Sign in"), "/login", frame.onward(asked)), class_name="aside"),
    )


def _form(view: RegistrationView, asked: PageRequest) -> Html:
    return html.text(
        frame.notices(asked),
        parts.native_form(
            "/registration",
            *frame.carry(asked, "flow", "next", "invite"),
            *fields(view.visit, _("We send one message, to see that it is yours.")),
            terms_box(view.visit, view.terms) if view.terms else None,
            parts.submit(_("Create account")),
        ),
    )
