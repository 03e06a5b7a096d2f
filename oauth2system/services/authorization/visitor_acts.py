"""What the visitor of a flow did or was shown, for the log of the app: each act once, however often they come back."""

from collections.abc import Iterable

from oauth2system.protocol.authorization.interaction import AskConsent, ConfirmEmail, Login
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.services.authorization.flows import Pending
from oauth2system.storage.tables.sessions import Session


def find_page(step: Login | ConfirmEmail | AskConsent) -> tuple[str, Act]:
    """Return the page of a step, and the act of showing it."""
    match step:
        case Login(create=True):
            return "/registration", Act.SIGN_IN_SHOWN
        case Login():
            return "/login", Act.SIGN_IN_SHOWN
        case ConfirmEmail():
            return "/account/email_confirm", Act.CONFIRMATION_SHOWN
        case AskConsent():
            return "/consent", Act.CONSENT_SHOWN


def list_sign_in(session: Session | None, pending: Pending | None) -> tuple[Act, ...]:
    """Return the act of signing in, when the visitor comes back for the first time since this flow asked them to."""
    if pending is None or Act.SIGN_IN_SHOWN.name not in pending.noted:
        return ()
    if session is None or session.authenticated_at < pending.flow.started_at:
        return ()
    return list_new(pending, Act.SIGNED_IN)


def list_new(pending: Pending | None, act: Act) -> tuple[Act, ...]:
    """Return an act, unless the log has it of this flow."""
    return () if pending is not None and act.name in pending.noted else (act,)


def list_answers(pending: Pending, declined: frozenset[str]) -> tuple[Act, ...]:
    """Return the acts of agreeing and, if something was declined, of that; none that the log has of this flow."""
    left_out = list_new(pending, Act.LEFT_OUT) if declined else ()
    return (*list_new(pending, Act.APPROVED), *left_out)


def note(ctx: Context, client_id: str, acts: Iterable[Act]) -> None:
    """Note acts for the owner of the app."""
    for act in acts:
        app_log.note_act(ctx, client_id, act)
