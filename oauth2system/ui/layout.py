"""The frame around every page: navigation, heading, and the account that is signed in."""

import json
from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.event import EventType

from oauth2system.i18n import _, languages, name_of, tag
from oauth2system.ui import new_sign_ins
from oauth2system.ui.components import (
    Content,
    NativeForm,
    PlainLink,
    icon,
    lost_connection,
    mark,
    needs_connection,
    skeleton,
    watched,
)
from oauth2system.ui.new_sign_ins import NewSignInsState
from oauth2system.ui.state import Visitor
from oauth2system.ui.theme import NAME

TABS = (
    ("/account", _("Profile")),
    ("/account/security", _("Security")),
    ("/account/connections", _("Connections")),
    ("/account/activity", _("Activity")),
    ("/account/data", _("Your data")),
)

ADMIN_TABS = (
    ("/admin", _("People and apps")),
    ("/admin/invitations", _("Invitations")),
    ("/admin/settings", _("Settings")),
)

# What follows /apps/[client_id] in the addresses of an app's pages.
APP_TABS = (
    ("", _("Overview")),
    ("/connect", _("Connect")),
    ("/secrets", _("Secrets")),
    ("/consent", _("Consent page")),
    ("/activity", _("Activity")),
    ("/playground", _("Playground")),
    ("/usage", _("Usage")),
    ("/protocol", _("Protocol")),
)

# A page for people who are signed in is left as soon as its session ends, in whichever browser it was ended.
_WATCHED = frozenset({"/apps", "/account", "/admin"})
# The edge finds the places to fill by these ids; React leaves their content alone.
MAIN, ENDS = "content", "ends"
_LEFT_ALONE = {"data-slot": "", "suppressHydrationWarning": True, "dangerouslySetInnerHTML": rx.Var('{"__html": ""}')}


def page(
    route: str, title: str, *, description: str = "", on_load: EventType[()] | None = None, by_server: bool = False
) -> Any:
    """Register a page under its title; only public pages are for search engines.

    A page that the server fills keeps the title it came with.
    """
    named: Any = NAME if route == "/" else f"{title} · {NAME}"
    if by_server:
        named = rx.Var(
            f'(typeof document === "undefined" ? {json.dumps(named, ensure_ascii=False)} : document.title)',
            _var_type=str,
        )
    return rx.page(
        route=route,
        title=named,
        description=description or _("One login for all your sites."),
        image="/touch-icon.png",
        meta=[] if route == "/" or route.startswith("/docs") else [{"name": "robots", "content": "noindex"}],
        on_load=on_load,
    )


def single(title: Content, *children: Content, lead: Content = None) -> rx.Component:
    """Return a page with one purpose and little around it."""
    return _frame(
        rx.el.main(heading(title, lead), *children, class_name="single", id="content"),
        class_name="page calm",
        bare=True,
    )


def slot() -> rx.Component:
    """Return the frame of a page whose words and forms the server puts into its answer (decision 0022)."""
    return rx.el.div(
        PlainLink.create(_("Skip to the content"), href=f"#{MAIN}", class_name="skip"),
        rx.el.header(
            rx.el.a(mark(), NAME, href="/", class_name="brand"),
            rx.el.div(
                _theme_toggle(), rx.el.div(id=ENDS, class_name="ends", custom_attrs=_LEFT_ALONE), class_name="ends"
            ),
            class_name="top",
        ),
        rx.el.main(id=MAIN, class_name="single", custom_attrs=_LEFT_ALONE),
        _foot(),
        class_name="page calm",
    )


def wide(
    *children: Content, current: str = "", class_name: str = "", live: EventType[()] | None = None
) -> rx.Component:
    """Return a page of full width; outside the guides, its content comes over the socket."""
    needs = rx.fragment() if current in {"", "/docs"} else needs_connection()
    watch = watched(live) if current in _WATCHED else rx.fragment()
    return _frame(rx.el.main(needs, *children, watch, class_name=class_name, id="content"), current=current)


def read(title: Content, *children: Content, current: str, lead: Content = None) -> rx.Component:
    """Return a page of reading width with its heading."""
    return wide(heading(title, lead), *children, current=current, class_name="read")


def account(title: str, path: str, *children: Content, lead: Content = None, live: Sequence[Any] = ()) -> rx.Component:
    """Return a page about the person's own account; `live` are the events that show what changed elsewhere."""
    tabs = tab_row(_("Account"), *(_link(to, words, path) for to, words in TABS))
    content = (tabs, heading(title, lead), new_sign_ins.ask(), *children)
    return wide(*content, current="/account", class_name="read", live=[NewSignInsState.load, *live])


def administration(title: str, path: str, *children: Content, lead: Content = None) -> rx.Component:
    """Return one of the pages of administrators."""
    tabs = tab_row(_("Administration"), *(_link(to, words, path) for to, words in ADMIN_TABS))
    return wide(tabs, heading(title, lead), *children, current="/admin", class_name="read")


