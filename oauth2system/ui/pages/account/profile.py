"""Profile: the display name, saved at once with **Undo**, and the address, changed by a confirmed mail."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.accounts import profile as profile_service
from oauth2system.ui import layout, words
from oauth2system.ui.components import field, monogram, notice, notice_place, saved_note, sentence, skeleton
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.pages.account.passkeys import PasskeysState, offer
from oauth2system.ui.pages.account.profile_email import address
from oauth2system.ui.pages.account.profile_picture import picture
from oauth2system.ui.pages.account.profile_username import change_username
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor, Who, event


class ProfileState(Visitor):
    """The signed-in account."""

    ready: bool = False
    email: str = ""
    pending_email: str = ""
    user_id: str = ""
    portrait: str = ""
    has_picture: bool = False
    since: str = ""
    name_round: int = 0

    _before: str = ""

    @event(Who.USER)
    async def load(self) -> None:
        """Show the account afresh."""
        self.saved = ""
        self._show(await self.call(profile_service.get_profile))
        self.ready = True

    def _show(self, me: profile_service.Me) -> None:
        self.display_name, self.email, self.pending_email = me.display_name, me.email, me.pending_email or ""
        self.user_id, self.since = me.id, words.day(me.created_at)
        self.portrait, self.has_picture = me.picture, me.has_picture

    @event(Who.USER)
    async def rename(self, form: dict[str, Any]) -> None:
        """Save the display name."""
        before = self.display_name
        self._show(await self.call(profile_service.rename, str(form.get("display_name", ""))))
        self.clear_notice()
        self.saved, self._before, self.can_undo = _("Saved"), before, before != self.display_name

    @event(Who.USER)
    async def undo(self) -> None:
        """Put the name back as it was."""
        self._show(await self.call(profile_service.rename, self._before))
        self.saved, self.can_undo = _("Your name is as it was."), False
        self.name_round += 1


@layout.page(
    "/account",
    _("Profile"),
    on_load=[
        Visitor.look,
        Address.read,
        ProfileState.load,
        PasskeysState.look_for_offer,
        NewSignInsState.load,
    ],
)
def profile() -> rx.Component:
    """Show who you are here."""
    return layout.account(
        _("Profile"),
        "/account",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            ProfileState.ready,
            rx.el.div(
                offer(),
                _who(),
                _name(),
                change_username(Visitor.username),
                picture(ProfileState.portrait, ProfileState.has_picture),
                address(ProfileState.email, ProfileState.pending_email),
            ),
            skeleton(5),
        ),
    )


def _who() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            monogram(Visitor.display_name[0], ProfileState.portrait, round_=True, big=True),
            rx.el.div(
                rx.el.p(Visitor.display_name, class_name="strong breaks"),
                rx.el.p(Visitor.username, class_name="quiet breaks"),
                rx.el.p(sentence(_("Here since {date}"), date=ProfileState.since), class_name="faint small"),
            ),
            class_name="who",
        ),
        rx.cond(
            Visitor.email_confirmed,
            rx.fragment(),
            notice(
                _("Your address is not confirmed yet, so you can neither create apps nor sign in to sites."),
                "warn",
                " ",
                rx.el.a(_("Confirm it now"), href="/account/email_confirm", reload_document=True, class_name="strong"),
            ),
        ),
        class_name="section",
    )


def _name() -> rx.Component:
    return layout.section(
        _("Your name"),
        _("The sites you are connected with see it the next time they look."),
        rx.el.form(
            rx.el.div(
                field(
                    _("Display name"),
                    "display_name",
                    problem=problem("display_name"),
                    default_value=Visitor.display_name,
                    key=ProfileState.name_round,
                    auto_complete="name",
                    max_length=64,
                ),
                rx.el.button(_("Save"), type="submit", class_name="button main", custom_attrs={"data-waits": ""}),
                class_name="joined beside",
            ),
            on_submit=ProfileState.rename,
            no_validate=True,
        ),
        saved_note(ProfileState.saved, ProfileState.undo, can_undo=ProfileState.can_undo),
    )
