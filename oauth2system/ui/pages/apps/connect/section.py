"""How a site is connected: the link to put together, what to call, and what libraries ask for."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.protocol.discovery import PATHS
from oauth2system.ui import layout
from oauth2system.ui.components import Content, code, field, named_value, notice, sentence
from oauth2system.ui.docs import snippets
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.state import Visitor

ISSUER, DISCOVERY = "issuer", "discovery"
# What products ask for, in the order of most of their forms.
ADDRESSES = (
    (ISSUER, _("Issuer")),
    (DISCOVERY, _("Discovery address")),
    ("authorization_endpoint", _("Authorization endpoint")),
    ("token_endpoint", _("Token endpoint")),
    ("userinfo_endpoint", _("Userinfo endpoint")),
    ("jwks_uri", _("JWKS address")),
    ("end_session_endpoint", _("Sign-out endpoint")),
)
SIMPLE_SCOPES = (
    ("identify", _("Username, display name, user id and avatar")),
    ("email", _("Email address, which is always confirmed")),
)
SCOPES = (
    ("openid", _("Sign in, with an ID token")),
    ("identify", _("Username, display name, user id and avatar, as in the simple flow")),
    ("profile", _("Username, display name and avatar")),
    ("email", _("Email address")),
    ("offline_access", _("Keep the access while the person is away")),
)
# Vars of lists, which are typed as their values.
TICKED: Content = AppState.link_scopes
ALLOWED: Content = AppState.scopes
REGISTERED: Content = AppState.uris
# The pair of RFC 7636 appendix B: good enough to try a link by hand, because everybody knows it.
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def connect() -> rx.Component:
    """Return how to connect a site: by the simple flow where it is on, else by the standard."""
    return rx.cond(AppState.simple_flow, _simple_way(), _standard_way())


def _simple_way() -> rx.Component:
    link = Visitor.origin + "/oauth2/authorize?client_id=" + AppState.app_id + "&scope=" + TICKED.join("+") + _state()
    returns = _address(
        "link", AppState.choose_uri, _("The simple link always returns to the marked address: this marks it.")
    )
    return layout.section(
        _("Connect your site"),
        _("Filled with this app's values; only the secret is left for you to put in."),
        _builder("link", link, SIMPLE_SCOPES, returns, is_ready=AppState.simple_uri != ""),
        rx.el.p(
            sentence(
                _(
                    "Visitors return to your address with {value}. Your server trades it for the visitor, once, "
                    "within 120 seconds:"
                ),
                value=rx.el.code("?oauth_token=VALUE"),
            ),
        ),
        code("curl", snippets.curl(Visitor.origin, AppState.app_id)),
        rx.el.details(
            rx.el.summary(_("The same as a small Flask site")),
            code("Python", snippets.flask(Visitor.origin, AppState.app_id)),
        ),
        rx.el.p(
            rx.el.a(_("More languages, and what can go wrong"), href="/docs/simple-flow", class_name="link-line strong")
        ),
    )


def _standard_way() -> rx.Component:
    link = (
        Visitor.origin
        + "/oauth2/authorize?response_type=code&client_id="
        + AppState.app_id
        + "&redirect_uri="
        + AppState.link_uri_written
        + "&scope="
        + TICKED.join("+")
        + _state()
        + rx.cond(AppState.require_pkce, f"&code_challenge={CHALLENGE}&code_challenge_method=S256", "")
    )
    returns = _address("trial", AppState.lead_to, None)
    return layout.section(
        _("Connect your app"),
        _("Give a library for OpenID Connect the CLIENT ID and the discovery address below; it finds out the rest."),
        rx.cond(
            AppState.is_public,
            rx.el.p(
                _("The app is public: it has no secret and proves each sign-in with PKCE, which libraries do for it.")
            ),
        ),
        rx.cond(
            AppState.takes_links,
            rx.el.details(
                rx.el.summary(_("Try a link by hand")),
                rx.el.div(
                    _builder("trial", link, SCOPES, returns, is_ready=AppState.link_uri != ""),
                    rx.cond(AppState.require_pkce, _pair()),
                    class_name="stack",
                ),
            ),
        ),
        rx.el.p(rx.el.a(_("How to, in several languages"), href="/docs", class_name="link-line strong")),
    )


def _state() -> rx.Var[str]:
    return rx.cond(AppState.link_state != "", "&state=" + AppState.link_state, "")


def _pair() -> rx.Component:
    return rx.el.p(
        sentence(
            _(
                "The challenge is the example of RFC 7636, to try it once. Its verifier is {verifier}. "
                "Your library makes a fresh pair for each sign-in."
            ),
            verifier=rx.el.code(VERIFIER, class_name="breaks"),
        ),
        class_name="hint",
    )


def _builder(
    own: str, link: Content, scopes: tuple[tuple[str, str], ...], returns: Content, *, is_ready: Content
) -> rx.Component:
    """Return the controls of a link and the link itself, which can be taken once it leads somewhere."""
    return rx.el.div(
        rx.el.fieldset(
            rx.el.legend(_("What your site asks for"), class_name="label"),
            *(rx.cond(ALLOWED.contains(name), _tick(own, name, words)) for name, words in scopes),
        ),
        returns,
        field(
            _("State"),
            f"{own}_state",
            hint=_("Optional. It comes back unchanged; your site compares it with the one in the visitor's session."),
            on_change=AppState.write_state.debounce(200),
            max_length=200,
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
        ),
        rx.cond(
            is_ready,
            rx.cond(
                AppState.link_scopes,
                rx.el.div(
                    code(_("Authorization link"), link, wraps=True),
                    rx.el.div(_open(link), class_name="row"),
                    class_name="stack",
                ),
                notice(_("Tick at least one thing to ask for."), "warn"),
            ),
            notice(_("The link appears here as soon as it has an address to return to."), "warn"),
        ),
        class_name="stack",
    )


def _tick(builder: str, name: str, words: str) -> rx.Component:
    own = f"{builder}-{name}"
    return rx.el.div(
        rx.el.input(
            id=own,
            type="checkbox",
            checked=TICKED.contains(name),
            on_change=lambda on: AppState.tick(name, on),
            custom_attrs={"aria-describedby": f"{own}-hint"},
        ),
        rx.el.span(
            rx.el.label(rx.el.code(name), html_for=own),
            rx.el.span(words, id=f"{own}-hint", class_name="hint"),
            class_name="option",
        ),
        class_name="choice",
    )


def _address(builder: str, on_change: Content, hint: str | None) -> rx.Component:
    """Return the choice of the address to return to, where there is more than one."""
    own = f"{builder}_uri"
    return rx.cond(
        REGISTERED.length() > 1,
        rx.el.div(
            rx.el.label(_("Visitors return to"), html_for=own),
            rx.el.select(
                rx.cond(AppState.link_uri == "", rx.el.option("", value="")),
                rx.foreach(AppState.uris, lambda uri: rx.el.option(uri, value=uri)),
                id=own,
                value=AppState.link_uri,
                on_change=on_change,
                custom_attrs={} if hint is None else {"aria-describedby": f"{own}-hint"},
            ),
            rx.el.span(hint, id=f"{own}-hint", class_name="hint") if hint else rx.fragment(),
            class_name="field",
        ),
    )


def _open(link: Content) -> rx.Component:
    return rx.el.button(_("Open link"), type="button", class_name="button", custom_attrs={"data-opens": link})


def addresses() -> rx.Component:
    """Return the addresses that libraries and products ask for, and complete settings for some of them."""
    return layout.section(
        _("Addresses for a library"),
        _("Most libraries need the issuer or the discovery address alone. Some products ask for each."),
        rx.el.div(
            *(named_value(label, Visitor.origin + path_of(name)) for name, label in ADDRESSES), class_name="addresses"
        ),
        rx.cond(AppState.takes_secret, _libraries()),
    )


def path_of(name: str) -> str:
    """Return what follows the origin in one of these addresses."""
    return {ISSUER: "", DISCOVERY: "/.well-known/openid-configuration"}.get(name) or PATHS.get(name, "")


def _libraries() -> rx.Component:
    return rx.el.div(
        _fill_snippet(_("Settings as a .env file"), ".env", snippets.env(Visitor.origin, AppState.app_id)),
        _fill_snippet(_("A Flask site with Authlib"), "Authlib", snippets.authlib(Visitor.origin, AppState.app_id)),
        _fill_snippet("oauth2-proxy", "oauth2-proxy.cfg", snippets.oauth2_proxy(Visitor.origin, AppState.app_id)),
        rx.el.p(
            sentence(
                _("Does your library read the name from the ID token? Switch on: {switch}"),
                switch=rx.el.a(_("Name and email in the ID token too"), href="/apps/" + AppState.app_id + "/protocol"),
            ),
            class_name="hint",
        ),
    )


def _fill_snippet(summary: str, title: str, text: str) -> rx.Component:
    return rx.el.details(rx.el.summary(summary), code(title, text))
