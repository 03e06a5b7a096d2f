"""Security: the password, and every browser that is signed in."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import page_messages
from oauth2system.services.sessions import browser_sessions
from oauth2system.ui import layout, words
from oauth2system.ui.components import (
    NativeForm,
    button,
    hidden,
    native_form,
    notice_place,
    password_field,
    skeleton,
    submit,
)
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.pages.account import passkeys, security_factors
from oauth2system.ui.pages.account.passkeys import PasskeysState
from oauth2system.ui.pages.account.security_factors import SecurityFactorsState
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor, Who, event


class SecurityState(Visitor):
    """The signed-in browsers of the account."""

    ready: bool = False
    sessions: list[dict[str, str]] = []
    # The person has just changed how they sign in: the page asks whether other sessions should end.
    offers: bool = False

    @event(Who.USER)
    async def load(self) -> None:
        """Load the sessions."""
        self.offers = self.router.url.query_parameters.get("notice") in page_messages.FACTORS_CHANGED
        self.sessions = [_make_row(one) for one in await self.call(browser_sessions.list_sessions)]
        self.ready = True

    @event(Who.USER)
    async def end(self, handle: str) -> None:
        """Sign one other browser out."""
        self.sessions = [_make_row(one) for one in await self.call(browser_sessions.end_session, handle)]
        self.report(_("That browser is signed out."))

    @event(Who.USER)
    async def end_others(self) -> None:
        """Sign every other browser out."""
        self.sessions = [_make_row(one) for one in await self.call(browser_sessions.end_others)]
        self.report(_("Every other browser is signed out."))


def _make_row(one: browser_sessions.BrowserSession) -> dict[str, str]:
    return {
        "handle": one.handle,
        "browser": words.browser(one.agent),
        "ip": one.ip,
        "place": one.place,
        "began": words.ago(one.created_at),
        "seen": words.ago(one.seen_at),
        "this": "yes" if one.is_this else "",
        "asked": "yes" if one.in_question else "",
    }


@layout.page(
    "/account/security",
    _("Security"),
    on_load=[
        Visitor.look,
        Address.read,
        SecurityState.load,
        PasskeysState.load,
        SecurityFactorsState.load,
        NewSignInsState.load,
    ],
)
def security() -> rx.Component:
    """Show the browsers that are signed in, and the form for the password."""
    return layout.account(
        _("Security"),
        "/account/security",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        _sessions(),
        passkeys.section(),
        _password(),
        security_factors.section(),
        _everywhere(),
        live=[SecurityState.load],
    )


def _sessions() -> rx.Component:
    sessions: Any = SecurityState.sessions
    offers = SecurityState.offers | (SecurityState.saved == "passkey removed")
    others = sessions.length() > 1
    end = rx.el.div(button(_("End all other sessions"), SecurityState.end_others, kind="harm"))
    question = _("You have just changed how you sign in. Other browsers stay signed in until you end their sessions.")
    return layout.section(
        _("Where you are signed in"),
        _("Do you not know one of these? End it, then change your password."),
        rx.cond(
            SecurityState.ready,
            rx.fragment(
                rx.cond(others & offers, rx.el.div(rx.el.p(question), end, class_name="stack tight")),
                rx.el.ul(rx.foreach(SecurityState.sessions, _item), class_name="list"),
                rx.cond(others & ~offers, end),
            ),
            skeleton(3),
        ),
    )


def _item(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.b(one["browser"]),
                " ",
                rx.cond(one["this"] != "", rx.el.span(_("this one"), class_name="badge good")),
                " ",
                rx.cond(one["asked"] != "", rx.el.span(_("new"), class_name="badge warn")),
            ),
            rx.el.dl(
                rx.el.div(rx.el.dt(_("Last seen")), rx.el.dd(one["seen"])),
                rx.el.div(rx.el.dt(_("Signed in")), rx.el.dd(one["began"])),
                rx.cond(one["ip"] != "", rx.el.div(rx.el.dt(_("Address")), rx.el.dd(one["ip"]))),
                rx.cond(one["place"] != "", rx.el.div(rx.el.dt(_("Roughly at")), rx.el.dd(one["place"]))),
                class_name="facts",
            ),
        ),
        rx.cond(
            one["this"] != "",
            rx.fragment(),
            button(
                rx.fragment(_("End session"), rx.el.span(" ", one["browser"], class_name="unseen")),
                SecurityState.end(one["handle"]),
            ),
        ),
        class_name="split",
    )


def _password() -> rx.Component:
    return layout.section(
        _("Password"),
        _("Changing it signs every other browser out."),
        native_form(
            "/account/password",
            password_field(_("Current password"), "current_password", problem=problem("current_password")),
            password_field(
                _("New password"), "password", new=True, problem=problem("password"), hint=_("8 characters or more.")
            ),
            rx.el.div(submit(_("Change password"), kind="main")),
        ),
    )


def _everywhere() -> rx.Component:
    return layout.section(
        _("Sign out everywhere"),
        _("Ends every session of this account, this one included."),
        NativeForm.create(
            hidden("everywhere", "1"),
            rx.el.button(_("End all sessions"), type="submit", class_name="button harm"),
            action="/session/end",
            method="post",
        ),
    )
