"""One page for each guide in docs/guides/."""

from collections.abc import Callable

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.docs import guides
from oauth2system.ui.docs.guides import Guide
from oauth2system.ui.docs.prose import line, prose
from oauth2system.ui.state import Visitor


def _page_of(guide: Guide) -> Callable[[], rx.Component]:
    def page() -> rx.Component:
        return layout.wide(
            layout.back("/docs", _("For developers")),
            layout.heading(
                rx.el.span(guide.title, lang=guides.WRITTEN_IN), rx.el.span(*line(guide.lead), lang=guides.WRITTEN_IN)
            ),
            prose(guide),
            current="/docs",
            class_name="read",
        )

    return page


for _guide in guides.ALL:
    layout.page(_guide.route, _guide.title, description=_guide.lead, on_load=Visitor.look)(_page_of(_guide))
