"""What each hot endpoint costs inside the process, without the HTTP server: microseconds of processor time.

`python -m benchmarks.endpoints [CHECKOUT…] [--rounds N] [--only NAME…]`. Several checkouts are measured in turns in one
run, each in a process of its own, on SQLite. 32 requests run at once, so that writers share commits as in the server.
"""

import argparse
import asyncio
import base64
import gc
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import uvloop

from benchmarks.servers import SERVER_CORE, pinned
from oauth2system import settings as settings_module
from oauth2system.runtime.caller import SYSTEM, Caller
from oauth2system.runtime.context import Source
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import apps, people
from oauth2system.services.sessions import sessions
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from oauth2system.web.app import Web

AT_ONCE = 32
# As in the server: what is loaded is excluded from garbage collection, which comes seldom.
COLLECT_AFTER = 10_000
BATCHES = 12
CALLBACK = "http://localhost:9/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
HOST = (b"host", b"localhost:8000")
FORM = (b"content-type", b"application/x-www-form-urlencoded")


class Sent(NamedTuple):
    """A request as a server gives it to the routes: the scope, and the body."""

    scope: dict[str, Any]
    body: bytes = b""


class Answered(NamedTuple):
    """The first status, headers and body that were sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def main() -> None:
    """Measure the hot endpoints of one or more checkouts, and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints", description=main.__doc__)
    parser.add_argument("checkouts", nargs="*", default=["."], metavar="CHECKOUT")
    parser.add_argument("--rounds", type=int, default=40, help="turns of each checkout; the lower quartile counts")
    parser.add_argument("--only", nargs="+", choices=ENDPOINTS, default=list(ENDPOINTS), metavar="NAME")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        with tempfile.TemporaryDirectory() as folder:
            uvloop.run(_serve(Path(folder)))
        return
    workers = [_start(Path(checkout)) for checkout in asked.checkouts]
    print(f"{'us a request':20}" + "".join(f"{checkout[-12:]:>14}" for checkout in asked.checkouts))
    for name in asked.only:
        costs = [[_ask(worker, name) for worker in workers] for _ in range(asked.rounds)]
        lows = [statistics.quantiles(side, n=4)[0] for side in zip(*costs, strict=True)]
        print(f"{name:20}" + "".join(f"{low:14.1f}" for low in lows), flush=True)
    for worker in workers:
        worker.communicate()


