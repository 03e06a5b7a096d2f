"""Consent: who asks, for exactly which values of yours, and where the browser goes next."""

import reflex as rx

from oauth2system.errors import Refusal
from oauth2system.i18n import _, translate
from oauth2system.services.authorization import consents
from oauth2system.ui import layout
from oauth2system.ui.components import NativeForm, empty, hidden, icon, mark, monogram, native_form, notice, skeleton
from oauth2system.ui.state import Visitor, Who, event


class ConsentState(Visitor):
    """One pending request, in words and with the visitor's own values."""

    stage: str = ""
    reason: str = ""
    flow: str = ""
    account: str = ""
    app: str = ""
    letter: str = ""
    description: str = ""
    owner: str = ""
    owner_username: str = ""
    destination: str = ""
    is_loopback: bool = False
    email: str = ""
    gives: list[dict[str, str]] = []
    asks_again: bool = False
    policy_uri: str = ""
    tos_uri: str = ""

    @event(Who.USER)
    async def show(self) -> None:
        """Look up what is asked; what cannot be shown is told in its place."""
        self.stage, self.flow = "", self.router.url.query_parameters.get("flow", "")
        try:
            view = await self.call(consents.ask, self.flow)
        except Refusal as refusal:
            self.stage, self.reason = "ended", _(refusal.message)
            return
        self._fill(view)
        self.stage = "ask"

    def _fill(self, view: consents.ConsentView) -> None:
        self.account, self.email = view.account, view.email
        self.app, self.letter, self.description = view.app_name, view.app_name[:1], view.description
        self.owner, self.owner_username = view.owner_name, view.owner_username
        self.destination = view.destination
        self.is_loopback = any(f"://{host}" in view.destination for host in ("localhost", "127.0.0.1", "[::1]"))
        pairs = dict.fromkeys(pair for asked in view.asked for pair in asked.values)
        self.gives = [{"label": _(label), "value": translate(value)} for label, value in pairs]
        self.policy_uri, self.tos_uri = view.policy_uri or "", view.tos_uri or ""
        self.asks_again = bool(view.asked) and all(asked.known for asked in view.asked)


@layout.page("/consent", _("Share your account"), on_load=[Visitor.look, ConsentState.show])
def consent() -> rx.Component:
    """Ask once, plainly; the answer is a native form, because it ends on another site."""
    return layout.single(
        rx.match(
            ConsentState.stage,
            ("ask", rx.fragment(_("Sign in to "), rx.el.span(ConsentState.app, class_name="breaks"), _("?"))),
            ("ended", rx.fragment(_("This request has ended"))),
            rx.fragment(_("One moment")),
        ),
        rx.match(
            ConsentState.stage, ("ask", _question()), ("ended", _ended()), rx.el.div(skeleton(7), class_name="card")
        ),
    )


def _question() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _meeting(),
            rx.el.div(_asker(), _values(), _where(), class_name="stack"),
            class_name="card",
        ),
        _decision(),
        _as_whom(),
        class_name="stack",
    )


def _meeting() -> rx.Component:
    thread = rx.el.span(class_name="thread")
    return rx.el.div(
        monogram(ConsentState.letter, big=True),
        thread,
        mark(40),
        thread,
        monogram(Visitor.display_name[0], big=True, round_=True),
        class_name="meet",
        custom_attrs={"aria-hidden": "true"},
    )


def _asker() -> rx.Component:
    return rx.el.div(
        rx.cond(ConsentState.description != "", rx.el.p(ConsentState.description, class_name="quiet breaks")),
        rx.el.p(rx.el.b(ConsentState.app, class_name="breaks"), _(" asks who you are. It will get:")),
        rx.cond(
            ConsentState.asks_again,
            rx.el.p(_("You agreed to this before; this time it asks again."), class_name="quiet small"),
        ),
        class_name="stack tight",
    )


def _values() -> rx.Component:
    return rx.el.dl(
        rx.foreach(ConsentState.gives, lambda pair: rx.el.div(rx.el.dt(pair["label"]), rx.el.dd(pair["value"]))),
        class_name="gives",
    )


def _where() -> rx.Component:
    return rx.el.div(
        rx.el.p(_("It gets nothing else, and never your password."), class_name="strong"),
        rx.el.p(
            rx.cond(
                ConsentState.owner_username != "",
                rx.fragment(
                    _("The app belongs to "),
                    rx.el.b(ConsentState.owner),
                    " (",
                    ConsentState.owner_username,
                    "). ",
                ),
                _("The app registered itself here; nobody vouches for it. "),
            ),
            _("Next, your browser goes to "),
            rx.el.b(ConsentState.destination, class_name="breaks"),
            ".",
            class_name="quiet",
        ),
        _papers(),
        rx.cond(
            ConsentState.is_loopback,
            notice(
                _("This address is on your own machine. Go on only if you have just started such a program there."),
                "warn",
            ),
        ),
        class_name="stack tight",
    )


def _papers() -> rx.Component:
    """Show what the app registered about its terms (RFC 7591 §2); they open beside the question, not in its place."""
    return rx.el.p(
        _paper(ConsentState.policy_uri, _("What this app does with your data")),
        _paper(ConsentState.tos_uri, _("Its terms of service")),
        class_name="row small",
        hidden=ConsentState.policy_uri + ConsentState.tos_uri == "",
    )


def _paper(uri: str, words: str) -> rx.Component:
    link = rx.el.a(words, href=uri, target="_blank", rel="noopener noreferrer", class_name="link-line")
    return rx.cond(uri != "", link)


def _decision() -> rx.Component:
    return native_form(
        "/consent",
        hidden("flow", ConsentState.flow),
        hidden("account", ConsentState.account),
        _answer(_("Authorize"), "authorize", "main large"),
        _answer(_("Cancel"), "cancel", "large"),
        class_name="form pair",
    )


def _answer(words: str, decision: str, kind: str) -> rx.Component:
    return rx.el.button(words, type="submit", name="decision", value=decision, class_name=f"button {kind}")


def _as_whom() -> rx.Component:
    return rx.el.div(
        rx.el.span(_("Signed in as "), rx.el.b(Visitor.username)),
        NativeForm.create(
            hidden("flow", ConsentState.flow),
            rx.el.button(_("Use another account"), type="submit", class_name="button bare"),
            action="/session/end",
            method="post",
        ),
        class_name="aside row",
    )


def _ended() -> rx.Component:
    return rx.el.div(
        empty(
            _("Nothing was shared"),
            ConsentState.reason,
            rx.el.a(_("Your connections"), href="/account/connections", class_name="button"),
            drawing=icon("info", 40, "faint"),
        ),
        class_name="card",
    )
