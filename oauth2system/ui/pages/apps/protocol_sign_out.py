"""Signing out: where people come to afterwards, and how the app is notified."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, field
from oauth2system.ui.pages.apps.protocol_controls import address, flag, saved_place
from oauth2system.ui.pages.apps.protocol_state import POST_LOGOUT, ProtocolState
from oauth2system.ui.query import problem


def sign_out() -> rx.Component:
    """Return the addresses of signing out."""
    return layout.section(
        _("Signing out"),
        _("When somebody signs out here or at another site, your app can be notified and end its own session too."),
        _afterwards(),
        address(
            "backchannel_logout_uri",
            _("Back-channel logout URI"),
            _("We post a signed logout token to this address of your server, and try again while it does not answer."),
            "https://example.org/logged-out",
        ),
        rx.cond(
            ProtocolState.values["backchannel_logout_uri"] != "",
            _session("backchannel_logout_session_required"),
        ),
        address(
            "frontchannel_logout_uri",
            _("Front-channel logout URI"),
            _("The browser loads this address in a hidden frame. Where it blocks cookies, this does not reach you."),
            "https://example.org/frame",
        ),
        rx.cond(
            ProtocolState.values["frontchannel_logout_uri"] != "",
            _session("frontchannel_logout_session_required"),
        ),
    )


def _session(name: str) -> rx.Component:
    return flag(name, _("Name the session that ended (sid)"), _("Needed if one person can be signed in several times."))


def _afterwards() -> rx.Component:
    return rx.el.div(
        rx.el.form(
            rx.el.div(
                field(
                    _("Post-logout redirect URI"),
                    POST_LOGOUT,
                    problem=problem(POST_LOGOUT),
                    hint=_("Where people come to after they signed out by your link to /oauth2/end_session."),
                    key=ProtocolState.post_logout_round,
                    on_change=lambda value: ProtocolState.check(POST_LOGOUT, value).debounce(300),
                    placeholder="https://example.org/bye",
                    input_mode="url",
                    auto_capitalize="none",
                    auto_complete="off",
                    spell_check=False,
                ),
                rx.el.button(_("Save"), type="submit", class_name="button", custom_attrs={"data-waits": ""}),
                class_name="joined beside",
            ),
            on_submit=ProtocolState.add_post_logout_uri,
            no_validate=True,
        ),
        rx.cond(
            ProtocolState.post_logout_uris,
            rx.el.ul(rx.foreach(ProtocolState.post_logout_uris, _one), class_name="list"),
        ),
        saved_place(POST_LOGOUT),
        class_name="stack tight",
    )


def _one(uri: str) -> rx.Component:
    return rx.el.li(
        rx.el.code(uri, class_name="breaks"),
        button(
            rx.fragment(_("Remove"), rx.el.span(" ", uri, class_name="unseen")),
            ProtocolState.remove_post_logout_uri(uri),
            kind="bare",
        ),
        class_name="split",
    )
