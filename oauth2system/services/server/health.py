"""Whether this process can serve: the database answers, and has the schema that this program works with."""

from oauth2system.i18n import N_, Message
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.storage.database import migrations


@reads
def check_ready(ctx: Context) -> Message | None:
    """Return None when the server is ready, or one line that says what is wrong."""
    version = migrations.version(ctx.db)
    if version is None:
        return N_("The database is empty; run: python -m oauth2system migrate")
    if version != migrations.HEAD:
        return N_(
            "The database has schema {there}, this program works with {ours}.", there=version, ours=migrations.HEAD
        )
    return None
