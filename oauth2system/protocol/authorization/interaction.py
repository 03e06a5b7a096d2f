"""The next step of a flow, decided from facts alone. Nothing else decides what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, Self, TypeAlias

from oauth2system.protocol.authorization.validate import AuthorizationRequest
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.tokens import acr

AsksConsent = Literal["once", "always", "never"]


class SessionFacts(NamedTuple):
    """A signed-in browser, as far as the rules need it."""

    user_id: str
    authenticated_at: datetime
    email_confirmed: bool
    amr: tuple[str, ...] = ()
    # The levels that this person could reach with the factors they have; None where nobody has looked.
    reachable: tuple[str, ...] | None = None
    # The name this client knows the person by, where it is not the user id (OIDC Core §8.1).
    subject: str | None = None
    # Whether this client is only for people who proved a second factor.
    needs_several: bool = False


class Flow(NamedTuple):
    """One pending authorization; the flags say what the person has done since it started."""

    request: AuthorizationRequest
    started_at: datetime
    asks: AsksConsent = "once"
    consented: bool = False
    chosen: bool = False
    # The optional scopes that the person left out when they agreed.
    declined: frozenset[str] = frozenset()
    # The row of the pushed request that this flow uses up when it ends (RFC 9126 §7.3).
    pushed: int | None = None

    @classmethod
    def begin(cls, request: AuthorizationRequest, client: Client, now: datetime, pushed: int | None = None) -> Self:
        """Start a flow; the kind of client decides how often people are asked."""
        # RFC 8252 §8.6: any program on the device may claim such a redirect URI, so a person looks each time, also
        # where the operator calls the app our own.
        if client.may_be_anyone:
            return cls(request, now, "always", pushed=pushed)
        return cls(request, now, "never" if client.first_party else "once", pushed=pushed)

    def to_json(self) -> dict[str, Any]:
        """Return a small JSON dict for the flow's row."""
        return {
            "request": self.request.to_json(),
            "started_at": self.started_at.isoformat(),
            "asks": self.asks,
            "consented": self.consented,
            "chosen": self.chosen,
            "declined": sorted(self.declined),
            "pushed": self.pushed,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            AuthorizationRequest.from_json(data["request"]),
            datetime.fromisoformat(data["started_at"]).astimezone(UTC),
            asks=data["asks"],
            consented=data["consented"],
            chosen=data["chosen"],
            declined=frozenset(data.get("declined", ())),
            pushed=data.get("pushed"),
        )


@dataclass(frozen=True, slots=True)
class Login:
    """Sign in: `fresh` even if signed in already, `choose` among accounts, `create` a new one."""

    fresh: bool = False
    choose: bool = False
    create: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmEmail:
    """Confirm the email address first: no site sees an account without one."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Ask the person for these scopes; `known` of them were allowed before."""

    scopes: frozenset[str]
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refuse:
    """End the flow with this refusal, sent through the target."""

    error: OAuthError


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """Nothing is missing: issue the code."""


Step: TypeAlias = Login | ConfirmEmail | AskConsent | Refuse | SendAnswer


def next_step(flow: Flow, session: SessionFacts | None, allowed: frozenset[str], now: datetime) -> Step:
    """Return the next step of a flow, from facts alone.

    `allowed` is what the person has answered for: what they allow the app, and the optional scopes that they declined.
    """
    step = _decide(flow, session, allowed, now)
    # OIDC Core §3.1.2.1: prompt=none shows nothing; what would be shown becomes the error.
    return _refuse_to_show(step) if "none" in flow.request.prompt else step


def _decide(flow: Flow, session: SessionFacts | None, allowed: frozenset[str], now: datetime) -> Step:
    if session is None:
        return Login(create="create" in flow.request.prompt)
    step = _sign_in(flow, session, now)
    if step is not None:
        return step
    if not session.email_confirmed:
        return ConfirmEmail()
    return _ask_consent(flow, allowed) or SendAnswer()


