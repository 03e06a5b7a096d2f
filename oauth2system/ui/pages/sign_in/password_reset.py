"""A forgotten password: ask for a link, choose a new one, done."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.runtime.one_time_links import LinkStage
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.sign_in_pages import ResetView
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.frame import problem_of


def password_reset(view: ResetView, asked: PageRequest) -> FilledPage:
    """Show one of three steps; a link that does not work is reported before a password is typed."""
    if view.link is None:
        step = _sent(view) if asked.get("sent") else _ask(view, asked)
    elif view.link is LinkStage.USABLE:
        step = _choose(view, asked)
    else:
        step = _ended(view.link)
    return frame.page(
        view.visit,
        _("Choose a new password"),
        html.div(frame.notices(asked) if view.link in {None, LinkStage.USABLE} else None, step, class_name="card"),
        html.p(frame.link(_("Back to signing in"), "/login"), class_name="aside"),
    )


def _ask(view: ResetView, asked: PageRequest) -> Html:
    seen = view.visit
    return parts.native_form(
        "/account/password_reset",
        html.p(_("Give the address of your account. We send a link that lets you choose a new password.")),
        parts.field(
            _("Email"),
            "email",
            type="email",
            problem=problem_of(seen, "email"),
            default_value=seen.values.get("email", ""),
            auto_complete="email",
            required=True,
            auto_focus=not asked.get("error"),
        ),
        parts.submit(_("Send the link")),
    )


def _sent(view: ResetView) -> Html:
    return html.div(
        html.div(parts.icon("mail", 30), class_name="tile"),
        html.p(_("If an account has this address, a link is on its way. It works for 30 minutes.")),
        frame.mailbox(view.visit),
        html.p(_("Nothing there after some minutes? Look into the spam folder."), class_name="quiet"),
        html.a(_("Ask again"), href="/account/password_reset", class_name="button whole"),
        class_name="stack",
    )


def _choose(view: ResetView, asked: PageRequest) -> Html:
    # Password managers keep the new password under this name.
    name = html.input(
        type="text", name="username", value=view.account, auto_complete="username", hidden=True, read_only=True
    )
    return parts.native_form(
        "/account/password_reset/new",
        *frame.carry(asked, "token"),
        html.p(html.sentence(_("A new password for {username}."), username=html.b(view.account)), class_name="breaks"),
        name,
        parts.password_field(
            _("Password"),
            new=True,
            problem=problem_of(view.visit, "password"),
            hint=_("8 characters or more. Every device that is signed in now will be signed out."),
            auto_focus=True,
        ),
        parts.submit(_("Set the new password")),
    )


def _ended(link: LinkStage) -> Html:
    words = {
        LinkStage.USED: _("This link was used already: a new password was set with it. If that was you, sign in."),
        LinkStage.EXPIRED: _("This link has expired; it worked for 30 minutes. Ask for a new one."),
    }.get(link, _("This link does not work. It may have been replaced by a newer one, or copied incompletely."))
    return html.div(
        parts.notice(words, "warn"),
        html.a(_("Ask for a new link"), href="/account/password_reset", class_name="button main whole"),
        class_name="stack",
    )
