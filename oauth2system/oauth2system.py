"""The composition root: the only place that knows every part. Reflex looks for `app` here."""

import reflex as rx

from oauth2system.ui.pages import home as _home  # noqa: F401  (a page exists once its module is imported)

app = rx.App()
