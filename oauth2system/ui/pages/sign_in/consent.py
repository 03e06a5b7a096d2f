"""Consent: which app asks, the values that it would get, and where the browser goes next."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.sign_in_pages import ConsentPage
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.authorization.flows import FlowStage
from oauth2system.ui import words
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.facts import app_facts, scopes_asked

# The form with the two answers; the boxes in the question belong to it.
ANSWER = "answer"


def consent(view: ConsentPage, asked: PageRequest) -> FilledPage:
    """Ask once; the answer is a native form, because it ends on another site."""
    if view.question is None:
        return frame.explain_ended(view.visit, view.visit.flow or FlowView(FlowStage.NEVER))
    ask = view.question
    return frame.page(
        view.visit,
        _("Sign in to {app}?").format(app=ask.app_name),
        html.div(frame.notices(asked), question(ask), _decision(ask), _as_whom(ask), class_name="stack"),
        heading=html.sentence(_("Sign in to {app}?"), app=html.span(ask.app_name, class_name="breaks")),
    )


def question(ask: ConsentView) -> Html:
    """Return the question without its answers: also what an owner sees of it before anybody is asked."""
    return html.div(
        _meeting(ask),
        html.div(
            _asker(ask), scopes_asked.gives(ask.new, ANSWER), _known(ask), _where(ask), app_facts.more(ask),
            class_name="stack",
        ),
        class_name="card",
    )  # fmt: skip


def _meeting(ask: ConsentView) -> Html:
    thread = html.span(class_name="thread")
    return html.div(
        parts.monogram(ask.app_name[:1], ask.logo, big=True),
        thread,
        parts.mark(40),
        thread,
        parts.monogram(ask.display_name[:1], ask.picture, big=True, round_=True),
        class_name="meet",
        custom_attrs={"aria-hidden": "true"},
    )


def _asker(ask: ConsentView) -> Html:
    app = html.b(ask.app_name, class_name="breaks")
    asks = _("{app} asks for more than before. It will also get:") if ask.known else _(
        "{app} asks who you are. It will get:"
    )  # fmt: skip
    return html.div(
        html.p(ask.description, class_name="quiet breaks") if ask.description else None,
        app_facts.domain(ask.publisher),
        html.p(html.sentence(asks, app=app)),
        html.p(_("You agreed to this before; this time it asks again."), class_name="quiet small")
        if ask.asks_again
        else None,
        class_name="stack tight",
    )


def _known(ask: ConsentView) -> Html:
    """Say what the app has already: it is not asked for again."""
    if not ask.known:
        return html.NOTHING
    has = words.listed([_(one.words) for one in ask.known])
    return html.p(_("It has already: {scopes}.").format(scopes=has), class_name="quiet small")


def _where(ask: ConsentView) -> Html:
    return html.div(
        html.p(_("It gets nothing else, and never your password."), class_name="strong"),
        html.p(
            scopes_asked.owner(ask.publisher),
            " ",
            f"{app_facts.age(ask.publisher)} " if ask.publisher.is_new else None,
            html.sentence(
                _("Next, your browser goes to {address}."), address=html.b(ask.destination, class_name="breaks")
            ),
            class_name="quiet",
        ),
        parts.notice(
            _("This address is on your own machine. Go on only if you have just started such a program there."), "warn"
        )
        if ask.is_loopback
        else None,
        class_name="stack tight",
    )


def _decision(ask: ConsentView) -> Html:
    return parts.native_form(
        "/consent",
        parts.hidden("flow", ask.flow),
        parts.hidden("account", ask.account),
        scopes_asked.offered(ask.new),
        frame.answer(_("Authorize"), "authorize", "main large"),
        frame.answer(_("Cancel"), "cancel", "large"),
        class_name="form pair decision",
        id=ANSWER,
    )


def _as_whom(ask: ConsentView) -> Html:
    return html.div(
        html.span(html.sentence(_("Signed in as {username}"), username=html.b(ask.username))),
        parts.native_form(
            "/session/end",
            parts.hidden("flow", ask.flow),
            parts.submit(_("Use another account"), kind="bare"),
            class_name="",
        ),
        class_name="aside row",
    )