def _start(checkout: Path) -> "subprocess.Popen[str]":
    """Start the process that measures the code of a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
    command = pinned(SERVER_CORE, [sys.executable, str(Path(__file__).resolve()), "--serve"])
    return subprocess.Popen(
        command, cwd=checkout, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _ask(worker: "subprocess.Popen[str]", name: str) -> float:
    if worker.stdin is None or worker.stdout is None:
        raise SystemExit("A worker without pipes.")
    worker.stdin.write(f"{name}\n")
    worker.stdin.flush()
    answer = worker.stdout.readline()
    if not answer:
        raise SystemExit("A worker has ended.")
    return float(json.loads(answer))


async def _serve(folder: Path) -> None:
    """Measure each endpoint that is named on a line of the input, and write its cost."""
    stage = await Stage.build(folder)
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
    for line in sys.stdin:
        print(json.dumps(await stage.measure(line.strip())), flush=True)
    stage.runner.close()


class Stage:
    """An app, a person who is signed in, and the routes that answer them."""

    def __init__(self, runner: Runner, web: Web) -> None:
        self.runner, self.web = runner, web
        self.client_id = self.secret = self.cookie = self.value = self.access = ""
        self.refresh_tokens: list[str] = []

    @classmethod
    async def build(cls, folder: Path) -> "Stage":
        """Make them, on a new database."""
        url = f"sqlite:///{folder / 'bench.db'}"
        values = {
            "OAUTH2SYSTEM_DATABASE_URL": url, "OAUTH2SYSTEM_SECRET_KEY": "k" * 64,
            "OAUTH2SYSTEM_RATE_LIMIT_FACTOR": "1000000",
        }  # fmt: skip
        database = Database(url)
        migrations.upgrade(database)
        runner = Runner(settings_module.load(values, folder=folder), database)
        stage = cls(runner, Web(runner))
        made = runner.now(SYSTEM, people.create, "ada", "ada@example.org", "", None, confirmed=True)
        grants = ["authorization_code", "refresh_token", "client_credentials"]
        app = runner.now(
            SYSTEM, apps.create_for, "ada",
            {"client_name": "Bench", "redirect_uris": [CALLBACK], "grant_types": grants},
            first_party=True, reread_seconds=86400,
        )  # fmt: skip
        stage.client_id, stage.secret = app.client_id, app.client_secret or ""
        started = runner.now(Caller(Source("127.0.0.1")), sessions.start, made.id, made.generation)
        stage.cookie = f"{runner.settings.session_cookie}={started.value}"
        stage.value = _code_of(await stage.ask(stage.authorize()))
        await stage.ask(stage.api_user())  # from here on it may be read again
        for _ in range(AT_ONCE):
            stage.refresh_tokens.append((await stage.exchange("identify"))["refresh_token"])
        stage.access = (await stage.exchange("openid profile email"))["access_token"]
        return stage

    async def exchange(self, scope: str) -> dict[str, str]:
        """Run the code flow once, and return the tokens."""
        code = _code_of(await self.ask(self.authorize_code(scope)))
        return json.loads((await self.ask(self.redeem(code))).body)

    async def measure(self, name: str) -> float:
        """Return the microseconds of processor time of one request, in all threads."""
        if name == "code exchange":
            codes = [_code_of(await self.ask(self.authorize_code("identify"))) for _ in range(AT_ONCE * BATCHES)]
            return await self.time(map(self.redeem, codes))
        if name == "refresh":
            return await self.time_refreshes()
        return await self.time(itertools.repeat(ENDPOINTS[name](self), AT_ONCE * BATCHES))

    async def time(self, requests: Iterable[Sent]) -> float:
        """Send the requests, 32 at a time."""
        left, spent = list(requests), 0.0
        count = len(left)
        while left:
            batch, left = left[:AT_ONCE], left[AT_ONCE:]
            started = time.process_time()
            await asyncio.gather(*map(self.ask, batch))
            spent += time.process_time() - started
        return spent / count * 1e6

    async def time_refreshes(self) -> float:
        """Rotate each token, again and again."""
        spent = 0.0
        for _ in range(BATCHES):
            batch = [self.refresh(token) for token in self.refresh_tokens]
            started = time.process_time()
            answers = await asyncio.gather(*map(self.ask, batch))
            spent += time.process_time() - started
            self.refresh_tokens = [json.loads(answer.body)["refresh_token"] for answer in answers]
        return spent / (AT_ONCE * BATCHES) * 1e6

    async def ask(self, sent: Sent) -> Answered:
        """Have the routes answer one request."""
        messages: list[dict[str, Any]] = []
        body = sent.body

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await self.web(sent.scope, receive, send)
        answered = Answered(messages[0]["status"], messages[0]["headers"], messages[1]["body"])
        if answered.status not in {HTTPStatus.OK, HTTPStatus.SEE_OTHER}:
            raise SystemExit(f"{sent.scope['path']} answered {answered.status}: {answered.body!r}")
        return answered

    def authorize(self) -> Sent:
        """Return the first request of the simple flow."""
        asked = {"client_id": self.client_id, "scope": "identify email"}
        return _get(f"/oauth2/authorize?{urlencode(asked)}", (b"cookie", self.cookie.encode()))

    def authorize_code(self, scope: str = "openid profile email") -> Sent:
        """Return the first request of the code flow."""
        challenge = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.client_id, "scope": scope, "state": "s", "nonce": "n",
            "code_challenge": challenge, "code_challenge_method": "S256", "redirect_uri": CALLBACK,
        }  # fmt: skip
        return _get(f"/oauth2/authorize?{urlencode(asked)}", (b"cookie", self.cookie.encode()))

    def api_user(self) -> Sent:
        """Return the second request of the simple flow."""
        asked = {"oauth_token": self.value, "client_id": self.client_id, "client_secret": self.secret}
        return _get(f"/api/user?{urlencode(asked)}")

    def userinfo(self) -> Sent:
        """Return a request with an access token."""
        return _get("/oauth2/userinfo", (b"authorization", f"Bearer {self.access}".encode()))

    def introspection(self) -> Sent:
        """Return a question about an access token."""
        return self._post("/oauth2/introspect", token=self.access)

    def client_credentials(self) -> Sent:
        """Return a request for a token of the app's own."""
        return self._post("/oauth2/token", grant_type="client_credentials", scope="identify")

    def redeem(self, code: str) -> Sent:
        """Return the exchange of a code."""
        return self._post(
            "/oauth2/token", grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER
        )

    def refresh(self, token: str) -> Sent:
        """Return the exchange of a refresh token."""
        return self._post("/oauth2/token", grant_type="refresh_token", refresh_token=token)

    def _post(self, path: str, **fields: str) -> Sent:
        body = urlencode(fields).encode()
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode())
        length = (b"content-length", str(len(body)).encode())
        return Sent(_scope("POST", path, "", [HOST, length, FORM, (b"authorization", b"Basic " + pair)]), body)


ENDPOINTS: dict[str, Callable[[Stage], Sent]] = {
    "authorize": Stage.authorize,
    "authorize, code": Stage.authorize_code,
    "/api/user": Stage.api_user,
    "userinfo": Stage.userinfo,
    "introspection": Stage.introspection,
    "client_credentials": Stage.client_credentials,
    "refresh": lambda stage: stage.refresh(""),
    "code exchange": lambda stage: stage.redeem(""),
}


def _get(address: str, *headers: tuple[bytes, bytes]) -> Sent:
    path, _, query = address.partition("?")
    return Sent(_scope("GET", path, query, [HOST, *headers]))


def _scope(method: str, path: str, query: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "headers": headers,
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "client": ("127.0.0.1", 4000),
    }  # fmt: skip


def _code_of(answered: Answered) -> str:
    location = dict(answered.headers)[b"location"].decode()
    return parse_qs(urlsplit(location).query)["code"][0]


if __name__ == "__main__":
    main()
