"""The terms of this server: a box at registration, and a page for people who have not accepted the newest version."""

from urllib.parse import urlencode

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.accounts.page_request import FilledPage, GoOn, PageRequest
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.services.accounts.terms.acceptance import TermsPage
from oauth2system.services.accounts.terms.current import Terms
from oauth2system.ui.pages.sign_in import frame

PAGE = "/account/terms"
EXPORT = "/account/data/export"


def terms(view: TermsPage, asked: PageRequest) -> FilledPage | GoOn:
    """Ask for acceptance before the session of this browser counts; without one, lead to the sign-in."""
    if view.terms is None:
        onward = frame.onward(asked)
        if view.visit.signed_in and "flow" in onward:
            return GoOn(f"/oauth2/authorize?{urlencode({'flow': onward['flow']})}")
        return GoOn(frame.address("/login", onward))
    who = html.b(view.username, class_name="breaks")
    return frame.page(
        view.visit,
        _("Accept the terms"),
        frame.for_site(view.visit.flow),
        html.div(
            frame.notices(asked),
            html.p(html.sentence(_("You are signed in as {username}."), username=who)),
            html.p(_("This server has terms that you have not accepted yet. You can go on once you accept them.")),
            parts.native_form(
                PAGE,
                *frame.carry(asked, "flow", "next"),
                terms_box(view.visit, view.terms),
                parts.submit(_("Continue")),
            ),
            class_name="card stack",
        ),
        _decline(view.visit, asked),
        parts.native_form(
            "/session/end",
            *frame.carry(asked, "flow"),
            parts.submit(_("Cancel"), kind="bare"),
            html.p(_("Cancel signs you out."), class_name="quiet small"),
            class_name="aside",
        ),
    )


def _decline(seen: PageVisit, asked: PageRequest) -> Html:
    """Let a person who does not accept the terms leave: with their data, and without an account."""
    problem = frame.problem_of(seen, "password")
    return html.details(
        html.summary(_("I do not accept them")),
        html.p(_("You can still download your data and delete your account.")),
        html.p(html.a(_("Download my data"), href=EXPORT)),
        html.p(
            _("You are signed out everywhere, and no site can use your account any more. It is deleted in 14 days.")
        ),
        parts.native_form(
            f"{PAGE}/decline",
            *frame.carry(asked, "flow", "next"),
            parts.password_field(_("Password"), problem=problem, hint=_("To be sure that it is you.")),
            parts.submit(_("Delete account"), kind="harm main"),
        ),
        open=bool(problem),
        class_name="card stack",
    )


def terms_box(seen: PageVisit, shown: Terms) -> Html:
    """Return the box to tick; its value is the version, so a page that was open during a change accepts the old one."""
    problem = frame.problem_of(seen, "terms")
    box = html.input(
        type="checkbox",
        id="terms",
        name="terms",
        value=shown.version,
        default_checked=not problem and seen.values.get("terms") == shown.version,
        required=True,
        custom_attrs={"aria-describedby": "terms-version terms-problem", "aria-invalid": bool(problem)},
    )
    link = html.a(_("terms of this server"), href=shown.url, target="_blank", rel="noopener noreferrer")
    version = _("Version {version}. They open in a new tab.").format(version=shown.version)
    return html.div(
        html.div(
            box, html.label(html.sentence(_("I accept the {terms}"), terms=link), html_for="terms"), class_name="tick"
        ),
        html.span(version, id="terms-version", class_name="hint"),
        html.span(problem or None, id="terms-problem", class_name="problem", role="alert"),
        class_name="field",
    )
