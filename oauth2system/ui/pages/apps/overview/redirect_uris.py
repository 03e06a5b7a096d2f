"""Redirect URIs, judged while they are typed, and the settings of the simple flow."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, field, notice, saved_note, sentence, switch
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.query import problem, read_typed

WINDOWS = (
    ("0", _("Once only")),
    ("300", _("Again within 5 minutes")),
    ("3600", _("Again within an hour")),
    ("86400", _("Again within 24 hours")),
)


def uris() -> rx.Component:
    """Return the list of addresses and the field for one more."""
    return layout.section(
        _("Where visitors return to"),
        _("After they agree, the browser goes to one of these addresses and to no other; each character counts."),
        rx.cond(
            AppState.uris,
            rx.fragment(
                rx.el.ul(rx.foreach(AppState.uris, _uri), class_name="list"),
                rx.cond(
                    AppState.simple_flow,
                    rx.el.p(_("The simple link always returns to the marked address."), class_name="hint"),
                ),
            ),
            notice(_("Without an address nobody can sign in with this app yet."), "warn"),
        ),
        rx.el.form(
            rx.el.div(
                field(
                    _("Redirect URI"),
                    "redirect_uri",
                    problem=problem("redirect_uri"),
                    # What was typed before the person had to sign in anew (T093), until an address is added.
                    default_value=rx.cond(AppState.uri_round == 0, read_typed("redirect_uri"), ""),
                    key=AppState.uri_round,
                    on_change=AppState.check_uri.debounce(250),
                    placeholder="https://example.org/callback",
                    input_mode="url",
                    auto_capitalize="none",
                    auto_complete="off",
                    spell_check=False,
                ),
                rx.el.button(_("Save"), type="submit", class_name="button main", custom_attrs={"data-waits": ""}),
                class_name="joined beside",
            ),
            on_submit=AppState.add_uri,
            no_validate=True,
        ),
        rx.cond(AppState.uri_meant != "", _suggestion()),
        saved_note(rx.cond(AppState.saved == "uris", _("The addresses are saved."), "")),
    )


def _suggestion() -> rx.Component:
    """Offer the address that was probably meant."""
    return rx.el.div(
        rx.el.span(sentence(_("Did you mean {address}?"), address=rx.el.code(AppState.uri_meant, class_name="breaks"))),
        button(_("Use this address"), AppState.register(AppState.uri_meant)),
        class_name="row",
        custom_attrs={"aria-live": "polite"},
    )


def _uri(uri: str) -> rx.Component:
    return rx.el.li(
        rx.el.code(uri, class_name="breaks"),
        rx.el.div(
            rx.cond(
                AppState.simple_flow,
                rx.cond(
                    AppState.simple_uri == uri,
                    rx.el.span(_("Simple flow"), class_name="badge good"),
                    button(_("Use for the simple flow"), AppState.choose_uri(uri), kind="bare"),
                ),
            ),
            button(
                rx.fragment(_("Remove"), rx.el.span(" ", uri, class_name="unseen")),
                AppState.remove_uri(uri),
                kind="bare",
            ),
            class_name="row",
        ),
        class_name="split",
    )


def simple_flow() -> rx.Component:
    """Return the switches of the simple flow."""
    return layout.section(
        _("Simple flow"),
        _("Signing in by a link and one request from your server. Switch it off once you use OAuth alone."),
        rx.cond(
            AppState.takes_secret,
            rx.fragment(
                switch(
                    _("Simple flow is on"),
                    AppState.simple_flow,
                    AppState.switch_simple,
                    own="simple_flow",
                    key=AppState.switch_round,
                ),
                rx.cond(AppState.simple_flow, _reread()),
            ),
            notice(_("The simple flow needs a client secret, and this app authenticates without one."), "info"),
        ),
        saved_note(rx.cond(AppState.saved == "simple", _("Saved"), "")),
    )


def _reread() -> rx.Component:
    known = [seconds for seconds, _words in WINDOWS]
    return rx.el.div(
        rx.el.div(
            rx.el.label(_("How often may one value be read?"), html_for="reread"),
            rx.el.select(
                *(rx.el.option(words, value=seconds) for seconds, words in WINDOWS),
                rx.cond(
                    rx.Var.create(known).contains(AppState.reread),
                    rx.fragment(),
                    rx.el.option(_("Again within {n} seconds").format(n=AppState.reread), value=AppState.reread),
                ),
                id="reread",
                default_value=AppState.reread,
                key=AppState.switch_round,
                on_change=AppState.choose_reread,
                custom_attrs={"aria-describedby": "reread-hint"},
            ),
            rx.el.span(
                _("Once is safest. Choose a time if your site keeps the value in its session and asks again."),
                id="reread-hint",
                class_name="hint",
            ),
            class_name="field",
        ),
        saved_note(
            rx.cond(AppState.saved == "reread_seconds", _("Saved"), ""), AppState.undo, can_undo=AppState.can_undo
        ),
        class_name="stack tight",
    )
