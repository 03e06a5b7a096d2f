"""Confirm the email address: by a button, already confirmed, expired, or still waiting."""

from oauth2system.i18n import _, moment_in_words
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.accounts.email_pages import EmailStep, EmailView
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.authorization import flow_view
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.authorization.flows import FlowStage
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.frame import problem_of
from oauth2system.ui.pages.sign_in.person_fields import email


def email_confirm(view: EmailView, asked: PageRequest) -> FilledPage:
    """Show the page, which confirms nothing by itself: mail scanners open links, people press buttons."""
    title = _("Confirm your email")
    if view.step in {EmailStep.DONE, EmailStep.ALREADY}:
        title = _("Your email is confirmed")
    elif view.step is EmailStep.UNDO:
        title = _("Undo the change of email")
    return frame.page(view.visit, title, html.div(_step(view, asked), class_name="card"))


def _step(view: EmailView, asked: PageRequest) -> Html:
    match view.step:
        case EmailStep.CONFIRM | EmailStep.MOVE | EmailStep.UNDO:
            return html.text(frame.notices(asked), _press(view, asked))
        case EmailStep.SIGN_IN:
            return _sign_in_first(view, asked)
        case EmailStep.ALREADY:
            return _already(view)
        case EmailStep.USED | EmailStep.EXPIRED | EmailStep.UNKNOWN:
            return _ended(view, asked)
        case EmailStep.DONE:
            return _done(view, asked)
        case EmailStep.WAITING | EmailStep.ASK:
            return html.text(frame.notices(asked), _waiting(view, asked))


def _press(view: EmailView, asked: PageRequest) -> Html:
    password = [
        html.p(
            _("This is another browser than the one it was made in, so the account's password is needed once."),
            class_name="quiet",
        ),
        parts.password_field(_("Password"), problem=problem_of(view.visit, "password")),
        html.p(
            _("You made no account? Do nothing: without this step the address does not count."),
            class_name="quiet small",
        ),
    ]
    return parts.native_form(
        "/account/email_confirm",
        *frame.carry(asked, "token"),
        _what_it_does(view),
        *(password if view.asks_password else []),
        parts.submit(_("Take it back") if view.step is EmailStep.UNDO else _("Confirm email")),
    )


def _what_it_does(view: EmailView) -> Html:
    name, address = html.b(view.username), html.b(view.address, class_name="breaks")
    match view.step:
        case EmailStep.MOVE:
            words = _("The account {username} changes its email to {address}.")
            return html.p(html.sentence(words, username=name, address=address))
        case EmailStep.UNDO:
            words = _(
                "The account returns to {address}, every device is signed out, "
                "and we send a link for a new password there."
            )
            return html.p(html.sentence(words, address=address))
        case _:
            words = _("The account {username} was made with the address {address}.")
            return html.text(html.p(html.sentence(words, username=name, address=address)), _say_when(view))


def _say_when(view: EmailView) -> Html:
    """Say when the account was made: its owner knows whether that was them."""
    if view.created_at is None:
        return html.NOTHING
    return html.p(_("It was made on {when} (UTC).").format(when=moment_in_words(view.created_at)), class_name="quiet")


def _sign_in_first(view: EmailView, asked: PageRequest) -> Html:
    here = frame.address("/account/email_confirm", {"token": asked.get("token")})
    return html.div(
        html.p(
            html.sentence(
                _("Sign in to the account {username}, then confirm that its email changes to {address}."),
                username=html.b(view.username),
                address=html.b(view.address, class_name="breaks"),
            )
        ),
        html.a(_("Sign in"), href=frame.address("/login", {"next": here}), class_name="button main whole"),
        class_name="stack",
    )  # fmt: skip


def _already(view: EmailView) -> Html:
    way = ("/account", _("Continue")) if view.visit.signed_in else ("/login", _("Sign in"))
    return html.div(
        parts.notice(_("This address is already confirmed."), "good"),
        html.p(html.b(view.address, class_name="breaks")),
        html.a(way[1], href=way[0], class_name="button main whole"),
        class_name="stack",
    )


