"""What a person prefers: the language of their pages and mails."""

from oauth2system.policy import budgets
from oauth2system.runtime import rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.storage.tables import users


@writes
def choose_language(ctx: Context, language: str) -> None:
    """Keep the language, the name of a catalogue, for a person who is signed in; nothing is kept for anybody else."""
    if ctx.session is None:
        return
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, ctx.session.user_id)
    users.update(ctx.db, ctx.session.user_id, language=language, updated_at=ctx.now)
