"""Passkeys on the security page: added by a native form, named and removed over the socket. Also the first offer."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.sessions import passkeys
from oauth2system.services.sessions.passkeys import PasskeysView, PasskeyView
from oauth2system.ui import layout, words
from oauth2system.ui.components import button, field, hidden, passkey_form, saved_note, sentence, skeleton
from oauth2system.ui.pages.account.security_factors import SecurityFactorsState
from oauth2system.ui.query import problem
from oauth2system.ui.state import Visitor, Who, event

_ASKS = "/account/passkeys/options"


class PasskeysState(Visitor):
    """The passkeys of the account, the one that is being named, and the one that is about to be removed."""

    ready: bool = False
    passkeys: list[dict[str, str]] = []
    may_add: bool = False
    full: bool = False
    browser: str = ""
    naming: str = ""
    removing: str = ""
    offered: bool = False

    @event(Who.USER)
    async def load(self) -> None:
        """Load the passkeys."""
        self._show(await self.call(passkeys.list_passkeys))
        self.browser = words.browser(self.router.headers.user_agent)
        self.ready = True

    def _show(self, found: PasskeysView) -> None:
        self.passkeys = [_make_row(one) for one in found.passkeys]
        self.may_add, self.full = found.may_add, found.full
        self.naming = self.removing = ""

    @event(Who.USER)
    async def look_for_offer(self) -> None:
        """Look whether to offer a passkey to this person."""
        self.offered = await self.call(passkeys.is_offered)
        self.browser = words.browser(self.router.headers.user_agent)

    @event(Who.USER)
    async def decline(self) -> None:
        """Offer no passkey for some months."""
        await self.call(passkeys.decline_offer)
        self.offered = False

    @event(Who.USER)
    def ask_name(self, passkey_id: str) -> None:
        """Begin to name a passkey; empty to stop."""
        self.clear_notice()
        self.naming, self.removing = passkey_id, ""

    @event(Who.USER)
    async def rename(self, form: dict[str, Any]) -> None:
        """Save the name of the passkey that is being named."""
        self._show(await self.call(passkeys.rename, self.naming, str(form.get("passkey_name", ""))))
        self.clear_notice()
        self.saved = "passkey named"

    @event(Who.USER)
    def ask_remove(self, passkey_id: str) -> None:
        """Ask whether to remove a passkey; empty to keep it."""
        self.clear_notice()
        self.naming, self.removing = "", passkey_id

    @event(Who.USER)
    async def remove(self) -> Any:
        """Remove the passkey that is about to be removed; the last factor takes the recovery codes with it."""
        self._show(await self.call(passkeys.remove, self.removing))
        self.clear_notice()
        self.saved = "passkey removed"
        return SecurityFactorsState.load


def _make_row(one: PasskeyView) -> dict[str, str]:
    return {
        "id": one.id,
        "name": one.name,
        "where": _("Synced to your other devices") if one.syncs else _("Only on this device"),
        "made": words.ago(one.created_at),
        "used": words.ago(one.last_used_at),
        "refused": "yes" if one.refused else "",
    }


def section() -> rx.Component:
    """Return the passkeys of the account, with the way to add one."""
    return layout.section(
        _("Passkeys"),
        _("Sign in with your fingerprint, your face or the PIN of your device. Nobody can guess or copy a passkey."),
        rx.cond(
            PasskeysState.ready,
            rx.fragment(
                rx.cond(PasskeysState.passkeys, rx.el.ul(rx.foreach(PasskeysState.passkeys, _one), class_name="list")),
                saved_note(
                    rx.cond(
                        PasskeysState.saved == "passkey named",
                        _("The passkey has its new name."),
                        rx.cond(
                            PasskeysState.saved == "passkey removed",
                            _("The passkey is removed. Your device may still list it."),
                            "",
                        ),
                    )
                ),
                _way_to_add(),
            ),
            skeleton(2),
        ),
    )


def _way_to_add() -> rx.Component:
    full = rx.el.p(
        _("You have as many passkeys as an account can have. Remove one to add another."), class_name="quiet"
    )
    first = rx.el.p(
        sentence(
            _("{confirm} first; then you can add passkeys."),
            confirm=rx.el.a(
                _("Confirm your email"), href="/account/email_confirm", reload_document=True, class_name="strong"
            ),
        ),
        class_name="quiet",
    )
    return rx.cond(PasskeysState.may_add, rx.cond(PasskeysState.full, full, _add()), first)


def _add() -> rx.Component:
    return rx.fragment(
        passkey_form(
            "/account/passkeys",
            _ASKS,
            _("Add passkey"),
            hidden("name", PasskeysState.browser),
            kind="main",
            makes=True,
        ),
        rx.el.p(
            _("This browser has no passkeys. Add one in another browser or device."),
            class_name="quiet without-passkeys",
        ),
    )


def _one(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.b(one["name"], class_name="breaks"),
                " ",
                rx.cond(one["refused"] != "", rx.el.span(_("not accepted"), class_name="badge bad")),
            ),
            rx.el.p(one["where"], class_name="small"),
            rx.cond(
                one["refused"] != "",
                rx.el.p(_("Its counter shows that a copy of it was used. Remove it."), class_name="small strong"),
            ),
            rx.el.dl(
                rx.el.div(rx.el.dt(_("Created")), rx.el.dd(one["made"])),
                rx.el.div(rx.el.dt(_("Last used")), rx.el.dd(one["used"])),
                class_name="facts",
            ),
        ),
        rx.cond(
            PasskeysState.naming == one["id"],
            _name(one),
            rx.cond(PasskeysState.removing == one["id"], _confirm(), _ways(one)),
        ),
        class_name="split",
    )


def _ways(one: dict[str, str]) -> rx.Component:
    name = rx.el.span(" ", one["name"], class_name="unseen")
    return rx.el.div(
        button(rx.fragment(_("Rename"), name), PasskeysState.ask_name(one["id"]), kind="bare"),
        button(rx.fragment(_("Remove"), name), PasskeysState.ask_remove(one["id"]), kind="bare"),
        class_name="row",
    )


def _confirm() -> rx.Component:
    return rx.el.div(
        rx.el.span(_("It cannot be used to sign in any more."), class_name="small strong"),
        button(_("Remove it"), PasskeysState.remove, kind="harm main"),
        button(_("Keep it"), PasskeysState.ask_remove("")),
        class_name="row",
        role="alert",
    )


def _name(one: dict[str, str]) -> rx.Component:
    return rx.el.form(
        field(
            _("Name of the passkey"),
            "passkey_name",
            problem=problem("passkey_name"),
            default_value=one["name"],
            max_length=40,
            auto_complete="off",
            auto_focus=True,
        ),
        rx.el.div(
            rx.el.button(_("Save"), type="submit", class_name="button main", custom_attrs={"data-waits": ""}),
            button(_("Cancel"), PasskeysState.ask_name("")),
            class_name="row",
        ),
        on_submit=PasskeysState.rename,
        no_validate=True,
        class_name="form",
    )


def offer() -> rx.Component:
    """Offer a first passkey, until it is declined; never on the way to a site."""
    return rx.cond(
        PasskeysState.offered,
        rx.el.section(
            rx.el.header(
                rx.el.h2(_("Sign in faster next time")),
                rx.el.p(
                    _("A passkey signs you in with your fingerprint, your face or the PIN of this device."),
                    class_name="quiet",
                ),
            ),
            rx.el.div(
                passkey_form(
                    "/account/passkeys",
                    _ASKS,
                    _("Add passkey"),
                    hidden("name", PasskeysState.browser),
                    kind="main",
                    makes=True,
                ),
                button(_("Not now"), PasskeysState.decline),
                class_name="row",
            ),
            class_name="section with-passkeys",
        ),
    )