def _ended(view: EmailView, asked: PageRequest) -> Html:
    words = {
        EmailStep.USED: _("This link was used already."),
        EmailStep.EXPIRED: _("This link has expired. Ask for a new one."),
    }.get(view.step, _("This link does not work. A newer one may have replaced it, or it was copied incompletely."))
    return html.div(parts.notice(words, "warn"), _again(view, asked), class_name="stack")


def _done(view: EmailView, asked: PageRequest) -> Html:
    """Show the success first, then the way on, and last what has expired."""
    flow = view.visit.flow
    return html.div(
        parts.notice(_("Your email is confirmed."), "good"),
        html.p(html.b(view.address, class_name="breaks")),
        _way_on(view, asked, flow),
        class_name="stack",
    )


def _way_on(view: EmailView, asked: PageRequest, flow: FlowView | None) -> Html:
    site = view.site or _("the site")
    if flow is not None and flow.stage in {FlowStage.APP_GONE, FlowStage.SWITCHED_OFF, FlowStage.APP_CHANGED}:
        words = flow_view.explain_stage(flow.stage)
        return html.p(_(words))
    if flow is not None and not flow.is_open:
        late = _("The sign-in took too long: go back to {app} and start again.")
        words = late if flow.stage is FlowStage.EXPIRED else _("Go back to {app} and start again.")
        way = [html.a(_("Back to {app}").format(app=site), href=flow.home, class_name="button main whole")]
        return html.text(html.p(words.format(app=site), class_name="breaks"), way if flow.home else None)
    if view.visit.signed_in:
        where = frame.address("/oauth2/authorize", {"flow": flow.handle}) if flow else "/account"
        words = _("Continue to {app}").format(app=site) if flow else _("Continue")
        return html.a(words, href=where, class_name="button main whole")
    words = _("Sign in to continue to {app}.").format(app=site) if flow or view.site else _("You can sign in now.")
    return html.text(
        html.p(words, class_name="breaks"),
        html.a(_("Sign in"), href=frame.address("/login", frame.onward(asked)), class_name="button main whole"),
    )


def _waiting(view: EmailView, asked: PageRequest) -> Html:
    return html.div(
        html.div(parts.icon("mail", 30), class_name="tile"),
        _sent_to(view),
        _change(view, asked),
        frame.mailbox(view.visit),
        html.p(
            _("Nothing there after some minutes? Look into the spam folder, or have it sent again."), class_name="quiet"
        ),
        _again(view, asked),
        class_name="stack",
        # A script asks now and then whether it was confirmed elsewhere, and loads the page again when it was.
        custom_attrs={"data-watches": "/account/email_confirm/state"} if view.step is EmailStep.WAITING else {},
    )


def _sent_to(view: EmailView) -> Html:
    if view.step is EmailStep.WAITING:
        words = _("We sent a link to {address}. Open it on any device and press {button}.")
        address = html.b(view.address, class_name="breaks")
        return html.p(html.sentence(words, address=address, button=html.b(_("Confirm email"))))
    words = _("We send a link to your address. Open it and press {button}.")
    return html.p(html.sentence(words, button=html.b(_("Confirm email"))))


def _change(view: EmailView, asked: PageRequest) -> Html:
    """Offer to change a mistyped address: here where the account was made, on the profile elsewhere."""
    if view.step is not EmailStep.WAITING:
        return html.NOTHING
    if not view.registered_here:
        return html.p(_("Wrong address?"), " ", frame.link(_("Change it in your profile"), "/account"))
    form = parts.native_form(
        "/account/email_confirm/change",
        *frame.carry(asked, "flow", "next"),
        email(view.visit),
        parts.submit(_("Change email"), kind="whole"),
    )
    return html.details(html.summary(_("Wrong address? Change it.")), form, open="email" in view.visit.problems)


def _again(view: EmailView, asked: PageRequest) -> Html:
    known = view.step is EmailStep.WAITING
    return parts.native_form(
        "/account/email_confirm/resend",
        *frame.carry(asked, "flow", "next"),
        html.NOTHING if known else email(view.visit),
        parts.submit(_("Send it again") if known else _("Send a link"), kind="whole"),
    )
