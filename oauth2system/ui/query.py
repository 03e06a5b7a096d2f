"""What a page's own address says: a code to explain, and what was typed before."""

from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import page_messages
from oauth2system.services.accounts import saved_forms
from oauth2system.ui.state import Visitor, Who, event


class Address(Visitor):
    """The query of the page that is open, in words."""

    form: str = ""
    values: dict[str, str] = {}

    @event(Who.ANYONE)
    async def read(self) -> None:
        """Read the address; only codes from our table become words, and only a form kept by us its sentences."""
        query = dict(self.router.url.query_parameters)
        said = page_messages.of_query(query)
        self.tell(_(said.text), said.kind)
        self.form = query.get("form", "")
        found = await self.call(saved_forms.find, self.form) if self.form else None
        self.values = dict(found.values) if found else {}
        self.problems = {name: _(message) for name, message in found.problems.items()} if found else {}


def typed(name: str) -> Any:  # noqa: ANN401  (a Var)
    """Return what was typed into this field before the page came back."""
    return _of(Address.values, name)


def problem(name: str) -> Any:  # noqa: ANN401  (a Var)
    """Return the sentence that stands beside this field."""
    return _of(Visitor.problems, name)


def _of(kept: Any, name: str) -> Any:  # noqa: ANN401  (Vars, which are typed as their values elsewhere)
    return rx.cond(kept.contains(name), kept[name], "")
