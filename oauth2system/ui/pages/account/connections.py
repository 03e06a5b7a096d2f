"""Connections: the sites that the account is used for, what each may read, and **Revoke access**."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.authorization import consents
from oauth2system.ui import layout, words
from oauth2system.ui.components import button, empty, mark, monogram, notice_place, refresh_button, skeleton
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.state import Visitor, Who, event


class ConnectionsState(Visitor):
    """The apps the visitor has agreed to."""

    ready: bool = False
    sites: list[dict[str, str]] = []
    has_several: bool = False
    asks_about_all: bool = False

    @event(Who.USER)
    async def load(self) -> None:
        """Load the connections."""
        self.asks_about_all = False
        self._show(await consents.list_connections(self.call))
        self.ready = True

    def _show(self, connected: list[consents.ConnectionView]) -> None:
        self.sites, self.has_several = [_make_row(one) for one in connected], len(connected) > 1

    @event(Who.USER)
    async def revoke(self, client_id: str) -> None:
        """Revoke a site's access at once, without a question: signing in there again restores it."""
        name = next((site["name"] for site in self.sites if site["id"] == client_id), "")
        self._show(await self.call(consents.revoke, client_id))
        self.report(_("{app} has no access any more. If you sign in there again, it asks you first.").format(app=name))

    @event(Who.USER)
    def ask_about_all(self) -> None:
        """Ask once more before all sites lose their access, or take the question back."""
        self.asks_about_all = not self.asks_about_all

    @event(Who.USER)
    async def revoke_all(self) -> None:
        """Revoke the access of all sites at once."""
        await self.call(consents.revoke_all)
        self._show([])
        self.asks_about_all = False
        self.report(_("No site has access any more. If you sign in to one again, it asks you first."))


def _make_row(one: consents.ConnectionView) -> dict[str, str]:
    return {
        "id": one.client_id,
        "name": one.app_name,
        "letter": one.app_name[:1],
        "logo": one.logo,
        "owner": one.owner_name,
        "home": one.home if one.home.startswith(("https://", "http://")) else "",
        "allowed": "; ".join(_(words) for words in one.allowed),
        "since": words.day(one.granted_at),
        "fetched": words.ago(one.fetched_at),
    }


@layout.page(
    "/account/connections", _("Connections"), on_load=[Visitor.look, ConnectionsState.load, NewSignInsState.load]
)
def connections() -> rx.Component:
    """Show the list of sites, or an explanation while there is none."""
    return layout.account(
        _("Connections"),
        "/account/connections",
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            ConnectionsState.ready,
            rx.cond(
                ConnectionsState.sites,
                rx.el.div(
                    rx.el.ul(rx.foreach(ConnectionsState.sites, _item), class_name="list"),
                    rx.cond(ConnectionsState.has_several, _all()),
                ),
                _none(),
            ),
            skeleton(5),
        ),
        refresh_button(ConnectionsState.load),
        lead=_("The sites you sign in to with this account, and what each may know about you."),
    )


def _item(site: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            monogram(site["letter"], site["logo"]),
            rx.el.div(
                rx.el.h2(site["name"], class_name="breaks name"),
                rx.el.p(site["allowed"], class_name="quiet"),
                rx.el.dl(
                    _fact(_("Since"), site["since"]),
                    _fact(_("Last read your data"), site["fetched"]),
                    _fact(_("Belongs to"), site["owner"]),
                    rx.cond(site["home"] != "", _fact(_("At"), site["home"])),
                    class_name="facts",
                ),
                class_name="stack tight",
            ),
            class_name="who top-aligned",
        ),
        button(
            rx.fragment(_("Revoke access"), rx.el.span(" ", _("of"), " ", site["name"], class_name="unseen")),
            ConnectionsState.revoke(site["id"]),
            kind="harm",
        ),
        class_name="split",
    )


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
                "When you sign in to a site with this account, it appears here with everything it may know. "
                "You can revoke its access there with one click."
            ),
            drawing=mark(56),
        ),
        class_name="card flat",
    )
