"""The consent page as a document for a frame: drawn by the function that draws the real one, and inert."""

from oauth2system.i18n import language_tag
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts.page_request import PageRequest
from oauth2system.services.accounts.sign_in_pages import ConsentPage, PageVisit
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.ui.pages.sign_in.consent import consent

# As on a phone that is 390 pixels wide.
_STYLE = "/oauth2system.css"


def draw(view: ConsentView, caller: Caller) -> str:
    """Return the document; nothing in it can be clicked, sent or focused."""
    visit = PageVisit(username=view.username, display_name=view.display_name)
    page = consent(ConsentPage(visit, view), PageRequest(caller))
    written = html.html(
        html.head(
            html.meta(charset="utf-8"),
            html.meta(name="viewport", content="width=device-width, initial-scale=1"),
            html.meta(name="color-scheme", content="light dark"),
            html.title(page.title),
            html.link(rel="stylesheet", href=_STYLE),
        ),
        html.body(
            html.div(html.main(Html(page.main), class_name="single"), class_name="page calm"),
            custom_attrs={"inert": True},
        ),
        lang=language_tag(),
    )
    return f"<!doctype html>\n{written}"
