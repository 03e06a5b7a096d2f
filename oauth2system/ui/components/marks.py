"""The mark, and the few line drawings of the pages: inline SVG, coloured by the sheet."""

import reflex as rx

_DRAWINGS = {
    "sun": "M12 4V2m0 20v-2m8-8h2M2 12h2m13.7-5.7 1.4-1.4M4.9 19.1l1.4-1.4m0-11.4L4.9 4.9m14.2 14.2-1.4-1.4"
    "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z",
    "moon": "M20.5 14.1A8.5 8.5 0 1 1 9.9 3.5a6.8 6.8 0 0 0 10.6 10.6Z",
    "good": "M8 12.5l2.7 2.7L16 9.5M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
    "bad": "M12 7.5v5.5m0 3.2v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
    "info": "M12 11v5.5m0-8.8v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
    "warn": "M12 9.5v4m0 3v.1M10.6 4.3 2.9 17.6A1.6 1.6 0 0 0 4.3 20h15.4a1.6 1.6 0 0 0 1.4-2.4"
    "L13.4 4.3a1.6 1.6 0 0 0-2.8 0Z",
    "back": "M15 5l-7 7 7 7",
    "on": "M5 12h14m-6-6 6 6-6 6",
    "mail": "M3.5 6.5h17v11h-17zM4 7l8 6.5L20 7",
}


def mark(size: int = 30) -> rx.Component:
    """Draw the mark: a ring, and the pearl that is you."""
    return rx.el.svg(
        rx.el.path(
            d="M26.9 10.77A13 13 0 1 0 26.9 21.23A5.5 5.5 0 0 1 21.3 19.88"
            "A7.4 7.4 0 1 1 21.3 12.12A5.5 5.5 0 0 1 26.9 10.77Z",
            class_name="mark-ring",
        ),
        rx.el.circle(cx="25.2", cy="16", r="3.8", class_name="mark-spark"),
        view_box="0 0 32 32",
        width=str(size),
        height=str(size),
        fill="none",
        custom_attrs={"aria-hidden": "true"},
    )


def icon(name: str, size: int = 22, class_name: str = "") -> rx.Component:
    """Draw one of the small line drawings; words beside it say the same."""
    return rx.el.svg(
        rx.el.path(
            d=_DRAWINGS[name],
            custom_attrs={
                "stroke": "currentColor",
                "strokeWidth": "1.8",
                "strokeLinecap": "round",
                "strokeLinejoin": "round",
            },
        ),
        view_box="0 0 24 24",
        width=str(size),
        height=str(size),
        fill="none",
        class_name=class_name,
        custom_attrs={"aria-hidden": "true"},
    )


def monogram(letter: str, *, round_: bool = False, big: bool = False) -> rx.Component:
    """Draw a tile with the first letter of a name; the name itself always stands beside it."""
    classes = " ".join(name for name, wanted in (("tile", True), ("round", round_), ("big", big)) if wanted)
    return rx.el.span(letter, class_name=classes, custom_attrs={"aria-hidden": "true"})
