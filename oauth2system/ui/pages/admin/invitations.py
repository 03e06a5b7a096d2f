"""Invitations: links by which people may register, made and revoked."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import quotas
from oauth2system.services.accounts.admission import InvitationStage
from oauth2system.ui import layout
from oauth2system.ui.components import Content, button, empty, field, notice_place, sentence, shown_once, skeleton
from oauth2system.ui.pages.admin.invitations_state import InvitationsState
from oauth2system.ui.query import problem
from oauth2system.ui.state import Visitor


@layout.page("/admin/invitations", _("Invitations"), on_load=[Visitor.look, InvitationsState.load])
def invitations() -> rx.Component:
    """Show the form for a new invitation, and the newest ones."""
    return layout.administration(
        _("Invitations"),
        "/admin/invitations",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            InvitationsState.ready,
            rx.el.div(
                layout.section(_("New invitation"), None, _form(), _link()),
                layout.section(
                    _("All invitations"),
                    None,
                    rx.cond(
                        InvitationsState.invitations,
                        rx.el.ul(rx.foreach(InvitationsState.invitations, _row), class_name="list"),
                        rx.el.div(empty(_("No invitations yet."), _("Make one above.")), class_name="card flat"),
                    ),
                ),
            ),
            skeleton(8),
        ),
        lead=_("A link lets people create an account where registration is by invitation."),
    )


def _form() -> rx.Component:
    return rx.el.form(
        field(
            _("Accounts"),
            "uses",
            hint=_("How many people may use the link."),
            problem=problem("uses"),
            type="number",
            default_value="1",
            min="1",
            max=str(quotas.INVITATION_USES),
            auto_complete="off",
        ),
        field(
            _("Days"),
            "days",
            hint=_("How long it works."),
            problem=problem("days"),
            type="number",
            default_value="7",
            min="1",
            max=str(quotas.INVITATION_DAYS),
            auto_complete="off",
        ),
        field(
            _("Mail domain"),
            "mail_domain",
            hint=_("Only for addresses of this domain, like example.org. Leave it empty for any address."),
            problem=problem("mail_domain"),
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
            max_length=253,
        ),
        field(
            _("Email"),
            "email",
            hint=_("Only for this address. We mail the link to it. Leave it empty to hand the link over yourself."),
            problem=problem("email"),
            input_mode="email",
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
            max_length=254,
        ),
        rx.el.div(
            rx.el.button(
                _("Create invitation"), type="submit", class_name="button main", custom_attrs={"data-waits": ""}
            )
        ),
        on_submit=InvitationsState.create,
        key=InvitationsState.round,
        no_validate=True,
        class_name="form",
    )


def _link() -> rx.Component:
    return rx.cond(
        InvitationsState.link != "",
        shown_once(
            _("Invitation link"),
            InvitationsState.link,
            _("Copy it now: it is shown this once. Anybody who has it can use it."),
            button(_("I have copied it"), InvitationsState.close_link),
            comes=True,
        ),
    )


def _row(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.b(rx.cond(one["whom"] != "", one["whom"], _("Anybody with the link")), class_name="breaks"),
                " ",
                _badge(one),
            ),
            rx.el.p(
                sentence(
                    _("{used} · until {end} · made {beginning}"),
                    used=one["used"],
                    end=one["until"],
                    beginning=one["made"],
                ),
                class_name="small quiet",
            ),
        ),
        rx.cond(
            one["stage"] == "",
            button(
                rx.fragment(_("Revoke"), rx.el.span(" ", one["whom"], class_name="unseen")),
                InvitationsState.revoke(one["id"]),
                kind="harm",
            ),
        ),
        class_name="split",
    )


def _badge(one: dict[str, str]) -> Content:
    return rx.match(
        one["stage"],
        (InvitationStage.USED_UP.value, rx.el.span(_("used up"), class_name="badge")),
        (InvitationStage.EXPIRED.value, rx.el.span(_("expired"), class_name="badge warn")),
        (InvitationStage.REVOKED.value, rx.el.span(_("revoked"), class_name="badge bad")),
        rx.fragment(),
    )
