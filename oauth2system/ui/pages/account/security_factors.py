"""The second step of sign-ins on the security page: authenticator app, recovery codes, trusted browsers."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import quotas
from oauth2system.services.sessions import factor_changes
from oauth2system.services.sessions.factor_changes import Factors
from oauth2system.ui import layout, words
from oauth2system.ui.components import button, native_form, sentence, skeleton, submit
from oauth2system.ui.state import Visitor, Who, event


class SecurityFactorsState(Visitor):
    """Which second factors the person has: counts and yes or no, never a secret."""

    ready: bool = False
    has_app: bool = False
    has_any: bool = False
    codes_left: str = ""
    trusted: list[dict[str, str]] = []

    @event(Who.USER)
    async def load(self) -> None:
        """Load what the person has."""
        self._show(await self.call(factor_changes.show))

    def _show(self, found: Factors) -> None:
        self.has_app, self.has_any = found.held.authenticator, found.held.any
        self.codes_left = _("{left} of {all} left").format(left=found.held.recovery_codes, all=quotas.RECOVERY_CODES)
        self.trusted = [
            {"id": one.id, "browser": words.browser(one.agent), "since": words.ago(one.since)}
            for one in found.trusted_browsers
        ]
        self.ready = True

    @event(Who.USER)
    async def forget(self, own_id: str) -> None:
        """Trust one browser no more."""
        self._show(await self.call(factor_changes.forget_trusted_browser, own_id))
        self.report(_("That browser asks for the second factor again."))


def section() -> rx.Component:
    """Return the section: what there is, and the forms that change it."""
    return layout.section(
        _("Second step"),
        _("After the password, a sign-in also asks for a passkey, or for a code that an app on your phone shows."),
        rx.cond(
            SecurityFactorsState.ready,
            rx.fragment(
                rx.cond(SecurityFactorsState.has_app, _app(), _set_up(_("Set up authenticator app"), "main")),
                rx.cond(SecurityFactorsState.has_any, _present()),
            ),
            skeleton(2),
        ),
    )


def _app() -> rx.Component:
    return _line(
        _("Authenticator app"),
        _("Set up"),
        _set_up(_("Set up another app"), ""),
        native_form("/account/authenticator/remove", submit(_("Remove authenticator app"), kind="harm")),
    )


def _present() -> rx.Component:
    return rx.el.div(
        _line(
            _("Recovery codes"),
            SecurityFactorsState.codes_left,
            native_form("/account/recovery_codes", submit(_("New recovery codes"), kind="")),
        ),
        rx.cond(
            SecurityFactorsState.trusted,
            rx.fragment(
                _line(
                    _("Trusted browsers"),
                    _("They ask for no second factor for 30 days."),
                    native_form("/account/trusted_browsers/forget", submit(_("Forget trusted browsers"), kind="")),
                ),
                rx.el.ul(rx.foreach(SecurityFactorsState.trusted, _trusted), class_name="list"),
            ),
        ),
        class_name="stack",
    )


def _trusted(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(one["browser"]),
            rx.el.p(sentence(_("Trusted {when}"), when=one["since"]), class_name="quiet small"),
        ),
        button(
            rx.fragment(_("Forget"), rx.el.span(" ", one["browser"], class_name="unseen")),
            SecurityFactorsState.forget(one["id"]),
        ),
        class_name="split",
    )


def _set_up(words: str, kind: str) -> rx.Component:
    return native_form("/account/authenticator", rx.el.div(submit(words, kind=kind)))


def _line(name: str, what: str | rx.Var[str], *forms: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.el.b(name), rx.el.p(what, class_name="quiet")),
        rx.el.div(*forms, class_name="row"),
        class_name="factor",
    )
