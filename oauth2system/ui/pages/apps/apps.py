"""Your apps: a list, and one field to make another."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.apps import apps as service
from oauth2system.services.apps.views import AppCard
from oauth2system.ui import layout, words
from oauth2system.ui.components import empty, field, mark, monogram, notice, notice_place, refresh_button, skeleton
from oauth2system.ui.pages.apps.secrets.secrets_state import SecretsState, bring
from oauth2system.ui.query import Address, problem
from oauth2system.ui.state import Visitor, Who, event


class AppsState(Visitor):
    """The actor's apps."""

    ready: bool = False
    apps: list[dict[str, str]] = []

    @event(Who.USER)
    async def load(self) -> None:
        """Load the apps."""
        self.apps = [_card(card) for card in await self.call(service.list_mine)]
        self.ready = True

    @event(Who.USER)
    async def create(self, form: dict[str, Any]) -> Any:
        """Make an app and go to its page, where its secret is shown once."""
        self.clear_notice()
        new = await self.call(service.create, str(form.get("name", "")), public=form.get("kind") == "public")
        bring(await self.get_state(SecretsState), new.client_id, new.client_secret or "")
        return rx.redirect(f"/apps/{new.client_id}")


def _card(card: AppCard) -> dict[str, str]:
    return {
        "id": card.client_id,
        "name": card.name,
        "letter": card.name[:1],
        "logo": card.logo,
        "description": card.description,
        "people": words.people(card.people),
        "made": words.ago(card.created_at),
        "disabled": "yes" if card.disabled else "",
    }


@layout.page("/apps", _("Your apps"), on_load=[Visitor.look, Address.read, AppsState.load])
def apps() -> rx.Component:
    """Show the list of apps, or an explanation while there is none."""
    return layout.read(
        _("Your apps"),
        notice_place(Visitor.notice_text, Visitor.notice_kind),
        rx.cond(
            AppsState.ready,
            rx.el.div(
                _form(),
                rx.cond(AppsState.apps, _list(), rx.cond(Visitor.email_confirmed, _none())),
                refresh_button(AppsState.load),
                class_name="stack wide",
            ),
            skeleton(6),
        ),
        current="/apps",
        lead=_("An app is one site or program that lets people sign in with their account here."),
    )


def _form() -> rx.Component:
    return rx.cond(
        Visitor.email_confirmed,
        rx.el.form(
            field(
                _("App name"),
                "name",
                problem=problem("name"),
                placeholder=_("Garden Club"),
                max_length=64,
                auto_complete="off",
            ),
            rx.el.fieldset(
                rx.el.legend(_("Where does it run?"), class_name="label"),
                _kind("server", _("On a server"), _("It can keep a secret. Websites with a backend, most apps.")),
                _kind("public", _("In a browser or on a phone"), _("Everybody can look inside, so it gets no secret.")),
                class_name="kinds",
            ),
            rx.el.div(
                rx.el.button(_("Create app"), type="submit", class_name="button main", custom_attrs={"data-waits": ""}),
            ),
            on_submit=AppsState.create,
            no_validate=True,
            class_name="form",
        ),
        notice(
            _("Confirm your email first; then you can create apps."),
            "warn",
            " ",
            rx.el.a(_("Confirm it now"), href="/account/email_confirm", reload_document=True, class_name="strong"),
        ),
    )


def _kind(value: str, words: str, means: str) -> rx.Component:
    own = f"kind-{value}"
    return rx.el.label(
        rx.el.input(id=own, type="radio", name="kind", value=value, default_checked=value == "server"),
        rx.el.span(rx.el.b(words), rx.el.span(means, class_name="hint"), class_name="option"),
        html_for=own,
        class_name="choice",
    )


def _list() -> rx.Component:
    return rx.el.ul(rx.foreach(AppsState.apps, _item), class_name="list")


def _item(card: dict[str, str]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            monogram(card["letter"], card["logo"]),
            rx.el.div(
                rx.el.a(card["name"], href="/apps/" + card["id"], class_name="cover breaks"),
                rx.cond(card["description"] != "", rx.el.p(card["description"], class_name="quiet small breaks")),
            ),
            class_name="who",
        ),
        rx.el.div(
            rx.cond(card["disabled"] != "", rx.el.span(_("Disabled"), class_name="badge bad")),
            rx.el.span(card["people"], class_name="badge"),
            rx.el.span(card["made"], class_name="faint small"),
            class_name="row",
        ),
        class_name="goes split",
    )


def _none() -> rx.Component:
    return rx.el.div(
        empty(
            _("No app yet"),
            _(
                "Give your first one a name above: the name people know your site by. You get a CLIENT ID "
                "and a CLIENT SECRET, say where visitors return to, and copy ten lines into your site."
            ),
            rx.el.a(_("See the whole way"), href="/docs/simple-flow", class_name="button"),
            drawing=mark(56),
        ),
        class_name="card flat",
    )
