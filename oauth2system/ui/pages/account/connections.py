"""Connections: the sites that the account is used for, what each may read and has read, and **Revoke access**."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import button, empty, mark, monogram, notice_place, refresh_button, sentence, skeleton
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.pages.account.connections_state import ConnectionsState
from oauth2system.ui.state import Visitor

Site = dict[str, str]


@layout.page(
    "/account/connections", _("Connections"), on_load=[Visitor.look, ConnectionsState.load, NewSignInsState.load]
)
def connections() -> rx.Component:
    """Show the list of sites, or an explanation while there is none; it shows by itself what is read meanwhile."""
    return layout.account(
        _("Connections"),
        "/account/connections",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(ConnectionsState.can_restore, _undo()),
        rx.cond(
            ConnectionsState.ready,
            rx.el.div(
                rx.cond(
                    ConnectionsState.sites,
                    rx.el.div(
                        rx.el.ul(rx.foreach(ConnectionsState.sites, _item), class_name="list"),
                        rx.cond(ConnectionsState.has_several, _all()),
                    ),
                    _none(),
                ),
                rx.cond(ConnectionsState.former, _former()),
                class_name="stack wide",
            ),
            skeleton(5),
        ),
        refresh_button(ConnectionsState.refresh, live=True),
        lead=_("The sites you sign in to with this account, what each may know about you, and what it has read."),
    )


def _undo() -> rx.Component:
    """Offer to undo the revocation; the style sheet takes the offer away after ten seconds."""
    return rx.el.div(button(_("Undo"), ConnectionsState.undo, auto_focus=True), class_name="undoable")


def _item(site: Site) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            _who(
                site,
                rx.el.dl(
                    _fact(_("Since"), site["since"]),
                    _fact(_("Last read your data"), site["fetched"]),
                    _fact(_("Belongs to"), site["owner"]),
                    rx.cond(site["home"] != "", _fact(_("At"), site["home"])),
                    class_name="facts",
                ),
            ),
            _allowed(site),
            _reads(site),
            rx.cond(
                ConnectionsState.asks_about == site["id"],
                _question(site),
                rx.el.div(
                    button(
                        rx.fragment(_("Revoke access"), _of(site)), ConnectionsState.ask_about(site["id"]), kind="harm"
                    )
                ),
            ),
            class_name="stack",
        ),
    )


def _who(site: Site, *below: rx.Component) -> rx.Component:
    return rx.el.div(
        monogram(site["letter"], site["logo"]),
        rx.el.div(rx.el.h2(site["name"], class_name="breaks name"), *below, class_name="stack tight"),
        class_name="who top-aligned",
    )


def _of(site: Site) -> rx.Component:
    """Name the site behind the words of a button, for screen readers."""
    return rx.el.span(" ", sentence(_("of {app}"), app=site["name"]), class_name="unseen")


def _question(site: Site) -> rx.Component:
    return rx.el.div(
        rx.el.p(sentence(_("Should {app} lose its access?"), app=site["name"]), role="alert"),
        rx.el.div(
            button(rx.fragment(_("Revoke access"), _of(site)), ConnectionsState.revoke(site["id"]), kind="harm main"),
            button(_("Keep it"), ConnectionsState.ask_about(site["id"]), auto_focus=True),
            class_name="row",
        ),
        class_name="danger stack",
    )


def _allowed(site: Site) -> rx.Component:
    """List what the site may use; what it does not need can be unticked."""
    allowed: Any = ConnectionsState.allowed[site["id"]]
    return rx.el.fieldset(rx.el.legend(_("May use"), _of_site(site)), rx.foreach(allowed, _scope), class_name="ticks")


def _of_site(site: Site) -> rx.Component:
    return rx.el.span(" ", site["name"], class_name="unseen")


def _scope(scope: Site) -> rx.Component:
    return rx.el.div(
        rx.el.input(
            id=scope["id"],
            type="checkbox",
            checked=True,
            disabled=scope["fixed"] != "",
            on_change=ConnectionsState.narrow(scope["app"], scope["name"]),
        ),
        rx.el.label(scope["words"], html_for=scope["id"]),
        class_name="tick",
    )


def _reads(site: Site) -> rx.Component:
    """List the last reads of a site; or all of them, page by page."""
    newest: Any = ConnectionsState.reads[site["id"]]
    return rx.el.section(
        rx.el.h3(_("What it has read"), _of_site(site)),
        rx.cond(
            ConnectionsState.history_of == site["id"],
            _history(site),
            rx.el.div(
                rx.cond(
                    newest.length() > 0,
                    rx.el.ul(rx.foreach(newest, _read), class_name="reads"),
                    rx.el.p(_("Nothing is recorded."), class_name="quiet"),
                ),
                rx.cond(
                    site["more"] != "",
                    rx.el.div(
                        button(rx.fragment(_("Show all"), _of_site(site)), ConnectionsState.show_reads(site["id"], 0))
                    ),
                ),
                class_name="stack tight",
            ),
        ),
        class_name="reads-of stack tight",
    )


def _history(site: Site) -> rx.Component:
    page: Any = ConnectionsState.history_page
    return rx.el.div(
        rx.el.ul(rx.foreach(ConnectionsState.history, _read), class_name="reads"),
        rx.el.div(
            rx.cond(page > 0, button(_("Newer"), ConnectionsState.show_reads(site["id"], page - 1))),
            rx.cond(ConnectionsState.has_older, button(_("Older"), ConnectionsState.show_reads(site["id"], page + 1))),
            button(_("Show fewer"), ConnectionsState.hide_reads),
            class_name="row",
        ),
        class_name="stack tight",
    )


def _read(one: Site) -> rx.Component:
    return rx.el.li(
        rx.el.b(one["what"], class_name=rx.cond(one["refused"] != "", "refused", "")),
        rx.el.span(one["when"], class_name="quiet breaks"),
    )


def _former() -> rx.Component:
    """List the sites without access that have read something, or tried to."""
    return layout.section(
        _("Sites without access"),
        _("What they read before, and whether they have tried again."),
        rx.el.ul(rx.foreach(ConnectionsState.former, _former_item), class_name="list"),
    )


def _former_item(site: Site) -> rx.Component:
    return rx.el.li(rx.el.div(_who(site), _reads(site), class_name="stack"))


def _all() -> rx.Component:
    """Offer to end all of it, and ask once more: unlike one site, many are work to connect again."""
    return rx.el.div(
        rx.cond(
            ConnectionsState.asks_about_all,
            rx.el.div(
                rx.el.p(_("Should every site in this list lose its access?"), role="alert"),
                rx.el.div(
                    button(_("End all connections"), ConnectionsState.revoke_all, kind="harm main"),
                    button(_("Keep them"), ConnectionsState.ask_about_all, auto_focus=True),
                    class_name="row",
                ),
                class_name="danger stack",
            ),
            button(_("End all connections"), ConnectionsState.ask_about_all, kind="harm"),
        ),
        class_name="section",
    )


def _fact(term: str, what: str) -> rx.Component:
    return rx.el.div(rx.el.dt(term), rx.el.dd(what, class_name="breaks"))


def _none() -> rx.Component:
    return rx.el.div(
        empty(
            _("No site yet"),
            _(
                "When you sign in to a site with this account, it appears here with everything it may know, and you "
                "can revoke its access."
            ),
            drawing=mark(56),
        ),
        class_name="card flat",
    )
