"""Connect a device: type the code it shows, look at what it asks for, let it in or not (RFC 8628 §3.3)."""

import reflex as rx

from oauth2system.errors import Refusal
from oauth2system.i18n import _, translate
from oauth2system.policy import page_messages
from oauth2system.services.authorization import device as service
from oauth2system.ui import layout
from oauth2system.ui.components import NativeForm, field, hidden, native_form, notice, skeleton, submit, told
from oauth2system.ui.query import problem
from oauth2system.ui.state import Visitor, Who, event


class DeviceState(Visitor):
    """The device that waits under the code in this page's address."""

    stage: str = ""
    user_code: str = ""
    account: str = ""
    app: str = ""
    owner: str = ""
    gives: list[dict[str, str]] = []

    @event(Who.USER)
    async def show(self) -> None:
        """Look up the code of the address; what is wrong with it is told beside the field."""
        query = dict(self.router.url.query_parameters)
        said = page_messages.of_query(query)
        self.tell(_(said.text), said.kind)
        self.stage, self.user_code = "", query.get("user_code", "")[:64]
        if not self.user_code:
            self.stage = "done" if query.get("notice") else "type"
            return
        try:
            view = await self.call(service.look, self.user_code)
        except Refusal as refusal:
            self.stage = "type"
            self.hear(refusal)
            return
        self.user_code, self.account = view.user_code, view.account
        self.app, self.owner = view.app_name, view.owner_name
        pairs = dict.fromkeys(pair for asked in view.asked for pair in asked.values)
        self.gives = [{"label": _(label), "value": translate(value)} for label, value in pairs]
        self.stage = "ask"


@layout.page("/device", _("Connect a device"), on_load=[Visitor.look, DeviceState.show])
def device() -> rx.Component:
    """Ask always, also when the code came with the address: it may be somebody else's (RFC 8628 §5.4)."""
    return layout.single(
        _("Connect a device"),
        rx.match(
            DeviceState.stage,
            ("type", _code()),
            ("ask", _question()),
            ("done", _done()),
            rx.el.div(skeleton(5), class_name="card"),
        ),
    )


def _code() -> rx.Component:
    return rx.el.div(
        told(Visitor.told, Visitor.told_kind),
        rx.el.p(_("Type the code that your device shows.")),
        NativeForm.create(
            field(
                _("Code"),
                "user_code",
                problem=problem("user_code"),
                hint=_("Eight letters, like BCDF-GHJK."),
                default_value=DeviceState.user_code,
                key=DeviceState.user_code,
                auto_complete="off",
                auto_capitalize="characters",
                spell_check=False,
                required=True,
                auto_focus=True,
                max_length=64,
            ),
            submit(_("Continue")),
            action="/device",
            method="get",
            class_name="form",
        ),
        class_name="card stack",
    )


def _question() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(rx.el.b(DeviceState.app, class_name="breaks"), _(" wants to be connected on a device.")),
            rx.el.p(_("It must show this very code:"), class_name="quiet"),
            rx.el.p(rx.el.b(DeviceState.user_code), class_name="user-code"),
            notice(_("Go on only if you hold that device and began this yourself."), "warn"),
            rx.el.p(_("It will get:")),
            rx.el.dl(
                rx.foreach(DeviceState.gives, lambda pair: rx.el.div(rx.el.dt(pair["label"]), rx.el.dd(pair["value"]))),
                class_name="gives",
            ),
            rx.cond(
                DeviceState.owner != "",
                rx.el.p(_("The app belongs to "), rx.el.b(DeviceState.owner), ".", class_name="quiet"),
            ),
            class_name="card stack",
        ),
        native_form(
            "/device",
            hidden("user_code", DeviceState.user_code),
            hidden("account", DeviceState.account),
            _answer(_("Authorize"), "authorize", "main large"),
            _answer(_("Cancel"), "cancel", "large"),
            class_name="form pair",
        ),
        rx.el.p(_("Signed in as "), rx.el.b(Visitor.username), class_name="aside"),
        class_name="stack",
    )


def _answer(words: str, decision: str, kind: str) -> rx.Component:
    return rx.el.button(words, type="submit", name="decision", value=decision, class_name=f"button {kind}")


def _done() -> rx.Component:
    return rx.el.div(
        told(Visitor.told, Visitor.told_kind),
        rx.el.p(rx.el.a(_("Your connections"), href="/account/connections", class_name="button")),
        class_name="card stack",
    )
