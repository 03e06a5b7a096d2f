"""Connect a device: type the code it shows, look at what it asks for, let it in or not (RFC 8628 §3.3)."""

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.policy import page_messages
from oauth2system.policy.page_messages import PageMessage
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.sign_in_pages import DevicePage
from oauth2system.services.authorization.device import DeviceView
from oauth2system.ui.pages.sign_in import frame
from oauth2system.ui.pages.sign_in.facts import scopes_asked

# The form with the two answers; the boxes in the question belong to it.
ANSWER = "answer"


def device(view: DevicePage, asked: PageRequest) -> FilledPage:
    """Ask always, also when the code came with the address: it may be somebody else's (RFC 8628 §5.4)."""
    title = _("Connect a device")
    if view.question is not None:
        refused = page_messages.error(asked.get("error"))
        return frame.page(view.visit, title, frame.notice(refused), _question(view.question))
    if view.refusal:
        return frame.page(view.visit, title, _code(asked, PageMessage(view.refusal, "bad")))
    query = page_messages.query_of(view.code) if view.code else asked.query
    said = page_messages.of_query(query)
    if query.get("notice"):
        return frame.page(view.visit, title, _done(said))
    if query.get("error") == "device_unconfirmed":
        return frame.page(view.visit, title, _unconfirmed(said))
    if view.code == "device_code":
        return frame.page(view.visit, title, _code(asked, problem=_(said.text)))
    return frame.page(view.visit, title, _code(asked, said))


def _code(asked: PageRequest, said: PageMessage = page_messages.NOTHING, problem: str = "") -> Html:
    return html.div(
        frame.notice(said),
        html.p(_("Type the code that your device shows.")),
        html.form(
            parts.field(
                _("Code"),
                "user_code",
                problem=problem,
                hint=_("Eight letters, like BCDF-GHJK."),
                default_value=asked.get("user_code")[:64],
                auto_complete="off",
                auto_capitalize="characters",
                spell_check=False,
                required=True,
                auto_focus=True,
                max_length=64,
            ),
            parts.submit(_("Continue")),
            action="/device",
            method="get",
            class_name="form",
        ),
        class_name="card stack",
    )


def _question(ask: DeviceView) -> Html:
    return html.div(
        html.div(
            parts.monogram(ask.app_name[:1], ask.logo) if ask.logo else None,
            html.p(
                html.sentence(
                    _("{app} wants to be connected on a device."), app=html.b(ask.app_name, class_name="breaks")
                )
            ),
            html.p(_("It must show this very code:"), class_name="quiet"),
            html.p(html.b(ask.user_code), class_name="user-code"),
            parts.notice(_("Go on only if you hold that device and began this yourself."), "warn"),
            html.p(_("It will get:")),
            scopes_asked.gives(ask.asked, ANSWER),
            html.p(scopes_asked.owner(ask.publisher), class_name="quiet"),
            class_name="card stack",
        ),
        parts.native_form(
            "/device",
            parts.hidden("user_code", ask.user_code),
            parts.hidden("account", ask.account),
            scopes_asked.offered(ask.asked),
            frame.answer(_("Authorize"), "authorize", "main large"),
            frame.answer(_("Cancel"), "cancel", "large"),
            class_name="form pair decision",
            id=ANSWER,
        ),
        html.p(html.sentence(_("Signed in as {username}"), username=html.b(ask.username)), class_name="aside"),
        class_name="stack",
    )


def _unconfirmed(said: PageMessage) -> Html:
    return html.div(
        frame.notice(said),
        html.p(frame.link(_("Confirm it now"), "/account/email_confirm", class_name="button main")),
        class_name="card stack",
    )


def _done(said: PageMessage) -> Html:
    return html.div(
        frame.notice(said),
        html.p(frame.link(_("Your connections"), "/account/connections", class_name="button")),
        class_name="card stack",
    )
