"""The builder of an authorization link: ticked, copied, opened, and shown as the page that visitors get."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import Content, button, code, field, notice, sentence
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect import links
from oauth2system.ui.pages.apps.connect.state import ConnectState

FLOWS = (
    (links.SIMPLE, _("Simple flow")),
    (links.CODE, _("Authorization code with PKCE")),
)
WORDS = {
    "openid": _("Sign in, with an ID token"),
    "identify": _("Username, display name, user id and avatar"),
    "profile": _("Username, display name and avatar"),
    "email": _("Email address, which is always confirmed"),
    "offline_access": _("Keep the access while the person is away"),
}
PROMPTS = (
    ("", _("As needed")),
    ("login", _("Sign in again")),
    ("consent", _("Ask for consent again")),
    ("select_account", _("Choose the account")),
    ("create", _("Create an account")),
    ("none", _("Show no page at all")),
)
MODES = (("", _("In the query")), ("fragment", _("In the fragment")), ("form_post", _("As a form")))
# Vars of lists, which are typed as their values.
TICKED: Content = ConnectState.link_scopes
ALLOWED: Content = AppState.scopes
REGISTERED: Content = AppState.uris
IS_CODE: Content = ConnectState.flow == links.CODE
IS_SHOWN: Content = ConnectState.consent_page != ""


def builder() -> rx.Component:
    """Return the controls of a link, the link itself, and the page that it leads to."""
    return layout.section(
        _("Authorization link"),
        _("This link brings visitors here. Choose what your site asks for, then copy the link or open it."),
        rx.cond(AppState.simple_flow & AppState.takes_links, _flows()),
        rx.el.fieldset(
            rx.el.legend(_("What your site asks for"), class_name="label"),
            *(rx.cond(_offers(name), _tick(name, words)) for name, words in WORDS.items()),
        ),
        _address(),
        field(
            _("State"),
            "link_state",
            hint=_("Optional. It comes back unchanged; your site compares it with the one in the visitor's session."),
            default_value=ConnectState.typed_state,
            key=ConnectState.state_round,
            on_change=ConnectState.write_state.debounce(200),
            max_length=200,
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
        ),
        rx.cond(IS_CODE, _code_flow()),
        _link(),
    )


def _offers(name: str) -> Content:
    is_simple = name in links.SCOPES[links.SIMPLE]
    return ALLOWED.contains(name) if is_simple else ALLOWED.contains(name) & IS_CODE


def _flows() -> rx.Component:
    return rx.el.div(
        rx.el.label(_("Flow"), html_for="link_flow"),
        rx.el.select(
            *(rx.el.option(words, value=flow) for flow, words in FLOWS),
            id="link_flow",
            value=ConnectState.flow,
            on_change=ConnectState.choose_flow,
        ),
        class_name="field",
    )


def _tick(name: str, words: str) -> rx.Component:
    own = f"link-{name}"
    return rx.el.div(
        rx.el.input(
            id=own,
            type="checkbox",
            checked=TICKED.contains(name),
            on_change=lambda on: ConnectState.tick(name, on),
            custom_attrs={"aria-describedby": f"{own}-hint"},
        ),
        rx.el.span(
            rx.el.label(rx.el.code(name), html_for=own),
            rx.el.span(words, id=f"{own}-hint", class_name="hint"),
            class_name="option",
        ),
        class_name="choice",
    )


def _address() -> rx.Component:
    """Return the choice of the address to return to, where there is more than one."""
    return rx.cond(
        REGISTERED.length() > 1,
        rx.el.div(
            rx.el.label(_("Visitors return to"), html_for="link_uri"),
            rx.el.select(
                rx.cond(ConnectState.link_uri == "", rx.el.option("", value="")),
                rx.foreach(AppState.uris, lambda uri: rx.el.option(uri, value=uri)),
                id="link_uri",
                value=ConnectState.link_uri,
                on_change=lambda uri: rx.cond(IS_CODE, ConnectState.lead_to(uri), AppState.choose_uri(uri)),
                custom_attrs={"aria-describedby": "link_uri-hint"},
            ),
            rx.el.span(
                rx.cond(IS_CODE, "", _("The simple link always returns to the marked address: this marks it.")),
                id="link_uri-hint",
                class_name="hint",
            ),
            class_name="field",
        ),
    )


def _code_flow() -> rx.Component:
    """Return what only a link of the code flow has: the values of one sign-in, and the other parameters."""
    return rx.fragment(
        rx.el.div(button(_("New state, nonce and PKCE pair"), ConnectState.make_fresh), class_name="row"),
        rx.el.p(
            sentence(
                _(
                    "To try the link by hand, exchange the code with this verifier: {verifier}. "
                    "Your library makes a new one for each sign-in."
                ),
                verifier=rx.el.code(ConnectState.verifier, class_name="breaks"),
            ),
            class_name="hint",
        ),
        rx.el.details(
            rx.el.summary(_("More parameters")),
            rx.el.div(
                _choice("prompt", _("What the visitor is asked"), PROMPTS),
                _choice("response_mode", _("How the answer comes back"), MODES),
                _text("login_hint", _("Who probably signs in")),
                _text("ui_locales", _("Languages of our pages, such as “de en”")),
                class_name="stack",
            ),
        ),
    )


def _choice(name: str, label: str, offered: tuple[tuple[str, str], ...]) -> rx.Component:
    own = f"link-{name}"
    return rx.el.div(
        rx.el.label(label, " ", rx.el.code(name), html_for=own),
        rx.el.select(
            *(rx.el.option(words, value=value) for value, words in offered),
            id=own,
            on_change=lambda value: ConnectState.write_extra(name, value),
        ),
        class_name="field",
    )


def _text(name: str, label: str) -> rx.Component:
    own = f"link-{name}"
    return rx.el.div(
        rx.el.label(label, " ", rx.el.code(name), html_for=own),
        rx.el.input(
            id=own,
            type="text",
            on_blur=lambda value: ConnectState.write_extra(name, value),
            max_length=200,
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
        ),
        class_name="field",
    )


def _link() -> rx.Component:
    words = rx.cond(ConnectState.consent_page == "", _("Show the consent page"), _("Hide the consent page"))
    return rx.cond(
        ConnectState.link_uri == "",
        no_address(),
        rx.cond(
            ConnectState.link == "",
            notice(_("Tick at least one thing to ask for."), "warn"),
            rx.el.div(
                show_link(button(words, ConnectState.show_consent)), rx.cond(IS_SHOWN, _preview()), class_name="stack"
            ),
        ),
    )


def no_address() -> rx.Component:
    """Stand in for the link while it would lead nowhere."""
    return notice(_("The link appears here as soon as it has an address to return to."), "warn")


def show_link(*buttons: Content) -> rx.Component:
    """Return the link, to be copied or opened."""
    return rx.fragment(
        code(_("Authorization link"), ConnectState.link, wraps=True),
        rx.el.div(_open(ConnectState.link), *buttons, class_name="row"),
    )


def _open(link: Content) -> rx.Component:
    return rx.el.button(_("Open link"), type="button", class_name="button", custom_attrs={"data-opens": link})


def _preview() -> rx.Component:
    """Return the consent page at the width of a phone, in a frame in which nothing runs and nothing can be sent.

    It keeps our origin, without which our fonts are not read; no script is allowed in it that could use this.
    """
    return rx.el.figure(
        rx.el.figcaption(
            _("What a visitor sees at the first visit, with your own values. Nothing in it can be clicked."),
            class_name="hint",
        ),
        rx.el.iframe(
            src_doc=ConnectState.consent_page,
            title=_("Preview of the consent page"),
            class_name="preview",
            custom_attrs={"sandbox": "allow-same-origin"},
        ),
        class_name="stack tight",
    )
