"""What the pages of second factors show: the second step of a sign-in, an app being set up, new recovery codes."""

from dataclasses import dataclass, field

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.accounts import sign_in_pages
from oauth2system.services.accounts.page_request import PageRequest
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.services.sessions import factor_changes, second_factor
from oauth2system.services.sessions.factor_changes import SetUp
from oauth2system.services.sessions.second_factor import Question


@dataclass(frozen=True, slots=True)
class SecondFactorView:
    """The second step of a sign-in; without a question nothing waits in this browser."""

    visit: PageVisit
    question: Question | None


@reads
def open_second_factor(ctx: Context, page: PageRequest) -> SecondFactorView:
    """Return whose sign-in waits in this browser."""
    return SecondFactorView(sign_in_pages.open_page(ctx, page), second_factor.ask(ctx, page.waiting))


@dataclass(frozen=True, slots=True)
class AuthenticatorView:
    """The page on which an authenticator app is set up; `app` is None for a visitor who may not set one up."""

    visit: PageVisit
    app: SetUp | None


@reads
def open_authenticator(ctx: Context, page: PageRequest) -> AuthenticatorView:
    """Return the app that is being set up in this browser."""
    seen = sign_in_pages.open_page(ctx, page)
    return AuthenticatorView(seen, factor_changes.find_set_up(ctx, page.waiting))


@dataclass(frozen=True, slots=True)
class RecoveryCodesView:
    """The page with new recovery codes; none where they were saved."""

    visit: PageVisit
    codes: tuple[str, ...] = field(repr=False)


@reads
def open_recovery_codes(ctx: Context, page: PageRequest) -> RecoveryCodesView:
    """Return the recovery codes that were just made in this browser."""
    seen = sign_in_pages.open_page(ctx, page)
    return RecoveryCodesView(seen, factor_changes.show_codes(ctx) if seen.signed_in else ())
