"""The components of both kinds of pages, written once for the elements of either.

`parts` makes them for pages that the server writes, `ui/components` makes them for pages that live in the
browser. So a field has the same label, ids, words and announcements on every page.
"""

from collections.abc import Callable
from typing import Any

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Child, Element

# A text, an element, or a value that changes in the browser. The two kinds of pages have different types, and Reflex
# types the vars of a state as their values, so no narrower type holds.
Content = Any

DRAWINGS = {
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
_RING = "M26.9 10.77A13 13 0 1 0 26.9 21.23A5.5 5.5 0 0 1 21.3 19.88A7.4 7.4 0 1 1 21.3 12.12A5.5 5.5 0 0 1 26.9 10.77Z"


def _passkey_sentences() -> list[tuple[str, str]]:
    """Return what can keep a browser from making or using a passkey, as our script names it, in sentences."""
    return [
        ("cancelled", _("Nothing was done: it was cancelled, or no passkey was chosen. Try again when you like.")),
        ("late", _("That took too long. Try again.")),
        ("known", _("This device has a passkey of this account already.")),
        ("origin", _("The browser allows no passkeys at this address. Open the server under its own host name.")),
        ("unable", _("This device has no passkey that can do this: it needs a fingerprint, a face or a PIN.")),
        ("offline", _("The server did not answer. Check your connection, then try again.")),
        ("failed", _("The browser could not do this. Try again, or go on another way.")),
        ("said", ""),
    ]


_HIDDEN = {"aria-hidden": "true"}


class Parts:
    """The components for one kind of elements.

    `el` has the elements, `form` is a form that the browser itself posts, and `when` shows something only
    while a text is not empty.
    """

    def __init__(
        self, el: Content, form: Callable[..., Any], when: Callable[[Content, Callable[[], Content], Content], Content]
    ) -> None:  # fmt: skip
        self._el = el
        self._form = form
        self._when = when

    def mark(self, size: int = 30) -> Content:
        """Draw the logo: a ring with a pearl."""
        return self._el.svg(
            self._el.path(d=_RING, class_name="mark-ring"),
            self._el.circle(cx="25.2", cy="16", r="3.8", class_name="mark-spark"),
            view_box="0 0 32 32",
            width=str(size),
            height=str(size),
            fill="none",
            custom_attrs=_HIDDEN,
        )

    def icon(self, name: str, size: int = 22, class_name: str = "") -> Content:
        """Draw an icon; the words next to it say the same."""
        line = {"stroke": "currentColor", "strokeWidth": "1.8", "strokeLinecap": "round", "strokeLinejoin": "round"}
        return self._el.svg(
            self._el.path(d=DRAWINGS[name], custom_attrs=line),
            view_box="0 0 24 24",
            width=str(size),
            height=str(size),
            fill="none",
            class_name=class_name,
            custom_attrs=_HIDDEN,
        )

    def monogram(self, letter: Content, picture: Content = "", *, round_: bool = False, big: bool = False) -> Content:
        """Draw a tile with a picture, or with the first letter of a name; the name itself is always next to it."""
        classes = " ".join(name for name, wanted in (("tile", True), ("round", round_), ("big", big)) if wanted)
        shown = self._when(picture, lambda: self._el.img(src=picture, alt=""), letter)
        return self._el.span(shown, class_name=classes, custom_attrs=_HIDDEN)

    def notice(self, text: Content, kind: str = "info", *more: Content, class_name: str = "") -> Content:
        """Return a notice that is always there, such as a standing warning."""
        return self._el.div(self.icon(kind), self._el.div(text, *more), class_name=class_name or f"notice {kind}")

    def empty(self, title: Content, text: Content, *more: Content, drawing: Content = None) -> Content:
        """Explain an empty list."""
        first = [] if drawing is None else [drawing]
        return self._el.div(*first, self._el.h2(title), self._el.p(text), *more, class_name="empty")

    def native_form(self, action: str, *children: Content, **props: Any) -> Content:
        """Return a form that the browser posts: for credentials, and for answers that leave our site."""
        props.setdefault("class_name", "form")
        return self._form(*children, action=action, method="post", **props)

    def passkey_form(  # noqa: PLR0913  (a form has these parts)
        self,
        action: str,
        asks: str,
        label: str,
        *children: Content,
        kind: str = "whole",
        makes: bool = False,
        offers: bool = False,
    ) -> Content:
        """Return the form that makes or uses a passkey: shown only where the browser has them (assets/passkeys.js).

        `asks` is the address of what the browser is asked; `offers` is whether the username field offers passkeys.
        """
        attributes = (
            {"data-passkey": asks} | ({"data-makes": ""} if makes else {}) | ({"data-offers": ""} if offers else {})
        )
        said = [
            self._el.p(words, class_name="problem", hidden=True, custom_attrs={"data-when": when})
            for when, words in _passkey_sentences()
        ]
        return self.native_form(
            action,
            *children,
            self.submit(label, kind=kind),
            self._el.div(*said, custom_attrs={"aria-live": "polite"}),
            class_name="form with-passkeys",
            custom_attrs=attributes,
        )

    def hidden(self, name: str, value: Content) -> Content:
        """Return a hidden field of a native form."""
        return self._el.input(type="hidden", name=name, value=value, read_only=True)

    def submit(self, label: str, *, kind: str = "main whole", **props: Any) -> Content:
        """Return the button that sends a native form."""
        return self._el.button(label, type="submit", class_name=f"button {kind}".strip(), **props)

    def field(  # noqa: PLR0913  (a field has these parts)
        self,
        label: str,
        name: str,
        *,
        problem: Content = None,
        hint: Content = None,
        good: Content = None,
        area: bool = False,
        id_: str = "",
        **props: Any,
    ) -> Content:
        """Return a labelled field; its `problem` is announced when it appears."""
        own = id_ or name
        props.setdefault("type", "text")
        if area:
            props.pop("type")
        control = self._el.textarea if area else self._el.input
        return self._el.div(
            self._el.label(label, html_for=own),
            control(id=own, name=name, custom_attrs=self._attributes(own, problem, hint, props), **props),
            *self._below(own, problem, hint, good),
            class_name="field",
        )

    def password_field(  # noqa: PLR0913  (the facts of one thing)
        self,
        label: str,
        name: str = "password",
        *,
        new: bool = False,
        problem: Content = None,
        hint: Content = None,
        id_: str = "",
        **props: Any,
    ) -> Content:
        """Return a password field that can be shown; it is posted natively and never enters a state."""
        own = id_ or name
        props.setdefault("required", True)
        control = self._el.input(
            id=own,
            name=name,
            type="password",
            auto_complete="new-password" if new else "current-password",
            min_length=8 if new else 1,
            max_length=128 if new else 1024,
            custom_attrs=self._attributes(own, problem, hint, props),
            **props,
        )
        return self._el.div(
            self._el.label(label, html_for=own),
            self._el.span(control, self._revealer(own), class_name="reveal"),
            *self._below(own, problem, hint, None),
            class_name="field",
        )

    def _revealer(self, own: str) -> Content:
        return self._el.button(
            self._el.span(_("Show"), custom_attrs={"data-when-hidden": ""}),
            self._el.span(_("Hide"), custom_attrs={"data-when-shown": ""}),
            self._el.span(_("the password"), class_name="unseen"),
            type="button",
            custom_attrs={"data-reveals": own, "aria-pressed": "false", "aria-controls": own},
        )

    def _attributes(self, own: str, problem: Content, hint: Content, props: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes that connect a control with its hint and its problem."""
        below = [f"{own}-problem"] if problem is not None else []
        if hint is not None:
            below.append(f"{own}-hint")
        attributes: dict[str, Any] = dict(props.pop("custom_attrs", {}))
        if below:
            attributes["aria-describedby"] = " ".join(below)
        if problem is not None:
            attributes["aria-invalid"] = self._when(problem, lambda: "true", "false")
        return attributes

    def _below(self, own: str, problem: Content, hint: Content, good: Content) -> list[Content]:
        """Return the hint and the problem below a control, each in an element of its own.

        A browser's translation wraps texts in elements of its own. What is left of a text that React takes
        out alone would break the page.
        """
        parts: list[Content] = []
        if hint is not None:
            parts.append(self._el.span(hint, id=f"{own}-hint", class_name="hint"))
        if problem is not None:
            words = self._when(problem, lambda: self._el.span(problem), None)
            parts.append(self._el.span(words, id=f"{own}-problem", class_name="problem", role="alert"))
        if good is not None:
            parts.append(
                self._el.span(id=f"{own}-good", class_name="fine", role="status", custom_attrs={"data-words": good})
            )
        return parts


def _when(text: str | None, make: Element, otherwise: Child) -> Child:
    return make() if text else otherwise


parts = Parts(html, html.form, _when)
