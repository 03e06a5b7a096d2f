"""The shell around every page, in place of the framework's own styles and notices."""

from typing import Any

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary

from oauth2system.ui import layout
from oauth2system.ui.theme import STYLESHEETS, head


def shell_options() -> dict[str, Any]:
    """Return the options of the app for its looks: our own styles and notices only."""
    return {
        "stylesheets": STYLESHEETS,
        "head_components": head(),
        "html_lang": "en",
        "reset_style": False,
        # A toast from the server runs by eval, which our content security policy refuses.
        "toaster": None,
        "app_wraps": {(55, "ErrorBoundary"): _boundary},
        "hydrate_fallback": layout.loading_page,
    }


def _boundary(stateful: bool) -> rx.Component:  # noqa: ARG001, FBT001  (the shape Reflex calls)
    return ErrorBoundary.create(fallback_render=rx.Var.create(layout.broken_page()))
