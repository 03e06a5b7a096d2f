"""What most commands need: the settings, a database whose schema is ours, and a runner over it."""

from collections.abc import Generator
from contextlib import contextmanager

from oauth2system.errors import Misconfigured
from oauth2system.runtime.runner import Runner
from oauth2system.settings import Settings, load
from oauth2system.storage.database import migrations
from oauth2system.storage.database.migrations import Schema
from oauth2system.storage.database.transactions import Database


@contextmanager
def at_work(settings: Settings | None = None) -> Generator[Runner]:
    """Yield a runner. An empty database gets its schema; raises Misconfigured for one that is not current (T164)."""
    settings = settings or load()
    runner = Runner(settings, Database(settings.database_url))
    try:
        found = migrations.look(runner.database)
        if found is Schema.EMPTY:
            migrations.upgrade(runner.database)
        elif fix := migrations.fix_for(found):
            raise Misconfigured(fix)
        yield runner
    finally:
        runner.close()
