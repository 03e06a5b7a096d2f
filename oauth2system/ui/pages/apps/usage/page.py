"""The page of an app's usage: a chart, the same numbers as a table, and where visitors drop out."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.insight.usage import Span
from oauth2system.ui import layout
from oauth2system.ui.components import empty, sentence
from oauth2system.ui.pages.apps.app_frame import show_app
from oauth2system.ui.pages.apps.usage.usage_state import UsageState
from oauth2system.ui.state import Visitor

SPANS = (
    (Span.DAY, _("The last 24 hours, by hour")),
    (Span.MONTH, _("The last 30 days, by day")),
    (Span.YEAR, _("The last 12 months, by month")),
)
COLUMNS = (
    ("sign_ins", _("Sign-ins")),
    ("approvals", _("Allowed")),
    ("denials", _("Cancelled")),
    ("fetches", _("Users fetched")),
    ("refusals", _("Refused requests")),
)
CHART_HEIGHT = 260


@layout.page("/apps/[client_id]/usage", _("Usage"), on_load=[Visitor.look, UsageState.load])
def app_usage() -> rx.Component:
    """Show the usage, or say that there is no such app."""
    return show_app(
        UsageState,
        "/usage",
        _("Usage"),
        rx.el.div(_choose(), _standing(), rx.cond(UsageState.is_empty, _nothing(), _numbers()), class_name="stack"),
        lead=_("How often people sign in with your app, and where they are lost. All times are UTC."),
    )


def _choose() -> rx.Component:
    return rx.el.div(
        rx.el.label(_("Time"), html_for="span"),
        rx.el.select(
            *(rx.el.option(words, value=span.value) for span, words in SPANS),
            id="span",
            value=UsageState.span,
            on_change=UsageState.choose_span,
        ),
        class_name="field",
    )


def _standing() -> rx.Component:
    export = "/apps/usage/export?client_id=" + UsageState.app_id + "&span=" + UsageState.span
    return rx.el.div(
        rx.el.span(sentence(_("Live, as of {time}"), time=UsageState.looked_at), class_name="faint small"),
        rx.el.a(_("Download CSV"), href=export, reload_document=True, class_name="button bare"),
        class_name="row",
    )


def _nothing() -> rx.Component:
    return empty(
        _("Nothing was counted in this time"),
        _("As soon as somebody signs in to your site, it is counted here."),
        rx.el.a(_("Connect your site"), href="/apps/" + UsageState.app_id + "/connect", class_name="button main"),
    )


def _numbers() -> rx.Component:
    return rx.fragment(
        rx.el.dl(
            *(rx.el.div(rx.el.dt(words), rx.el.dd(UsageState.totals[name])) for name, words in COLUMNS),
            rx.cond(
                UsageState.totals["median"] != "",
                rx.el.div(
                    rx.el.dt(_("Median time from the link until your site has the data")),
                    rx.el.dd(UsageState.totals["median"]),
                ),
            ),
            class_name="totals",
        ),
        _chart(),
        rx.el.details(rx.el.summary(_("The same as a table")), _table()),
        _passages(),
    )


def _chart() -> rx.Component:
    chart = rx.recharts.bar_chart(
        rx.recharts.cartesian_grid(stroke="var(--line)", vertical=False),
        rx.recharts.x_axis(data_key="when", stroke="var(--ink-3)", min_tick_gap=24, tick_line=False),
        rx.recharts.y_axis(allow_decimals=False, stroke="var(--ink-3)", width=44, tick_line=False),
        rx.recharts.bar(data_key="sign_ins", fill="var(--accent)", is_animation_active=False),
        rx.recharts.bar(data_key="refusals", fill="var(--bad)", is_animation_active=False),
        data=UsageState.bars,
        width="100%",
        height=CHART_HEIGHT,
    )
    return rx.el.figure(
        rx.el.div(chart, class_name="chart", custom_attrs={"aria-hidden": "true"}),
        rx.el.figcaption(
            rx.el.span(rx.el.i(class_name="key"), _("Sign-ins")),
            rx.el.span(rx.el.i(class_name="key bad"), _("Refused requests")),
            class_name="row small",
        ),
    )


def _table() -> rx.Component:
    head = rx.el.tr(rx.el.th(_("From"), scope="col"), *(rx.el.th(words, scope="col") for _name, words in COLUMNS))
    return rx.el.div(
        rx.el.table(
            rx.el.thead(head),
            rx.el.tbody(
                rx.foreach(
                    UsageState.rows,
                    lambda row: rx.el.tr(
                        rx.el.th(row["when"], scope="row"), *(rx.el.td(row[name]) for name, _words in COLUMNS)
                    ),
                )
            ),
            class_name="numbers",
        ),
        class_name="scrolls",
        tab_index=0,
        role="region",
        custom_attrs={"aria-label": _("Usage in numbers")},
    )


def _passages() -> rx.Component:
    return layout.section(
        _("Where people drop out"),
        _("How many came to each step of a sign-in, and how many went on."),
        rx.el.ul(rx.foreach(UsageState.passages, _passage), class_name="list"),
    )


def _passage(one: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one["name"]),
        rx.el.span(rx.el.i(style={"width": one["share"]}), class_name="share", custom_attrs={"aria-hidden": "true"}),
        rx.el.b(sentence(_("{part} of {whole}"), part=one["went_on"], whole=one["came"])),
    )
