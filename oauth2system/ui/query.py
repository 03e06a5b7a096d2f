"""What a page's own address says: the flow it is part of, a code to explain, and what was typed before."""

import re
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oauth2system.i18n import _
from oauth2system.policy import page_messages
from oauth2system.services.accounts import saved_forms
from oauth2system.services.authorization import authorize, flows
from oauth2system.ui.state import Visitor, Who, event, runner

# A person who goes from "Sign in" to "Create account" stays in the same flow.
CARRIED = ("flow", "next", "invite")
STAGES = ("token", "sent", "done")
# "Continue" leads to a page of ours and nowhere else, whatever the address says (T016).
_OWN_PAGE = re.compile(r"/(?:apps|account|admin|docs|device)(?:/[A-Za-z0-9_]+)?(?:\?[A-Za-z0-9_=&.-]*)?")


class Address(Visitor):
    """The query of the page that is open, in words."""

    stage: str = ""
    carried: str = ""
    in_flow: bool = False
    asks_anew: bool = False
    onward: str = ""
    form: str = ""
    values: dict[str, str] = {}
    shows_mailbox: bool = False

    @event(Who.ANYONE)
    async def read(self) -> None:
        """Read the address; only codes from our table become words, and only a form kept by us its sentences."""
        query = dict(self.router.url.query_parameters)
        said = page_messages.of_query(query)
        self.tell(_(said.text), said.kind)
        kept = {name: query[name] for name in CARRIED if query.get(name)}
        self.in_flow = "flow" in kept
        self.carried = f"?{urlencode(kept)}" if kept else ""
        self.onward = _onward(kept)
        self.shows_mailbox = runner().settings.shows_mailbox
        self.stage = next((name for name in STAGES if query.get(name)), "none")
        self.form = query.get("form", "")
        found = await self.call(saved_forms.find, self.form) if self.form else None
        self.values = dict(found.values) if found else {}
        self.asks_anew = self.in_flow and await self.call(authorize.asks_anew, kept["flow"])
        if self.in_flow and "login" not in self.values:
            self.values["login"] = await self.call(flows.login_hint, kept["flow"])
        self.problems = {name: _(message) for name, message in found.problems.items()} if found else {}


def _onward(kept: dict[str, str]) -> str:
    if "flow" in kept:
        return "/oauth2/authorize?" + urlencode({"flow": kept["flow"], "chosen": "1"})
    wanted = kept.get("next", "")
    return wanted if _OWN_PAGE.fullmatch(wanted) else "/apps"


def typed(name: str) -> Any:  # noqa: ANN401  (a Var)
    """Return what was typed into this field before the page came back."""
    return _of(Address.values, name)


def problem(name: str) -> Any:  # noqa: ANN401  (a Var)
    """Return the sentence that stands beside this field."""
    return _of(Visitor.problems, name)


def _of(kept: Any, name: str) -> Any:  # noqa: ANN401  (Vars, which are typed as their values elsewhere)
    return rx.cond(kept.contains(name), kept[name], "")
