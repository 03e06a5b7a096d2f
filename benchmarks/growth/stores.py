"""The two databases: made, filled once, and found again in a folder that is kept."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from benchmarks import servers
from benchmarks.growth.fill import fill
from benchmarks.growth.rows import USED_MS
from benchmarks.growth.world import World
from oauth2system import settings

URL = f"{settings.PREFIX}DATABASE_URL"
_OLDEST_MS = USED_MS // 2


@dataclass(frozen=True)
class Store:
    """A database, the data folder of its server, and what is in it."""

    folder: Path
    url: str
    world: World

    @property
    def cookie(self) -> str:
        """Return the name of the session's cookie."""
        return settings.load(environment(self.folder, self.url)).session_cookie


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return the settings of a server on a database."""
    return {f"{settings.PREFIX}VAR_DIR": str(folder), URL: url}


def prepare(folder: Path, name: str, counts: tuple[int, int, int], *, report: bool = False) -> Store:
    """Return the filled database of this name; OAUTH2SYSTEM_DATABASE_URL selects PostgreSQL.

    Raises SystemExit where the folder has another world, or one whose tokens will soon have expired.
    """
    own = folder / name
    own.mkdir(parents=True, exist_ok=True)
    kept, given = own / "world.json", os.environ.get(URL, "")
    url = _on_postgresql(given, name) if given.startswith("postgresql") else f"sqlite:///{own / 'growth.db'}"
    tokens, people, apps = counts
    if kept.is_file():
        world = World(**json.loads(kept.read_text()))
        age_ms = time.time() * 1000 - world.now_ms
        if (world.tokens, world.people, world.apps) != counts or age_ms > _OLDEST_MS:
            raise SystemExit(f"{own} has another world, or one older than twelve hours: remove it.")
        return Store(own, url, world)
    _create(url)
    command = [sys.executable, "-m", "oauth2system", "migrate"]
    env = {**os.environ, **environment(own, url)}
    subprocess.run(command, cwd=servers.ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    world = World(people, apps, tokens, int(time.time() * 1000))
    fill(url, world, report=report)
    kept.write_text(json.dumps(asdict(world)))
    return Store(own, url, world)


def _on_postgresql(given: str, name: str) -> str:
    parts = urlsplit(given)
    return parts._replace(path=f"{parts.path}_{name}").geturl()


def _create(url: str) -> None:
    """Make a database of PostgreSQL; one of the same name is lost."""
    parts = urlsplit(url)
    if not url.startswith("postgresql"):
        return
    name = sql.Identifier(parts.path.removeprefix("/"))
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        db.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))


def drop(store: Store) -> None:
    """Remove a database of PostgreSQL; a file goes with its folder."""
    parts = urlsplit(store.url)
    if store.url.startswith("postgresql"):
        name = sql.Identifier(parts.path.removeprefix("/"))
        with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as db:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
