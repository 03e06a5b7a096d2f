"""People who leave: what they take with them, and their account, which is deleted now or in two weeks."""

import asyncio
import json
import zipfile
from io import BytesIO
from typing import Any

import httpx

from oauth2system.policy import lifetimes
from oauth2system.runtime.context import Context
from oauth2system.services.accounts.leave import deletion
from oauth2system.services.server import jobs
from oauth2system.storage.tables import users
from tests.support.in_process.browsers import Browser, House


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


def download(browser: Browser, query: str = "") -> httpx.Response:
    """Follow the link **Download my data**."""
    return asyncio.run(browser.send("GET", f"/account/data/export{query}"))


def unpack(answer: httpx.Response) -> dict[str, Any]:
    """Return the files of a download by name: documents as values, pictures as bytes, the rest as text."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-length"] == str(len(answer.content))
    found: dict[str, Any] = {}
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            body = archive.read(name)
            found[name] = json.loads(body) if name.endswith(".json") else body if "/" in name else body.decode()
    return found
