"""The drawing of the home page."""

import reflex as rx

from oauth2system.i18n import _


def scene() -> rx.Component:
    """Draw one account and the sites that it signs in to."""
    return rx.el.svg(
        rx.el.title(_("One ring with an open door; three sites are joined to it.")),
        rx.el.circle(cx="246", cy="230", r="218", class_name="ground"),
        *_threads(),
        _ring(),
        _site(356, 34, "leaf"),
        _site(396, 178, "spark"),
        _site(356, 322, "ink"),
        view_box="0 0 560 460",
        fill="none",
        class_name="scene",
        role="img",
    )


def _ring() -> rx.Component:
    return rx.el.g(
        rx.el.path(
            d="M300.4 184.21A114 114 0 1 0 300.4 275.79A48 48 0 0 1 252.4 264.28"
            "A66 66 0 1 1 252.4 195.72A48 48 0 0 1 300.4 184.21Z",
            class_name="leaf",
        ),
        rx.el.circle(cx="286", cy="230", r="34", class_name="spark"),
    )


def _threads() -> list[rx.Component]:
    paths = ("M322 208C352 190 322 86 356 86", "M330 230H396", "M322 252C352 270 322 374 356 374")
    return [
        rx.el.path(
            d=d,
            class_name="path",
            custom_attrs={"strokeWidth": "3", "strokeDasharray": "2 9", "strokeLinecap": "round"},
        )
        for d in paths
    ]


def _site(x: int, y: int, colour: str) -> rx.Component:
    """Draw one site as a small window with somebody signed in."""
    return rx.el.g(
        rx.el.rect(
            x=str(x),
            y=str(y),
            width="148",
            height="104",
            rx="16",
            class_name="sheet",
            custom_attrs={"strokeWidth": "1.5"},
        ),
        rx.el.circle(cx=str(x + 30), cy=str(y + 34), r="13", class_name=colour),
        rx.el.rect(x=str(x + 54), y=str(y + 25), width="70", height="7", rx="3.5", class_name="soft"),
        rx.el.rect(x=str(x + 54), y=str(y + 38), width="44", height="7", rx="3.5", class_name="soft"),
        rx.el.rect(x=str(x + 17), y=str(y + 64), width="114", height="7", rx="3.5", class_name="soft"),
        rx.el.rect(x=str(x + 17), y=str(y + 78), width="82", height="7", rx="3.5", class_name="soft"),
    )
