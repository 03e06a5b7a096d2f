"""Your data: downloaded, or deleted with the account."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import native_form, notice_place, password_field, submit
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.pages.account.data_state import DOWNLOAD, DataState
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor


@layout.page(
    "/account/data",
    _("Your data"),
    on_load=[Visitor.look, Address.read, DataState.reset_progress, NewSignInsState.load],
)
def data() -> rx.Component:
    """Show the download of all data, and the deletion of the account."""
    return layout.account(
        _("Your data"),
        "/account/data",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        layout.section(
            _("Take it with you"),
            _("All that is kept about you in one ZIP file: your account, sites, apps, pictures and what happened."),
            _download(),
        ),
        layout.section(_("Delete the account"), None, rx.el.div(_words(), _form(), class_name="danger stack")),
    )


def _download() -> rx.Component:
    """Return a link that works without script too; with it, the page shows the progress."""
    making: Any = DataState.percent > 0
    return rx.el.div(
        rx.el.p(
            rx.el.a(
                _("Download my data"),
                href=DOWNLOAD,
                on_click=DataState.make.prevent_default,
                class_name="button main",
            )
        ),
        rx.el.div(
            rx.cond(
                making,
                rx.fragment(
                    rx.el.label(_("Your data is being collected"), html_for="export"),
                    rx.el.progress(id="export", value=DataState.percent, max=100),
                ),
            ),
            class_name="stack tight",
            role="status",
        ),
        class_name="stack",
    )


def _words() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            _("You are signed out everywhere, and no site can use your account any more. It is deleted in 14 days.")
        ),
        rx.el.p(_("Until then you can keep it: sign in, or use the link that we mail you.")),
        rx.el.p(
            _("Your apps are disabled at once, and deleted with the account. Sites you visited keep what they know."),
            class_name="quiet",
        ),
        class_name="stack tight",
    )


def _form() -> rx.Component:
    return rx.el.details(
        rx.el.summary(_("I want to delete my account")),
        native_form(
            "/account/delete",
            password_field(_("Password"), problem=problem("password"), hint=_("To be sure that it is you.")),
            rx.el.div(submit(_("Delete account"), kind="harm main")),
        ),
        open=Address.form != "",
    )