def _sign_in(flow: Flow, session: SessionFacts, now: datetime) -> Step | None:
    """Decide whether this session will do. A sign-in made for this flow is never asked for again."""
    asked = flow.request
    wrong_person = asked.subject is not None and asked.subject != (session.subject or session.user_id)
    reached = acr.list_reached(session.amr)
    too_weak = bool(asked.essential_acr) and not set(reached) & set(asked.essential_acr)
    too_weak = too_weak or (session.needs_several and acr.SEVERAL_FACTORS not in reached)
    if session.authenticated_at >= flow.started_at:
        return _refuse_unfit(wrong_person=wrong_person, too_weak=too_weak)
    could_do_better = "none" not in asked.prompt and _falls_short(asked, session)
    if "login" in asked.prompt or wrong_person or too_weak or could_do_better or _too_old(asked.max_age, session, now):
        return Login(fresh=True)
    if "create" in asked.prompt:
        return Login(create=True)
    if "select_account" in asked.prompt and not flow.chosen:
        return Login(choose=True)
    return None


def _falls_short(asked: AuthorizationRequest, session: SessionFacts) -> bool:
    """Return whether a wish (`acr_values`) is not met that this person can meet; one that they cannot is only a wish.

    OIDC Core §3.1.2.1: acr_values is voluntary, so prompt=none answers without it.
    """
    return needs_reachable(asked, session.amr) and bool(set(asked.acr_values) & set(session.reachable or ()))


def needs_reachable(asked: AuthorizationRequest, amr: tuple[str, ...]) -> bool:
    """Return whether the next step depends on what the person could reach: only a wish that is not met asks it."""
    return bool(asked.acr_values) and not set(asked.acr_values) & set(acr.list_reached(amr))


def _refuse_unfit(*, wrong_person: bool, too_weak: bool) -> Refuse | None:
    """Refuse a sign-in of this flow that will not do, so that the browser is not redirected for ever."""
    if wrong_person:  # OIDC Core §3.1.2.1, id_token_hint
        return Refuse(LoginRequired(AuthorizationReason.ANOTHER_ACCOUNT))
    if too_weak:  # OIDC Core §5.5.1.1
        return Refuse(UnmetAuthenticationRequirements(AuthorizationReason.ACR_NOT_REACHED))
    return None


def _too_old(max_age: int | None, session: SessionFacts, now: datetime) -> bool:
    # OIDC Core §3.1.2.1: max_age=0 is prompt=login.
    return max_age is not None and (max_age == 0 or now - session.authenticated_at > timedelta(seconds=max_age))


def _ask_consent(flow: Flow, allowed: frozenset[str]) -> AskConsent | None:
    asked = flow.request
    # OIDC Core §3.1.2.1: prompt=consent asks also for an app of the operator's own, which else never asks.
    if flow.consented or (flow.asks == "never" and "consent" not in asked.prompt):
        return None
    missing = asked.needed - allowed
    # RFC 8252 §8.6: where any program could ask, prompt=none does not skip the person.
    if not missing and "none" in asked.prompt and flow.asks != "always":
        return None
    if missing or "consent" in asked.prompt or flow.asks == "always":
        return AskConsent(asked.needed, asked.needed & allowed)
    return None


def _refuse_to_show(step: Step) -> Step:
    match step:
        case Login(choose=True):
            return Refuse(AccountSelectionRequired(AuthorizationReason.ACCOUNT_NOT_CHOSEN))
        case Login():
            return Refuse(LoginRequired(AuthorizationReason.SIGN_IN_NEEDED))
        case AskConsent():
            return Refuse(ConsentRequired(AuthorizationReason.CONSENT_NEEDED))
        case ConfirmEmail():
            return Refuse(InteractionRequired(AuthorizationReason.EMAIL_NOT_CONFIRMED))
        case _:
            return step
