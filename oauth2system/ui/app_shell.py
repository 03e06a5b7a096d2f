"""How the app is put on: what every page is wrapped in, instead of the framework's own dress."""

from typing import Any

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary

from oauth2system.ui import layout
from oauth2system.ui.theme import STYLESHEETS, head


def dress() -> dict[str, Any]:
    """Return the options of the app that decide its looks: no reset, no toasts, no banner but ours."""
    return {
        "stylesheets": STYLESHEETS,
        "head_components": head(),
        "html_lang": "en",
        "reset_style": False,
        # A toast from the server runs by eval, which our content security policy refuses.
        "toaster": None,
        "app_wraps": {(55, "ErrorBoundary"): _boundary},
        "hydrate_fallback": layout.loading,
    }


def _boundary(stateful: bool) -> rx.Component:  # noqa: ARG001, FBT001  (the shape Reflex calls)
    return ErrorBoundary.create(fallback_render=rx.Var.create(layout.broken()))