def heading(title: Content, lead: Content = None, *more: Content) -> rx.Component:
    """Return the page's one heading; it can take the focus after a page change."""
    words = rx.el.p(lead, class_name="lead") if lead is not None else rx.fragment()
    return rx.el.div(*more, rx.el.h1(title, tab_index=-1), words, class_name="heading")


def section(title: str, words: str | None, *children: Content) -> rx.Component:
    """Return one part of the page."""
    return rx.el.section(
        rx.el.header(rx.el.h2(title), rx.el.p(words, class_name="quiet") if words else rx.fragment()),
        *children,
        class_name="section",
    )


def back(to: str, words: str) -> rx.Component:
    """Return the link to the page above, over a heading."""
    return rx.el.a(icon("back", 18), words, href=to, class_name="crumb")


def waiting_page(title: str) -> rx.Component:
    """Stand in for what comes over the socket: a heading, and the place of the rest."""
    return rx.fragment(heading(title), skeleton(8))


def loading_page() -> rx.Component:
    """Return what is shown while the browser fetches a page."""
    return rx.el.div(rx.el.main(skeleton(6), class_name="read", id="content"), class_name="page")


def _frame(main: rx.Component, *, current: str = "", class_name: str = "page", bare: bool = False) -> rx.Component:
    return rx.el.div(
        PlainLink.create(_("Skip to the content"), href="#content", class_name="skip"),
        _top(None if bare else current),
        main,
        _foot(),
        lost_connection(),
        class_name=class_name,
    )


def _top(current: str | None) -> rx.Component:
    return rx.el.header(
        rx.el.a(mark(), NAME, href="/", class_name="brand"),
        rx.fragment() if current is None else rx.cond(Visitor.signed_in, _places(current)),
        rx.el.div(_theme_toggle(), rx.cond(Visitor.signed_in, _sign_out()), class_name="ends"),
        class_name="top",
    )


def _places(current: str) -> rx.Component:
    return rx.el.nav(
        _link("/apps", _("Apps"), current),
        _link("/account", _("Account"), current),
        rx.cond(Visitor.is_admin, _link("/admin", _("Admin"), current)),
        _link("/docs", _("Docs"), current),
        class_name="nav main arrives",
        custom_attrs={"aria-label": _("Main")},
    )


def _link(to: str, words: str, current: str) -> rx.Component:
    return tab(to, words, here=to == current)


def tab_row(label: str, *tabs: rx.Component) -> rx.Component:
    """Return pages of one kind as a row of tabs; on a phone it is moved sideways, to the page that is open."""
    return rx.el.nav(*tabs, class_name="tabs", custom_attrs={"aria-label": label})


def tab(to: Content, words: str, *, here: bool) -> rx.Component:
    """Return one tab of a row of tabs."""
    return rx.el.a(words, href=to, custom_attrs={"aria-current": "page"} if here else {})


def app_tabs(app_id: Content, here: str = "") -> rx.Component:
    """Return the tabs of an app's pages; `here` is the part of the address that names the page this stands on."""
    return tab_row(
        _("This app"), *(tab("/apps/" + app_id + part, words, here=part == here) for part, words in APP_TABS)
    )


def _sign_out() -> rx.Component:
    button = rx.el.button(_("Sign out"), type="submit", class_name="button bare")
    return rx.fragment(
        rx.cond(Visitor.picture != "", rx.el.img(src=Visitor.picture, alt="", class_name="face small arrives")),
        NativeForm.create(button, action="/session/end", method="post", class_name="arrives"),
    )


def _theme_toggle() -> rx.Component:
    return rx.el.button(
        icon("moon", class_name="moon"),
        icon("sun", class_name="sun"),
        type="button",
        class_name="icon-button",
        on_click=rx.toggle_color_mode,
        custom_attrs={"aria-label": _("Switch between light and dark")},
    )


def _foot() -> rx.Component:
    return rx.el.footer(
        rx.el.span(_("One login for all your sites.")),
        rx.el.a(_("For developers"), href="/docs"),
        rx.el.a(_("Accessibility"), href="/accessibility"),
        _languages(),
        class_name="foot",
    )


def _languages() -> rx.Component:
    """Return a button for each language, in its own words; none where only English is spoken."""
    offered = languages()
    if len(offered) == 1:
        return rx.fragment()
    return NativeForm.create(
        *(rx.el.button(name_of(one), type="submit", name="to", value=one, lang=tag(one)) for one in offered),
        action="/language",
        method="post",
        class_name="languages",
        custom_attrs={"aria-label": _("Language")},
    )


def broken_page() -> rx.Component:
    """Return what is shown when a page breaks in the browser: never a blank page, never a traceback."""
    return rx.el.div(
        rx.el.main(
            rx.el.h1(_("This page does not work")),
            rx.el.p(_("Something in it broke; nothing you saved is lost. Load it again, or start from the home page.")),
            rx.el.p(rx.el.a(_("Go to the home page"), href="/", reload_document=True, class_name="button main")),
            class_name="single stack",
            id="content",
        ),
        class_name="page",
    )
