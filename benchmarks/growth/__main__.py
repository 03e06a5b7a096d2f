"""`python -m benchmarks.growth [--tokens N] [--people N] [--apps N]`: how a full database slows requests down.

A server with 1,000 stored tokens and one with many take turns under each load; then many ended tokens are purged while
the full one is loaded. OAUTH2SYSTEM_DATABASE_URL selects PostgreSQL: its database, which must be empty, is filled, and
another one with `_small` after its name is made and dropped. Speed is compared by processor time per request, which
leaves out the PostgreSQL server; `clock` has it.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
from psycopg import sql

from benchmarks import oauth, people, servers
from benchmarks.growth import rows
from benchmarks.growth.fill import fill, insert, size
from benchmarks.growth.rows import World
from benchmarks.load import Load, Slice, Total, slice_of
from benchmarks.oauth import SCRIPT, Cast
from benchmarks.servers import Server

SMALL = (1_000, 100, 10)
API_USER = "/api/user"
LOADS = ("client_credentials", "userinfo", "introspection", "code_flow", "refresh", API_USER)
_URL = "OAUTH2SYSTEM_DATABASE_URL"


def main() -> None:
    """Fill two databases, load their servers in turns, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=main.__doc__)
    parser.add_argument("--tokens", type=int, default=1_000_000, help="number of tokens in the large database")
    parser.add_argument("--people", type=int, help="number of people; a tenth of the tokens unless given")
    parser.add_argument("--apps", type=int, help="number of apps; a thousandth of the tokens unless given")
    parser.add_argument("--ended", type=int, default=50_000, help="number of ended tokens to purge under load")
    parser.add_argument("--seconds", type=int, default=4, help="duration of each load")
    asked = parser.parse_args()
    large = (asked.tokens, asked.people or max(100, asked.tokens // 10), asked.apps or max(10, asked.tokens // 1000))
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as other,
        _databases(Path(folder), Path(other)) as (of_small, of_large),
        servers.product(Path(folder), {_URL: of_small}) as small,
        servers.product(Path(other), {_URL: of_large}) as full,
    ):
        targets = [_prepare(small, of_small, SMALL), _prepare(full, of_large, large, report=True)]
        _compare(targets, asked.seconds)
        _purge(targets[1], of_large, asked.ended, asked.seconds)
        print(
            f"the large database: {size(of_large) / 1024**2:,.0f} MiB; its server: {servers.pss_mib(full.pid):.0f} MiB"
        )


Target = tuple[Server, Cast, str]


@contextlib.contextmanager
def _databases(small: Path, large: Path) -> Generator[tuple[str, str]]:
    """Return the addresses of both databases."""
    url = os.environ.get(_URL, "")
    if not url.startswith("postgresql"):
        yield f"sqlite:///{small / 'growth.db'}", f"sqlite:///{large / 'growth.db'}"
        return
    name = urlsplit(url).path.removeprefix("/") + "_small"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl(), url
        finally:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _prepare(server: Server, url: str, counts: tuple[int, int, int], *, report: bool = False) -> Target:
    """Fill a database, and make the person and the apps of the loads."""
    tokens, persons, apps = counts
    fill(url, World(persons, apps, tokens, int(time.time() * 1000)), report=report)
    people.person(server, "ada")
    cast = oauth.make_cast(server)
    app = people.app(server, "Simple", "ada", "--reread", "86400")
    value = people.value(server, app, cast.cookie)
    ask = {"oauth_token": value, "client_id": app.client_id, "client_secret": app.client_secret}
    return server, cast, f"{API_USER}?{urlencode(ask)}"


def _slice(target: Target, what: str) -> Slice:
    server, cast, api_user = target
    if what == API_USER:
        return slice_of(server, Load(api_user))
    os.environ.update(oauth.fresh(server, cast, what).environment(what))
    return slice_of(server, SCRIPT)


def _compare(targets: list[Target], seconds: int) -> None:
    print(f"{'':20}{'small us':>10}{'large us':>10}{'ratio':>7}{'clock':>7}{'p99 ms':>8}{'p99 ms':>8}{'wrong':>7}")
    for what in LOADS:
        slices: list[list[Slice]] = [[], []]
        for _ in range(seconds):
            for side, target in zip(slices, targets, strict=True):
                side.append(_slice(target, what))
        small, large = (Total(tuple(side)) for side in slices)
        print(
            f"{what:20}{small.cpu_us:10.0f}{large.cpu_us:10.0f}{small.cpu_us / large.cpu_us:7.2f}"
            f"{large.per_second / small.per_second:7.2f}{small.p99:8.1f}{large.p99:8.1f}{small.wrong + large.wrong:7}",
            flush=True,
        )


def _purge(target: Target, url: str, ended: int, seconds: int) -> None:
    """Load the full server alone, and while another process purges."""
    server = target[0]
    count = size(url)
    world = World(100, 10, 0, int(time.time() * 1000))
    insert(url, rows.TOKENS, world.ended_token_rows(ended))
    alone = Total(tuple(_slice(target, "client_credentials") for _ in range(seconds)))
    started = time.monotonic()
    purging = subprocess.Popen(
        servers.pinned(servers.LOAD_CORE, [sys.executable, "-m", "oauth2system", "purge"]),
        cwd=servers.ROOT, env=server.env, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    slices: list[Slice] = []
    while purging.poll() is None:
        slices.append(_slice(target, "client_credentials"))
    during, took = Total(tuple(slices)), time.monotonic() - started
    print(
        f"purging {ended:,} ended tokens took {took:.0f} s; client_credentials meanwhile: "
        f"{during.per_second:,.0f}/s, p99 {during.p99:.1f} ms, {during.cpu_us:.0f} us "
        f"(before: {alone.per_second:,.0f}/s, p99 {alone.p99:.1f} ms, {alone.cpu_us:.0f} us); wrong: {during.wrong};"
        f" the database grew by {(size(url) - count) / 1024**2:.0f} MiB"
    )


if __name__ == "__main__":
    main()
