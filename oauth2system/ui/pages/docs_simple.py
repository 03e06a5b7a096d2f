"""For developers: the whole simple flow on one page, in four languages, and what each refusal means."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout, snippets
from oauth2system.ui.components import code
from oauth2system.ui.state import Visitor

ANSWER = """{
  "id": "184467440737095",
  "username": "ada",
  "user_name": "ada",
  "display_name": "Ada Lovelace",
  "avatar": null,
  "email": "ada@example.org",
  "email_verified": true
}"""

REFUSALS = (
    ("invalid_client", "401", _("The CLIENT ID or the CLIENT SECRET is wrong.")),
    (
        "invalid_token",
        "401",
        _("The value is unknown, was read before or is too old. Send the visitor again."),
    ),
    ("insufficient_scope", "403", _("The visitor allowed neither identify nor email.")),
    ("invalid_request", "400", _("A parameter came twice or cannot be read.")),
)


LEAD = _(
    "Two calls, no library: a link that brings visitors here, "
    "and one request from your server that tells who came back."
)


@layout.page("/docs/simple-flow", _("The simple flow"), description=LEAD, on_load=Visitor.look)
def docs_simple() -> rx.Component:
    """Teach the way from nothing to a greeting by name."""
    return layout.wide(
        layout.back("/docs", _("For developers")),
        layout.heading(_("The simple flow"), LEAD),
        rx.el.div(*_app(), *_send(), *_fetch(), *_whole(), *_refusals(), *_good_to_know(), class_name="prose"),
        current="/docs",
        class_name="read",
    )


def _app() -> tuple[rx.Component, ...]:
    return (
        rx.el.h2(_("1. Create an app")),
        rx.el.p(
            _("Under "),
            rx.el.a(_("Your apps"), href="/apps"),
            _(
                " give it a name and save a redirect URI: the address visitors return to. You get a CLIENT ID, "
                "and once a CLIENT SECRET; keep the secret on your server, never in a page."
            ),
        ),
    )


def _send() -> tuple[rx.Component, ...]:
    return (
        rx.el.h2(_("2. Send visitors here")),
        rx.el.p(_('Put this address behind "Sign in". They sign in, see what you ask for, and agree.')),
        code(_("Link"), snippets.link(), wraps=True),
        rx.el.dl(
            _term("identify", _("id, username, display name and avatar")),
            _term("email", _("the confirmed address")),
            _term(
                "state", _("a random value of your own; it comes back unchanged, so that you know your own visitors")
            ),
            class_name="gives sheet",
        ),
    )


def _term(term: str, words: str) -> rx.Component:
    return rx.el.div(rx.el.dt(rx.el.code(term)), rx.el.dd(words, class_name="plain-words"))


def _fetch() -> tuple[rx.Component, ...]:
    return (
        rx.el.h2(_("3. Fetch the visitor")),
        rx.el.p(
            _("The browser returns to your address with "),
            rx.el.code("?oauth_token=VALUE&code=VALUE"),
            _(", one value under two names. It is good for one read within 120 seconds:"),
        ),
        code("curl", snippets.curl()),
        rx.el.p(_("The answer, when both scopes were allowed:")),
        code("JSON", ANSWER),
        rx.el.p(
            _(
                "Know people by their id: it never changes and is never given to anybody else. If they press Cancel, "
                "they return with "
            ),
            rx.el.code("?error=access_denied"),
            ".",
        ),
    )


def _whole() -> tuple[rx.Component, ...]:
    return (
        rx.el.h2(_("A whole site")),
        rx.el.p(
            _("Each of these is complete; put in your CLIENT ID and start it with CLIENT_SECRET in its environment.")
        ),
        code(_("Python, with Flask and httpx"), snippets.flask()),
        _folded(_("JavaScript, with Node alone"), "JavaScript", snippets.javascript()),
        _folded(_("PHP, with PHP alone"), "PHP", snippets.php()),
    )


def _folded(title: str, language: str, text: str) -> rx.Component:
    return rx.el.details(rx.el.summary(title), code(language, text))


def _refusals() -> tuple[rx.Component, ...]:
    return (
        rx.el.h2(_("When it says no")),
        rx.el.p(
            _("Every refusal is JSON with "), rx.el.code("error"), _(" and "), rx.el.code("error_description"), "."
        ),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(_("Error"), scope="col"),
                    rx.el.th(_("Status"), scope="col"),
                    rx.el.th(_("Meaning"), scope="col"),
                )
            ),
            rx.el.tbody(
                *(
                    rx.el.tr(rx.el.th(rx.el.code(name), scope="row"), rx.el.td(status), rx.el.td(words))
                    for name, status, words in REFUSALS
                )
            ),
            class_name="table",
        ),
    )


def _good_to_know() -> tuple[rx.Component, ...]:
    return (
        rx.el.h2(_("Good to know")),
        rx.el.ul(
            rx.el.li(_("Redirect URIs are compared letter by letter: a slash more is another address.")),
            rx.el.li(_("On your own machine http://localhost is allowed; anywhere else use https.")),
            rx.el.li(_("Does your site keep the value and ask again later? Allow re-reading on your app's page.")),
            rx.el.li(
                _("HTTP Basic works for the CLIENT ID and CLIENT SECRET too; so does a GET with all three values.")
            ),
        ),
    )
