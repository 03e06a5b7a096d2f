"""For developers: the list of guides."""

from collections.abc import Iterable

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import named_value, sentence
from oauth2system.ui.docs import guides, snippets
from oauth2system.ui.docs.guides import Guide
from oauth2system.ui.docs.prose import line
from oauth2system.ui.state import Visitor


@layout.page(
    "/docs",
    _("For developers"),
    description=_("Let people sign in to your site in twenty lines."),
    on_load=Visitor.look,
)
def docs() -> rx.Component:
    """Show the guides, by what they are for."""
    return layout.read(
        _("Let people sign in to your site"),
        _simple(),
        layout.section(
            _("Sign people in, with any library"),
            _("OAuth 2.1 and OpenID Connect, for the same app: begin here when you use a library, or need tokens."),
            named_value(
                _("Discovery address, all that a library asks for"),
                f"{snippets.ORIGIN}/.well-known/openid-configuration",
            ),
            _list(guides.PEOPLE),
        ),
        layout.section(_("Between programs"), None, _list(guides.PROGRAMS)),
        layout.section(_("Higher security"), None, _list(guides.STRONGER)),
        layout.section(_("Reference"), None, _reference()),
        current="/docs",
        lead=_("Each page says when to use it, and has complete programs in curl, Python and JavaScript."),
    )


def _simple() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(
                rx.el.a(guides.SIMPLE.title, lang=guides.WRITTEN_IN, href=guides.SIMPLE.route, class_name="cover")
            ),
            rx.el.p(*line(guides.SIMPLE.lead), lang=guides.WRITTEN_IN, class_name="quiet"),
            rx.el.div(rx.el.span(_("Start here"), class_name="badge good")),
            class_name="card goes stack tight",
        ),
        class_name="section",
    )


def _reference() -> rx.Component:
    return rx.el.ul(
        rx.el.li(
            rx.el.div(
                rx.el.a(_("The protocol reference"), href="/docs/reference", class_name="cover"),
                rx.el.p(
                    sentence(
                        _(
                            "Every address with its parameters, answers and errors. "
                            "Programs read the same at {address}."
                        ),
                        address=rx.el.code("/openapi.json"),
                    ),
                    class_name="quiet small",
                ),
            ),
            class_name="goes",
        ),
        class_name="list",
    )


def _list(several: Iterable[Guide]) -> rx.Component:
    return rx.el.ul(*(_item(guide) for guide in several), class_name="list")


def _item(guide: Guide) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.a(guide.title, lang=guides.WRITTEN_IN, href=guide.route, class_name="cover"),
            rx.el.p(*line(guide.lead), lang=guides.WRITTEN_IN, class_name="quiet small"),
        ),
        class_name="goes",
    )
