"""The quick starts on an app's page: a list to choose from, and everything that the chosen one needs."""

import reflex as rx

from oauth2system.i18n import Message, _
from oauth2system.ui import layout
from oauth2system.ui.components import Content, button, code, field, notice, sentence
from oauth2system.ui.docs.quick_starts.catalog import ALL
from oauth2system.ui.docs.quick_starts.start import KINDS, PROOFS, SECRET
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect.quick_start_state import QuickStartState

REGISTERED: Content = AppState.uris
PARTS: Content = QuickStartState.parts


def quick_starts() -> rx.Component:
    """Return the list and the chosen quick start."""
    return layout.section(
        _("Quick start"),
        _("Filled with this app's values; only the secret is left for you to put in."),
        _list(),
        rx.cond(
            QuickStartState.needs_public & ~AppState.is_public,
            notice(_("This needs a public app, which has no secret. Create one for it."), "warn"),
        ),
        rx.cond(
            ~QuickStartState.needs_public & ~AppState.takes_secret,
            notice(_("This needs a secret, and your app has none. Create an app with a secret for it."), "warn"),
        ),
        rx.cond(
            QuickStartState.is_simple & ~AppState.simple_flow & AppState.takes_secret,
            notice(_("The simple flow is off for this app."), "warn"),
        ),
        rx.cond(QuickStartState.has_site, _site()),
        rx.el.ul(rx.foreach(QuickStartState.returns, _return), class_name="list"),
        rx.cond(QuickStartState.install != "", code(_("Install"), QuickStartState.install)),
        rx.foreach(PARTS, lambda part: code(rx.el.code(part["title"]), part["text"], name=part["title"])),
        rx.cond(QuickStartState.run != "", code(_("Start"), QuickStartState.run)),
        rx.cond(QuickStartState.has_secret, _secret()),
        rx.cond(
            QuickStartState.method != "",
            rx.el.p(
                sentence(
                    _("Choose this authentication method on the app's Protocol page: {method}."),
                    method=rx.el.code(QuickStartState.method),
                )
            ),
        ),
        *(
            rx.cond(QuickStartState.proof == proof.value, rx.el.p(_(words), class_name="hint"))
            for proof, words in PROOFS.items()
        ),
        rx.el.p(rx.el.a(_("How to, in several languages"), href="/docs", class_name="link-line strong")),
    )


def _list() -> rx.Component:
    groups = [
        rx.el.optgroup(
            *(rx.el.option(_title(start.title), value=name) for name, start in ALL.items() if start.kind is kind),
            label=_(words),
        )
        for kind, words in KINDS.items()
    ]
    return rx.el.div(
        rx.el.label(_("Language or software"), html_for="quick_start"),
        rx.el.select(*groups, id="quick_start", value=QuickStartState.start, on_change=QuickStartState.choose_start),
        class_name="field",
    )


def _title(title: str) -> str:
    """Return the title in the reader's language; names of programs are the same in all."""
    return _(title) if isinstance(title, Message) else title


def _site() -> rx.Component:
    problem = rx.cond(QuickStartState.site_problem, _("Begin with http:// or https://."), "")
    return field(
        _("Address of your site"),
        "quick_start_site",
        problem=problem,
        default_value=QuickStartState.site,
        key=QuickStartState.site,
        on_blur=QuickStartState.write_site,
        type="url",
        max_length=300,
        auto_complete="off",
        auto_capitalize="none",
        spell_check=False,
    )


def _return(uri: Content) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            sentence(_("It returns to {address}"), address=rx.el.code(uri, class_name="breaks")), class_name="breaks"
        ),
        rx.cond(
            REGISTERED.contains(uri),
            rx.cond(
                QuickStartState.is_simple & (AppState.simple_uri != uri),
                button(_("Use for the simple flow"), AppState.choose_uri(uri), kind="bare"),
                rx.el.span(_("Registered"), class_name="badge good"),
            ),
            button(
                rx.fragment(_("Register this address"), rx.el.span(" ", uri, class_name="unseen")),
                AppState.register(uri),
            ),
        ),
        class_name="split",
    )


def _secret() -> rx.Component:
    return rx.el.p(
        rx.cond(
            QuickStartState.reads_environment,
            sentence(_("Put the secret into the environment variable {name}."), name=rx.el.code(SECRET)),
            sentence(
                _("Put the secret in place of {name}. Only the program and you should be able to read it."),
                name=rx.el.code(SECRET),
            ),
        )
    )
