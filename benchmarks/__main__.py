"""`make bench`: the hot paths of the simple flow and of the full protocol, as ratios to the floor."""

import argparse
import http.client
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import oauth, people, servers
from benchmarks.load import Load, Slice, Total, slice_of
from benchmarks.servers import Server

SIGN_INS = 100


def main() -> None:
    """Run all benchmarks and print the results."""
    parser = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=15, help="duration of each load")
    seconds = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.floor() as floor,
        servers.floor("uvloop") as faster,
        servers.product(Path(folder)) as product,
    ):
        time.sleep(2)
        print(f"memory at rest: {servers.pss_mib(product.pid):.0f} MiB PSS", flush=True)
        _measure_story((floor, faster), product, seconds)
        oauth.measure((floor, faster), product, seconds)
        _print_sign_ins(product)
        print(f"memory after the load: {servers.pss_mib(product.pid):.0f} MiB PSS")


def _measure_story(floors: tuple[Server, Server], product: Server, seconds: int) -> None:
    """Load the two calls of the simple flow and the floors, in turns."""
    people.person(product, "ada")
    app = people.app(product, "Bench", "ada", "--reread", "86400")
    cookie = people.sign_in(product, "ada")
    value = people.value(product, app, cookie)
    fetch = urlencode({"oauth_token": value, "client_id": app.client_id, "client_secret": app.client_secret})
    ask = urlencode({"client_id": app.client_id, "scope": "identify email"})
    targets = {
        "floor": (floors[0], Load()),
        "with uvloop": (floors[1], Load()),
        "/api/user": (product, Load(f"/api/user?{fetch}")),
        "authorize": (product, Load(f"/oauth2/authorize?{ask}", {"Cookie": cookie})),
    }
    rounds: dict[str, list[Slice]] = {name: [] for name in targets}
    for _ in range(seconds):
        for name, target in targets.items():
            rounds[name].append(slice_of(*target))
    _print({name: Total(tuple(slices)) for name, slices in rounds.items()})


def _print(totals: dict[str, Total]) -> None:
    floor = totals["floor"]
    print(f"{'':12}{'per s':>9}{'ratio':>7}{'cpu us':>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'wrong':>6}")
    for name, one in totals.items():
        print(
            f"{name:12}{one.per_second:9,.0f}{one.per_second / floor.per_second:7.2f}"
            f"{one.cpu_us:9.1f}{floor.cpu_us / one.cpu_us:7.2f}{one.p50:8.2f}{one.p99:8.2f}{one.wrong:6}"
        )


def _print_sign_ins(product: Server) -> None:
    """Send a hundred sign-ins at once, and measure how long other requests wait meanwhile."""
    crowd = [threading.Thread(target=people.sign_in, args=(product, "ada")) for _ in range(SIGN_INS)]
    started = time.monotonic()
    for one in crowd:
        one.start()
    waits: list[float] = []
    while any(one.is_alive() for one in crowd):
        waits.append(_wait_ms(product))
        time.sleep(0.01)
    took = time.monotonic() - started
    print(
        f"{SIGN_INS} password sign-ins at once: {took:.1f} s in total; "
        f"other requests waited at most {max(waits):.0f} ms (median {statistics.median(waits):.1f} ms)"
    )


def _wait_ms(product: Server) -> float:
    started = time.monotonic()
    connection = http.client.HTTPConnection(urlsplit(product.url).netloc, timeout=10)
    connection.request("GET", "/readyz")
    connection.getresponse().read()
    connection.close()
    return (time.monotonic() - started) * 1000


if __name__ == "__main__":
    main()
