"""The parameters of a page's own address: a message code, and the handle of a saved form."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import page_messages
from oauth2system.services.accounts import saved_forms
from oauth2system.ui.state import Visitor, Who, event


class Address(Visitor):
    """The message and the saved form that the address of the open page names."""

    form: str = ""
    values: dict[str, str] = {}

    @event(Who.ANYONE)
    async def read(self) -> None:
        """Read the address: only codes of our table become messages, only forms that we saved are shown."""
        query = dict(self.router.url.query_parameters)
        said = page_messages.of_query(query)
        self.report(_(said.text), said.kind)
        self.form = query.get("form", "")
        found = await self.call(saved_forms.find, self.form) if self.form else None
        self.values = dict(found.values) if found else {}
        self.problems = {name: _(message) for name, message in found.problems.items()} if found else {}


def read_typed(name: str) -> Any:
    """Return what was typed into this field before the form was refused."""
    return _of(Address.values, name)


def problem(name: str) -> Any:
    """Return the message for this field."""
    return _of(Visitor.problems, name)


def _of(kept: Any, name: str) -> Any:
    return rx.cond(kept.contains(name), kept[name], "")
