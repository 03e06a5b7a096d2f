"""The hot paths of the full protocol, each as a ratio to the floor with the same requests, in one run.

`python -m benchmarks.oauth` measures only these. `--stored N` first puts N tokens into the database;
OAUTH2SYSTEM_DATABASE_URL selects the database.
"""

import argparse
import base64
import http.client
import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks import people, servers, stock
from benchmarks.load import Load, Slice, Total, slice_of
from benchmarks.servers import Server

SCRIPT = Load(script=str(Path(__file__).with_name("oauth.lua")))
CALLBACK = "http://localhost:9/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
REFRESHED = 100
# name -> (requests per counted unit, target ratio to the floor); a word after the name is the signature of ID tokens.
LOADS = {
    "client_credentials": (1, 0.45),
    "userinfo": (1, 0.50),
    "introspection": (1, 0.60),
    "code_flow RS256": (3, 0.14),
    "code_flow ES256": (3, 0.20),
    "refresh": (1, 0.24),
    "documents": (1, 1.0),
}


@dataclass(frozen=True)
class Cast:
    """An app, a user in a browser, and their tokens."""

    client_id: str
    secret: str
    cookie: str
    access: str
    refresh: tuple[str, ...]

    def environment(self, what: str) -> dict[str, str]:
        """Return the environment variables of the load script."""
        challenge = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        ask = {
            "response_type": "code", "client_id": self.client_id, "scope": "openid profile email", "state": "s",
            "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {
            "WHAT": what, "BASIC": f"Basic {pair}", "ACCESS": self.access, "REFRESH": " ".join(self.refresh),
            "COOKIE": self.cookie, "ASK": urlencode(ask), "CALLBACK": CALLBACK, "VERIFIER": VERIFIER,
        }  # fmt: skip


def main() -> None:
    """Measure the hot paths, and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.oauth", description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=15, help="duration of each load")
    parser.add_argument("--stored", type=int, default=0, help="number of tokens to store first")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.floor() as floor,
        servers.floor("uvloop") as faster,
        servers.product(Path(folder)) as product,
    ):
        people.person(product, "ada")
        measure((floor, faster), product, asked.seconds, asked.stored)


def measure(floors: tuple[Server, Server], product: Server, seconds: int, stored: int = 0) -> None:
    """Load floors and product in turns of a second, so that other programs disturb all alike; print the medians.

    The ratios are to the first floor, which runs without uvloop.
    """
    casts = {algorithm: make_cast(product, algorithm) for algorithm in ("RS256", "ES256")}
    if stored:
        stock.fill(product, casts["RS256"].client_id, stored)
    print(HEADS)
    for what in LOADS:
        slices: list[tuple[Slice, ...]] = []
        for _ in range(seconds):
            load, _, algorithm = what.partition(" ")
            cast = casts[algorithm or "RS256"]
            os.environ.update(fresh(product, cast, load).environment(load))
            slices.append(tuple(slice_of(server, SCRIPT) for server in (*floors, product)))
        print("".join(_columns(what, *(Total(side) for side in zip(*slices, strict=True)))), flush=True)


def fresh(product: Server, cast: Cast, what: str) -> Cast:
    """Return new refresh tokens for the load that uses them up, and a new access token (they expire in ten minutes)."""
    access = _tokens(product, cast, "openid profile email")["access_token"]
    if what != "refresh":
        return replace(cast, access=access)
    return replace(
        cast,
        access=access,
        refresh=tuple(_tokens(product, cast, "identify")["refresh_token"] for _ in range(REFRESHED)),
    )


def make_cast(product: Server, algorithm: str = "RS256") -> Cast:
    """Make an app whose ID tokens are signed so, and sign the person in; the tokens come with `fresh`."""
    grants = ("--grant", "authorization_code", "refresh_token", "client_credentials")
    app = people.app(product, f"OAuth {algorithm}", "ada", *grants, "--id-token-alg", algorithm)
    cookie = people.sign_in(product, "ada")
    return Cast(app.client_id, app.client_secret, cookie, "", ())


def _tokens(product: Server, cast: Cast, scope: str) -> dict[str, str]:
    """Run the code flow once."""
    given = cast.environment("")
    line = http.client.HTTPConnection(urlsplit(product.url).netloc, timeout=10)
    ask = {name: value[0] for name, value in parse_qs(given["ASK"]).items()}
    query = urlencode({**ask, "scope": scope, "redirect_uri": CALLBACK})
    line.request("GET", f"/oauth2/authorize?{query}", headers={"Cookie": cast.cookie})
    answer = line.getresponse()
    answer.read()
    code = parse_qs(urlsplit(answer.headers["location"] or "").query)["code"][0]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": given["BASIC"]}
    line.request("POST", "/oauth2/token", urlencode(fields), headers)
    brought: dict[str, str] = json.loads(line.getresponse().read())
    line.close()
    return brought


HEADS = (
    f"{'':20}{'floor/s':>9}{'uvloop/s':>9}{'ours/s':>9}{'ratio':>7}"
    f"{'floor us':>10}{'uvloop us':>10}{'ours us':>9}{'ratio':>7}"
    f"{'goal':>6}{'p50 ms':>8}{'p99 ms':>8}{'wrong':>6}"
)


def _columns(what: str, floor: Total, faster: Total, ours: Total) -> Iterator[str]:
    """Format one line: rates by the clock, then by processor time, which other programs disturb less."""
    requests, goal = LOADS[what]
    rate = statistics.median(
        mine.measured.per_second / bare.measured.per_second
        for bare, mine in zip(floor.slices, ours.slices, strict=True)
    )
    yield f"{what:20}"
    for one in (floor, faster, ours):
        yield f"{one.per_second / requests:9,.0f}"
    yield f"{rate:7.2f}{floor.cpu_us * requests:10.1f}{faster.cpu_us * requests:10.1f}"
    yield f"{ours.cpu_us * requests:9.1f}{floor.cpu_us / ours.cpu_us:7.2f}"
    yield f"{goal:6.2f}{ours.p50 * requests:8.2f}{ours.p99:8.2f}{ours.wrong:6}"


if __name__ == "__main__":
    main()
