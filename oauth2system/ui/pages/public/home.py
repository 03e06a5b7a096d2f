"""The home page: what Oauth2System is, and where to begin."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import code, sentence
from oauth2system.ui.docs import snippets
from oauth2system.ui.pages.public.home_scene import scene
from oauth2system.ui.state import Visitor

SNIPPET = """answer = httpx.post("https://id.example.org/api/user", data={
    "oauth_token": request.args["oauth_token"],
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
})
visitor = answer.json()
# {"id": "184467440737095", "display_name": "Ada Lovelace", …}"""


@layout.page("/", _("Home"), on_load=Visitor.look)
def home() -> rx.Component:
    """Show what Oauth2System is, and links to register and sign in."""
    return layout.wide(_hero(), _promises(), _for_developers(), current="/")


def _hero() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h1(_("One login for all your sites."), tab_index=-1),
            rx.el.p(
                _("Make one account, sign in with it on many sites, and decide what each of them gets to know."),
                class_name="lead",
            ),
            rx.cond(Visitor.signed_in, _go_on(), _begin()),
            class_name="words",
        ),
        scene(),
        class_name="hero",
    )


def _begin() -> rx.Component:
    return rx.el.div(
        rx.el.a(_("Create account"), href="/registration", reload_document=True, class_name="button main large"),
        rx.el.a(_("Sign in"), href="/login", reload_document=True, class_name="button large"),
        class_name="row",
    )


def _go_on() -> rx.Component:
    return rx.el.div(
        rx.el.p(sentence(_("Welcome back, {name}."), name=rx.el.span(Visitor.display_name, class_name="strong"))),
        rx.el.div(
            rx.el.a(_("Your apps"), href="/apps", class_name="button main large"),
            rx.el.a(_("Your connections"), href="/account/connections", class_name="button large"),
            class_name="row",
        ),
        class_name="stack",
    )


def _promises() -> rx.Component:
    return rx.el.section(
        rx.el.h2(_("What you can count on"), class_name="unseen"),
        _promise(
            _("You see it first"),
            _("Before a site of somebody else learns anything, you see the values it would get. Then you decide."),
        ),
        _promise(
            _("One password, kept well"),
            _("Sites never see your password. They get a short-lived pass that only they can use."),
        ),
        _promise(
            _("Take it back any time"),
            _("All the sites you use are in one list. One click revokes a site's access at once."),
        ),
        class_name="band trio",
    )


def _promise(title: str, words: str) -> rx.Component:
    return rx.el.div(rx.el.h3(title), rx.el.p(words), class_name="stack tight")


def _for_developers() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(_("For your own site: three steps")),
            rx.el.p(
                _("No library needed. When you outgrow it, the same app can use OAuth 2.1 and OpenID Connect."),
                class_name="quiet",
            ),
            class_name="stack tight",
        ),
        rx.el.ol(
            _step(
                _("Create an app"),
                _("Give it a name and say where visitors return to. You get a CLIENT ID and a CLIENT SECRET."),
                _keys(),
            ),
            _step(
                _("Send visitors here"),
                _("A plain link is enough. They sign in, see what you ask for, and agree."),
                code(_("Link"), snippets.link(), wraps=True),
            ),
            _step(
                _("Fetch the visitor"),
                _("They come back with a value that is good for one read. Read it, and you know who is there."),
                code("Python", SNIPPET),
            ),
            class_name="steps across",
        ),
        rx.el.p(rx.el.a(_("Read how it works"), href="/docs", class_name="link-line strong")),
        class_name="band",
    )


def _step(title: str, words: str, *shown: rx.Component) -> rx.Component:
    return rx.el.li(rx.el.div(rx.el.h3(title), rx.el.p(words, class_name="quiet"), class_name="stack tight"), *shown)


def _keys() -> rx.Component:
    """Show what the two values of an app look like; these belong to no app."""
    return rx.el.dl(
        rx.el.div(rx.el.dt(_("CLIENT ID")), rx.el.dd(rx.el.code("184467440737095"))),
        rx.el.div(rx.el.dt(_("CLIENT SECRET")), rx.el.dd(rx.el.code("ok_BVIOw_hGX5AvVBnX4…"))),
        class_name="gives sheet",
    )
