"""The part of an app's page that revokes all of its tokens, after it said of how many people."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, saved_note, sentence
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState


def tokens() -> rx.Component:
    """Return the button, and the question that follows it."""
    return layout.section(
        _("Revoke all tokens"),
        _(
            "For the day when tokens of your app got into wrong hands. All its access tokens, refresh tokens, codes "
            "and simple-flow values end at once. What people allowed stays: they sign in to your site again."
        ),
        rx.cond(
            SecretsState.asks_revoke,
            _sure(),
            button(_("Revoke all tokens"), SecretsState.ask_revoke, kind="harm"),
        ),
        saved_note(rx.cond(SecretsState.saved == "tokens", _("All tokens are revoked."), "")),
    )


def _sure() -> rx.Component:
    return rx.el.div(
        rx.el.span(
            sentence(
                _("This cannot be undone. People whose tokens end: {people}."),
                people=rx.el.b(SecretsState.people),
            ),
            class_name="small",
        ),
        button(_("Revoke them"), SecretsState.revoke_tokens, kind="harm main"),
        button(_("Keep them"), SecretsState.ask_revoke),
        class_name="row",
        role="alert",
    )
