"""What becomes of writers that come while the process goes."""

import asyncio
from pathlib import Path

import pytest

from oauth2system.errors import Busy
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database
from tests.storage.database.rows import put_plainly
from tests.support.patience import PATIENCE_S


def write(ctx: Context) -> None:
    put_plainly(ctx.db, b"late")


def test_whoever_comes_while_the_server_stops_is_told_so(sqlite_url: str, tmp_path: Path) -> None:
    runner = Runner(load({}, folder=tmp_path), Database(sqlite_url))

    async def late() -> None:
        runner.close()
        await asyncio.wait_for(runner.write(NOBODY, write), PATIENCE_S)

    with pytest.raises(Busy, match="stopping"):
        asyncio.run(late())
