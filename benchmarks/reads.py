"""What recording reads costs: /api/user in this process, with and without it, in turns.

`python -m benchmarks.reads [--people N] [--rounds N]`. Only the time of the processor counts, in all threads. The HTTP
server is left out, so a request costs less here than it does for an app.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks import in_process
from oauth2system import settings as settings_module
from oauth2system.runtime.caller import SYSTEM, Caller
from oauth2system.runtime.context import Context, Source
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import apps, people
from oauth2system.services.clients import reads
from oauth2system.services.sessions import sessions
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from oauth2system.web.app import Web


def main() -> None:
    """Measure, and print what one read costs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reads", description=main.__doc__)
    parser.add_argument("--people", type=int, default=4000, help="how many different people are read")
    parser.add_argument("--rounds", type=int, default=6)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), given.people, given.rounds))


async def _measure(folder: Path, count: int, rounds: int) -> None:
    url = f"sqlite:///{folder / 'bench.db'}"
    values = {"OAUTH2SYSTEM_DATABASE_URL": url, "OAUTH2SYSTEM_SECRET_KEY": "k" * 64}
    database = Database(url)
    migrations.upgrade(database)
    runner = Runner(settings_module.load(values, folder=folder), database)
    web = Web(runner)
    links = await _prepare(runner, web, count)
    await _read(runner, web, links)  # from here on each value may be read again
    for title, paths in (("each of another person", links), ("all of one person", links[:1] * count)):
        costs: dict[bool, list[float]] = {True: [], False: []}
        for number in range(rounds):
            for records in (number % 2 == 0, number % 2 == 1):
                runner.now(SYSTEM, _forget)
                costs[records].append(await _time(runner, web, paths, records=records))
        on, off = (statistics.median(costs[records]) for records in (True, False))
        print(f"{title}: {off:.1f} us without, {on:.1f} us with recording: {on - off:+.1f} us, {on / off - 1:+.1%}")
    runner.close()


def _forget(ctx: Context) -> None:
    """Leave no line of the record: every read of the next round makes a new one."""
    ctx.db.run("DELETE FROM reads")


async def _time(runner: Runner, web: Web, paths: list[str], *, records: bool) -> float:
    """Return the microseconds of one request, with its share of what is written each second."""
    started = time.process_time()
    if records:
        await _read(runner, web, paths)
    else:
        with patch.object(reads, "note", _note_nothing):
            await _read(runner, web, paths)
    return (time.process_time() - started) / len(paths) * 1e6


def _note_nothing(*_: object) -> None:
    """Stand in for the note of a read."""


async def _read(runner: Runner, web: Web, paths: list[str]) -> None:
    for path in paths:
        status, _ = await in_process.get(web, path)
        if status != HTTPStatus.OK:
            raise SystemExit(f"/api/user answered {status}.")
    await reads.save(runner)


async def _prepare(runner: Runner, web: Web, count: int) -> list[str]:
    """Return an address of /api/user for each of so many people."""
    callback = "http://localhost:9/callback"
    runner.now(SYSTEM, people.create, "owner", "owner@example.org", "", None, confirmed=True)
    app = runner.now(
        SYSTEM, apps.create_for, "owner", {"client_name": "Bench", "redirect_uris": [callback]},
        first_party=True, reread_seconds=86400,
    )  # fmt: skip
    ask = urlencode({"client_id": app.client_id, "scope": "identify email"})
    found: list[str] = []
    for number in range(count):
        name = f"person{number}"
        made = runner.now(SYSTEM, people.create, name, f"{name}@example.org", "", None, confirmed=True)
        caller = Caller(Source("127.0.0.1"))
        cookie = runner.now(caller, sessions.start, made.id, made.generation).value
        _, location = await in_process.get(
            web, f"/oauth2/authorize?{ask}", f"{runner.settings.session_cookie}={cookie}"
        )
        value = parse_qs(urlsplit(location).query)["oauth_token"][0]
        given = {"oauth_token": value, "client_id": app.client_id, "client_secret": app.client_secret or ""}
        found.append(f"/api/user?{urlencode(given)}")
    return found


if __name__ == "__main__":
    main()
