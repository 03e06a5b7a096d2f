"""Whether a person has accepted the terms of today; until then no session of theirs counts (decision 0035).

`storage/tables/sessions.py` decides that in the statement that finds a session, so no page, event or request of an app
passes by it. Only what is here sees such a session.
"""

from dataclasses import dataclass
from typing import Any

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.accounts import sign_in_pages
from oauth2system.services.accounts.page_request import PageRequest
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.services.accounts.terms import current
from oauth2system.services.accounts.terms.current import Terms
from oauth2system.services.sessions import sessions
from oauth2system.storage.tables import users


@dataclass(frozen=True, slots=True)
class TermsPage:
    """The page that asks for acceptance; `terms` is None where nobody in this browser has to accept any."""

    visit: PageVisit
    username: str = ""
    terms: Terms | None = None


@reads
def open_terms(ctx: Context, page: PageRequest) -> TermsPage:
    """Return what the person whose session waits in this browser has to accept."""
    seen, session = sign_in_pages.open_page(ctx, page), sessions.find_owing_terms(ctx)
    return TermsPage(seen) if session is None else TermsPage(seen, session.username, current.find(ctx))


@transacts
def accept(ctx: Context, version: str) -> None:
    """Accept the terms of this version for the person whose session waits in this browser.

    Raises Invalid where it is not the version of today. For a person who owes nothing, nothing happens.
    """
    session = sessions.find_owing_terms(ctx)
    if session is None:
        if ctx.session is None:
            raise NotPermitted(N_("Sign in first."))
        return
    ctx.use_session(session)
    record(ctx, session.user_id, current.require(current.find(ctx), version))


def record(ctx: Context, user_id: str, version: str) -> None:
    """Note that a person accepted a version, once; without a version there is nothing to note."""
    if version and users.accept_terms(ctx.db, user_id, version, ctx.now):
        audit.record(ctx, "terms.accepted", user_id=user_id, version=version)


def describe(ctx: Context, user_id: str) -> dict[str, Any]:
    """Return which version a person accepted and when, as their export has it."""
    user = users.find(ctx.db, user_id)
    return {} if user is None else {"terms_version": user.terms_version, "terms_accepted_at": user.terms_accepted_at}
