"""The composition root: the only place that knows every part. Reflex looks for `app` here."""

import reflex as rx

from oauth2system.ui.pages import home

# A page exists once its module is imported.
PAGES = (home,)

# No toaster: what a backend toast runs needs eval, which our content security policy refuses.
app = rx.App(toaster=None)
