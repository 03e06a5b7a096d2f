"""People who leave: their account is deleted as if the two weeks were over, or the two weeks go by."""

from oauth2system.policy import lifetimes
from oauth2system.runtime.context import Context
from oauth2system.services.accounts.leave import deletion
from oauth2system.services.server import jobs
from oauth2system.storage.tables import users
from tests.support.in_process.browsers import House


def erase(ctx: Context) -> None:
    """Delete the account of the person who asks, now."""
    assert ctx.session is not None
    user = users.find(ctx.db, ctx.session.user_id)
    assert user is not None
    deletion.erase(ctx, user)


def let_two_weeks_pass(house: House) -> None:
    """Move the clock to the day on which accounts are deleted, and let the maintenance run."""
    house.later(seconds=lifetimes.DELETION.in_seconds)
    jobs.purge_now(house.runner, lambda _kind, _count: None)
