"""`make bench`: the founding story's hot paths as ratios to the floor, in one run."""

import argparse
import http.client
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import oauth, people, servers
from benchmarks.load import Measured, wrk
from benchmarks.servers import Server

ROUNDS = 3
SIGN_INS = 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="how long one round takes")
    seconds = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.floor() as floor,
        servers.product(Path(folder)) as product,
    ):
        time.sleep(2)
        print(f"memory at rest: {servers.pss_mib(product.pid):.0f} MiB PSS", flush=True)
        targets = _targets(floor, product)
        rounds: dict[str, list[Measured]] = {name: [] for name in targets}
        for _ in range(ROUNDS):
            for name, (url, headers) in targets.items():
                rounds[name].append(wrk(url, seconds, headers))
        _print(rounds)
        oauth.measure(floor, product, seconds)
        _print_sign_ins(product)
        print(f"memory after the load: {servers.pss_mib(product.pid):.0f} MiB PSS")


def _targets(floor: Server, product: Server) -> dict[str, tuple[str, dict[str, str]]]:
    people.person(product, "ada")
    app = people.app(product, "Bench", "ada", "--reread", "86400")
    cookie = people.sign_in(product, "ada")
    value = people.value(product, app, cookie)
    fetch = urlencode({"oauth_token": value, "client_id": app.client_id, "client_secret": app.client_secret})
    ask = urlencode({"client_id": app.client_id, "scope": "identify email"})
    return {
        "floor": (f"{floor.url}/", {}),
        "/api/user": (f"{product.url}/api/user?{fetch}", {}),
        "authorize": (f"{product.url}/oauth2/authorize?{ask}", {"Cookie": cookie}),
    }


def _print(rounds: dict[str, list[Measured]]) -> None:
    base = statistics.median(measured.per_second for measured in rounds["floor"])
    print(f"{'':12} {'requests/s':>11} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'wrong':>6}")
    for name, measured in rounds.items():
        rate = statistics.median(one.per_second for one in measured)
        p50 = statistics.median(one.p50 for one in measured)
        p99 = statistics.median(one.p99 for one in measured)
        print(
            f"{name:12} {rate:11,.0f} {rate / base:7.2f} {p50:8.2f} {p99:8.2f} {sum(one.wrong for one in measured):6}"
        )


def _print_sign_ins(product: Server) -> None:
    """Sign in a hundred times at once and see how long anybody else waits meanwhile."""
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
        f"{SIGN_INS} password sign-ins at once: {took:.1f} s in all; others waited at most {max(waits):.0f} ms "
        f"(median {statistics.median(waits):.1f} ms)"
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
