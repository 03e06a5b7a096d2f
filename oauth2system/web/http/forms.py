"""What all native forms have in common: where they lead, and how they come back with nothing lost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode

from oauth2system.errors import Invalid, NotPermitted, Refusal, TooManyAttempts
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.params import Params
from oauth2system.runtime.call import Call
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import saved_forms
from oauth2system.services.accounts.admission import Closed, DomainNotAllowed, InvitationNeeded
from oauth2system.services.accounts.email_addresses import AddressHeld, AddressKeptBack
from oauth2system.services.accounts.registration import SetUpAlready
from oauth2system.services.authorization.answers import Boxes
from oauth2system.services.sessions.passkey_proofs import PasskeyRefused
from oauth2system.services.sessions.second_factor import NothingWaits
from oauth2system.services.sessions.sign_in import NameRests
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.web.http import guards
from oauth2system.web.http.message import Answer, Endpoint, Request, redirect

SIGNED_IN_HOME = "/account"
# What a page's own address carries through a form that came back.
_CARRIED = ("flow", "next", "token", "invite", "confirm")
# What the page says to which a person comes back after they confirmed that it is them.
STEPPED_UP = "stepped_up"
FIELD_CODES = {"current_password": "password"}
LINK_CODES: dict[type[Refusal], str] = {
    AddressHeld: "held",
    AddressKeptBack: "kept_back",
    DomainNotAllowed: "mail_domain",
}
CODES: dict[type[Refusal], str] = {
    NameRests: "attempts",
    TooManyAttempts: "throttled",
    Closed: "closed",
    InvitationNeeded: "invite",
    SetUpAlready: "token",
    NothingWaits: "waiting",
    NotPermitted: "credentials",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A posted form together with the query of the page it was posted from (works without script)."""

    fields: Params
    page: Params

    def get(self, name: str) -> str | None:
        """Return a field; what a page's address carries counts when the form itself has no such field."""
        value = self.fields.get(name)
        return self.page.peek(name) if value is None and name in _CARRIED else value

    def text(self, name: str) -> str:
        """Return a field, empty when it was left out."""
        return self.get(name) or ""

    @property
    def target(self) -> str:
        """Return where the person wanted to go: into a flow, or to a page of ours (T016)."""
        flow = self.get("flow")
        if flow is not None:
            return to("/oauth2/authorize", flow=flow)
        wanted = self.get("next")
        return SIGNED_IN_HOME if wanted is None else guards.safe_next(wanted)

    def carry(self) -> dict[str, str]:
        """Return what the page's address is to carry on."""
        found = {name: self.get(name) for name in _CARRIED}
        return {name: value for name, value in found.items() if value is not None}


FormEndpoint = Callable[[Request, Form, Call], Awaitable[Answer]]


def of_page(page: str) -> Callable[[FormEndpoint], Endpoint]:
    """Make an endpoint of one that answers for the form of a page: what is refused sends the browser back there."""

    def make(endpoint: FormEndpoint) -> Endpoint:
        @wraps(endpoint)
        async def answer(request: Request, runner: Runner) -> Answer:
            form = Form(await request.form(), guards.came_with(request, runner.settings))
            call = request.call(runner)
            try:
                return await endpoint(request, form, call)
            except InvalidRequest:  # a form that no page of ours sends
                raise
            except Refusal as refusal:
                return await _back(refusal, page, form, call)

        return answer

    return make


def read_boxes(fields: Params) -> Boxes:
    """Return the boxes of a question: the form names those that it `offered`, the browser those that are ticked."""
    offered = frozenset((fields.get("offered") or "").split())
    ticked = offered & frozenset(fields.every("scope"))
    return Boxes(ticked, offered - ticked)


def to(path: str, **query: str | None) -> str:
    """Return an address of ours; values that are None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def lead_to_step_up(back: str) -> str:
    """Return the address where a person who is signed in confirms that it is them, and then goes on to `back`."""
    return to("/login", confirm="1", next=back)


async def _back(refusal: Refusal, page: str, form: Form, call: Call) -> Answer:
    """Send the browser back to the form it came from, with the reason and what was typed."""
    if isinstance(refusal, StepUpNeeded):
        handle = await call(saved_forms.keep, form.fields.values, {})
        return redirect(lead_to_step_up(to(page, notice=STEPPED_UP, form=handle)))
    if isinstance(refusal, Invalid) and "token" in refusal.problems:
        code = next((code for kind, code in LINK_CODES.items() if isinstance(refusal, kind)), "token")
        return redirect(to(page, token=form.get("token"), error=code))
    problems = refusal.problems if isinstance(refusal, Invalid) else {}
    handle = await call(saved_forms.keep, form.fields.values, problems)
    wait = str(-(-refusal.retry_after // 60)) if isinstance(refusal, NameRests) else None
    answer = redirect(to(page, **form.carry(), error=_code(refusal), wait=wait, form=handle))
    if isinstance(refusal, TooManyAttempts):
        answer.with_headers((b"retry-after", str(refusal.retry_after).encode()))
    return answer


def _code(refusal: Refusal) -> str:
    """Return the code of the sentence that policy/page_messages.py has for this refusal."""
    if isinstance(refusal, Invalid):
        return next((code for field, code in FIELD_CODES.items() if field in refusal.problems), "form")
    if isinstance(refusal, PasskeyRefused):
        return refusal.code
    return next((code for kind, code in CODES.items() if isinstance(refusal, kind)), "form")
