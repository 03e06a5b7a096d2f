"""The first administrator, by the one-time link that the server prints."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.runtime.one_time_links import LinkStage
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.sign_in_pages import SetupView
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.person_fields import fields


def setup(view: SetupView, asked: PageRequest) -> FilledPage:
    """Judge the link first: the form is shown only where it can make the first administrator."""
    return frame.page(
        view.visit, _("Set up this server"), html.div(frame.notices(asked), _step(view, asked), class_name="card")
    )


def _step(view: SetupView, asked: PageRequest) -> Html:
    if view.has_admin:
        return _nothing_to_do(
            _("This server already has an administrator"), _("There is nothing to set up here."), _("Sign in"), "/login"
        )
    if view.link is LinkStage.USABLE:
        return html.text(_promote(view, asked), _form(view, asked))
    again = _("When the server starts without an administrator, it prints a new one-time link.")
    if not view.has_link:
        return _nothing_to_do(_("The link is missing"), again, _("Go to the home page"), "/")
    return _nothing_to_do(
        _("This link is not valid"), _("Start the server again for a new one."), _("Go to the home page"), "/"
    )


def _promote(view: SetupView, asked: PageRequest) -> Html:
    """Let somebody who has an account already become the administrator with it."""
    if not view.may_be_promoted:
        return html.NOTHING
    name = view.visit.username
    return html.text(
        parts.native_form(
            "/setup/promote",
            *frame.carry(asked, "token"),
            html.p(html.sentence(_("You are signed in as {username}."), username=html.b(name))),
            parts.submit(_("Make {username} the administrator").format(username=name)),
        ),
        html.p(_("Or create another account for it:"), class_name="strong between"),
    )


def _form(view: SetupView, asked: PageRequest) -> Html:
    return parts.native_form(
        "/setup",
        *frame.carry(asked, "token"),
        html.p(_("This account will be the administrator.")),
        *fields(view.visit, _("It counts as confirmed, since the link came from your own server.")),
        parts.submit(_("Create account"), kind="whole" if view.may_be_promoted else "main whole"),
    )


def _nothing_to_do(title: str, words: str, way: str, path: str) -> Html:
    return parts.empty(
        title, words, html.a(way, href=path, class_name="button"), drawing=parts.icon("info", 40, "faint")
    )
