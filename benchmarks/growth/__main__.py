"""`python -m benchmarks.growth [--tokens N] [--people N] [--apps N]`: how a full database slows requests down.

A server with 1,000 stored tokens and one with many take turns under each load. Each request is about another person,
app or stored token, drawn at random: on the full server from as few as the small one has (`large, few`: what the size
of the database costs), and from all (`large, all`: with what every new person costs, whose read is recorded). Then many
ended tokens are purged while the full server is loaded. OAUTH2SYSTEM_DATABASE_URL selects PostgreSQL: databases are
made next to the one that it names. Filling takes minutes; `--folder` keeps what was filled for the next run, and
`--fill` only fills. Compared is the processor time of a request.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from benchmarks import servers
from benchmarks.growth import rows, stores
from benchmarks.growth.fill import insert, size
from benchmarks.growth.spread import LOADS, Among, Stock, as_few_as
from benchmarks.growth.stores import Store
from benchmarks.load import Slice, Total, slice_of
from benchmarks.servers import Server, cpu_seconds

SMALL = (1_000, 100, 10)
_WARM = 2  # slices of each load that are not counted


class Side:
    """A server, what is drawn from its database, and what was measured."""

    def __init__(self, server: Server, store: Store, among: Among | None = None) -> None:
        """Begin with no measurement."""
        self.server, self.store, self._among = server, store, among
        self._stock = Stock(store.world, store.url, store.cookie, store.folder)
        self._database = _find_postmaster(store.url)

    def slice(self, what: str) -> tuple[Slice, float]:
        """Load it for a second; returns the slice and the processor time of PostgreSQL."""
        load = self._stock.load(what, self._among)
        before = self._database()
        one = slice_of(self.server, load)
        return one, self._database() - before


def main() -> None:
    """Fill two databases, load their servers in turns, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=main.__doc__)
    parser.add_argument("--tokens", type=int, default=1_000_000, help="number of tokens in the large database")
    parser.add_argument("--people", type=int, help="number of people; a tenth of the tokens unless given")
    parser.add_argument("--apps", type=int, help="number of apps; a thousandth of the tokens unless given")
    parser.add_argument("--ended", type=int, default=50_000, help="number of ended tokens to purge under load")
    parser.add_argument("--seconds", type=int, default=4, help="duration of each load")
    parser.add_argument("--load", choices=LOADS, action="append", help="only this load, and no purge")
    parser.add_argument("--folder", type=Path, help="keep the databases here, and use those that are there")
    parser.add_argument("--fill", action="store_true", help="only fill; needs --folder")
    asked = parser.parse_args()
    large = (asked.tokens, asked.people or max(100, asked.tokens // 10), asked.apps or max(10, asked.tokens // 1000))
    with contextlib.ExitStack() as ends:
        folder = asked.folder or Path(ends.enter_context(tempfile.TemporaryDirectory()))
        found = [stores.prepare(folder, "small", SMALL), stores.prepare(folder, "large", large, report=True)]
        if not asked.folder:
            for store in found:
                ends.callback(stores.drop, store)
        if not asked.fill:
            for store in found:
                _read_into_memory(store.url)
            small, full = (ends.enter_context(_serve(store)) for store in found)
            few = as_few_as(found[1].world, found[0].world)
            sides = [Side(small, found[0]), Side(full, found[1], few), Side(full, found[1])]
            _compare(sides, asked.load or LOADS, asked.seconds)
            if not asked.load:
                _purge(sides[2], asked.ended, asked.seconds)
            mib, url = servers.pss_mib(full.pid), found[1].url
            print(f"the large database: {size(url) / 1024**2:,.0f} MiB; its server: {mib:.0f} MiB")


def _read_into_memory(url: str) -> None:
    """Read a file of SQLite once, so that no load waits for the disk; a machine needs memory for the whole database."""
    path = url.removeprefix("sqlite:///")
    if path != url:
        with Path(path).open("rb", buffering=0) as file:
            while file.read(1 << 24):
                pass


def _serve(store: Store) -> contextlib.AbstractContextManager[Server]:
    return servers.product(store.folder, stores.environment(store.folder, store.url))


def _find_postmaster(url: str) -> Callable[[], float]:
    """Return what measures the processor time of PostgreSQL, where it runs on this machine."""
    if not url.startswith("postgresql"):
        return lambda: 0.0
    with psycopg.connect(url) as db:
        found = db.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    pid = int(found[0].split()[0]) if found else 0
    return lambda: cpu_seconds(pid)


def _compare(sides: list[Side], loads: Sequence[str], seconds: int) -> None:
    """Print the processor time of a request, and beneath it the ratios to the small database and p99."""
    print(f"{'':20}{'small':>10}{'large, few':>22}{'large, all':>22}{'a second':>24}{'p99 ms':>18}{'wrong':>7}")
    for what in loads:
        measured: list[list[tuple[Slice, float]]] = [[] for _ in sides]
        for turn in range(_WARM + seconds):
            for side, kept in zip(sides, measured, strict=True):
                one = side.slice(what)
                if turn >= _WARM:
                    kept.append(one)
        totals = [Total(tuple(one for one, _ in kept)) for kept in measured]
        own = [total.cpu_us for total in totals]
        more = [sum(cpu for _, cpu in kept) for kept in measured]
        both = [total.cpu_us + cpu_s / max(1, total.requests) * 1e6 for total, cpu_s in zip(totals, more, strict=True)]
        rates, waits = (f"{total.per_second:,.0f}" for total in totals), (f"{total.p99:.1f}" for total in totals)
        wrong = sum(total.wrong for total in totals)
        print(f"{what:20}{_columns(own)}{'/'.join(rates):>24}{'/'.join(waits):>18}{wrong:7}", flush=True)
        if any(more):
            print(f"{'  and PostgreSQL':20}{_columns(both)}", flush=True)


def _columns(found: list[float]) -> str:
    return f"{found[0]:7.0f} us" + "".join(f"{one:9.0f} us ({found[0] / one:6.2f})" for one in found[1:])


def _purge(side: Side, ended: int, seconds: int) -> None:
    """Load the full server alone, and while another process purges."""
    insert(side.store.url, rows.TOKENS, rows.ended_tokens(side.store.world, ended))
    alone = Total(tuple(side.slice("refresh")[0] for _ in range(seconds)))
    started = time.monotonic()
    purging = subprocess.Popen(
        servers.pinned(servers.LOAD_CORE, [sys.executable, "-m", "oauth2system", "purge"]),
        cwd=servers.ROOT, env=side.server.env, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    slices: list[Slice] = []
    while purging.poll() is None:
        slices.append(side.slice("refresh")[0])
    during, took = Total(tuple(slices)), time.monotonic() - started
    print(
        f"purging {ended:,} ended tokens took {took:.0f} s; refreshes meanwhile: "
        f"{during.per_second:,.0f}/s, p99 {during.p99:.1f} ms, {during.cpu_us:.0f} us "
        f"(before: {alone.per_second:,.0f}/s, p99 {alone.p99:.1f} ms, {alone.cpu_us:.0f} us); wrong: {during.wrong}"
    )


if __name__ == "__main__":
    main()
