"""Activity: what happened to the account, in words, and **This was not me**."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.accounts.security.activity_words import LogPart
from oauth2system.ui import layout
from oauth2system.ui.components import button, notice_place, skeleton
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.pages.account.activity_state import AccountActivityState
from oauth2system.ui.state import Visitor

_PARTS = (
    ("", _("Everything")),
    (LogPart.SIGN_INS.value, _("Sign-ins")),
    (LogPart.CHANGES.value, _("Changes")),
    (LogPart.APPS.value, _("Apps")),
)


@layout.page(
    "/account/activity", _("Your activity"), on_load=[Visitor.look, AccountActivityState.load, NewSignInsState.load]
)
def activity() -> rx.Component:
    """Show the log of the account, page by page."""
    return layout.account(
        _("Activity"),
        "/account/activity",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.el.div(
            rx.el.div(
                *(_choice(part, words) for part, words in _PARTS),
                role="group",
                class_name="row",
                custom_attrs={"aria-label": _("Show")},
            ),
            rx.cond(
                AccountActivityState.ready,
                rx.cond(
                    AccountActivityState.lines,
                    rx.el.ul(rx.foreach(AccountActivityState.lines, _line), class_name="list"),
                    rx.el.p(_("Nothing is recorded."), class_name="quiet"),
                ),
                skeleton(5),
            ),
            rx.el.div(
                rx.cond(AccountActivityState.has_newer, button(_("Newer"), AccountActivityState.show_newer)),
                rx.cond(AccountActivityState.has_older, button(_("Older"), AccountActivityState.show_older)),
                class_name="row",
            ),
            class_name="stack",
        ),
        lead=_("What happened to your account, newest first. Only you can see it."),
    )


def _choice(part: str, words: str) -> rx.Component:
    pressed = rx.cond(AccountActivityState.part == part, "true", "false")
    return button(words, AccountActivityState.show(part), kind="part", custom_attrs={"aria-pressed": pressed})


def _line(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.b(one["what"], class_name="breaks"),
                " ",
                rx.cond(one["here"] != "", rx.el.span(_("this browser"), class_name="badge good")),
            ),
            rx.el.p(one["when"], title=one["at"], class_name="quiet small"),
            rx.cond(one["seen"] != "", rx.el.p(one["seen"], class_name="quiet small breaks")),
        ),
        rx.cond(
            one["asks"] != "",
            button(
                rx.fragment(_("This was not me"), rx.el.span(" ", one["what"], class_name="unseen")),
                AccountActivityState.disown(one["id"]),
            ),
        ),
        class_name="split",
    )
