"""The accessibility statement: what the pages keep to, how that is checked, and what does not work yet."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.state import Visitor


@layout.page(
    "/accessibility",
    _("Accessibility"),
    description=_("What these pages do for people who use a keyboard, a screen reader or large text."),
    on_load=Visitor.look,
)
def accessibility() -> rx.Component:
    """Show the statement."""
    return layout.read(
        _("Accessibility"),
        layout.section(
            _("What you can rely on"),
            None,
            _list(
                _("Everything works with the keyboard alone, and you always see where you are."),
                _("Each field has a label, each error stands next to its field, and changes are announced."),
                _("Text can be enlarged four times without scrolling sideways; your own spacing of text fits, too."),
                _("Contrast is high enough in the light and in the dark theme, and nothing is said by color alone."),
                _("Nothing moves if your system asks for less motion."),
                _("You can paste passwords and codes, and password managers can fill them in."),
                _("Signing in needs no script, no puzzle and nothing to remember beyond your password."),
            ),
        ),
        layout.section(
            _("How it is checked"),
            _(
                "The aim is WCAG 2.2, level AA. With every change, axe-core checks each page on a phone and a desktop, "
                "in both themes. Other tests use the pages by keyboard, without script, with large and spaced text."
            ),
        ),
        layout.section(
            _("What does not work yet"),
            None,
            _list(
                _("No audit by people who rely on assistive technology every day has been made."),
                _("The guides for developers and the protocol reference are in English only."),
                _("Pages of your account, your apps and the administration need script and a live connection."),
            ),
        ),
        layout.section(
            _("If something stops you"),
            _("Write to the people who run this site, and to the project: a page that stops you is a fault."),
        ),
        current="/docs",
    )


def _list(*sentences: str) -> rx.Component:
    return rx.el.div(rx.el.ul(*(rx.el.li(sentence) for sentence in sentences)), class_name="prose")
