"""The requests of the loads: each of another person, app or stored token, drawn at random."""

import base64
import itertools
import os
import random
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks.growth import fill, rows
from benchmarks.growth.rows import CALLBACK
from benchmarks.growth.world import OF_APPS, TOKENS_OF_A_FAMILY, World
from benchmarks.load import Load

API_USER = "/api/user"
AT_ONCE = 20_000  # more than a server answers in a second
REFRESHED_AT_ONCE = 12_000
_SCRIPT = Path(__file__).with_name("spread.lua")
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
_CHALLENGE = base64.urlsafe_b64encode(sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
# The load script takes the file apart at these: requests, and what the answer of one leads to.
_END, _THEN = "\1", "\2"


class Among(NamedTuple):
    """The apps, families, tokens and values that a load draws from, by number."""

    apps: Sequence[int]
    families: Sequence[int]
    tokens: Sequence[int]
    values: Sequence[int]


def everything(world: World) -> Among:
    """Draw from all that is stored."""
    return Among(range(world.apps), range(world.families), range(world.tokens), range(world.values))


def as_few_as(world: World, few: World) -> Among:
    """Draw from as many apps, families and tokens as a small world has; they lie anywhere in the large one."""
    apps = random.Random(0).sample(range(world.apps), few.apps)  # noqa: S311  (no secret)
    families = [family for app in apps for family in world.families_of(app, few.families // few.apps)]
    alone = [
        (app + world.apps * turn) * OF_APPS for app in apps for turn in range(world.tokens // OF_APPS // world.apps)
    ]
    tokens = [world.token_of(family, turn) for family in families for turn in range(TOKENS_OF_A_FAMILY)]
    values = [family for family in families if family < world.values]
    return Among(apps, families, tokens + alone[: few.families], values)


class Stock:
    """A filled database, and the requests that use what is in it."""

    def __init__(self, world: World, url: str, cookie: str, folder: Path) -> None:
        """`cookie` is the name of the session's cookie; `folder` is for the file that wrk reads."""
        self.world, self._url, self._cookie = world, url, cookie
        self._file = folder / "requests"
        self._dice = random.Random(world.tokens)  # noqa: S311  (no secret)
        self._everything = self._among = everything(world)
        self._fresh = self._dice.sample(range(world.families), world.families)
        self._used = folder / "refreshed"  # how many of them earlier runs used up
        if self._used.is_file():
            del self._fresh[: int(self._used.read_text())]
        # So far apart that the spare tokens of two runs never meet.
        self._spares = itertools.count(random.randrange(1 << 45))  # noqa: S311  (no secret)

    def load(self, what: str, among: Among | None = None) -> Load:
        """Return a load of new requests."""
        self._among = among or self._everything
        if what == "refresh":
            written = [self._refresh(token, family) for token, family in self._draw_refresh_tokens()]
        else:
            written = [_MAKERS[what](self) for _ in range(AT_ONCE)]
        self._file.write_text(_END.join(written))
        os.environ.update({"WHAT": what, "REQUESTS": str(self._file), "CALLBACK": CALLBACK, "VERIFIER": _VERIFIER})
        return Load(script=str(_SCRIPT))

    def _draw_refresh_tokens(self) -> list[tuple[str, int]]:
        """Return refresh tokens with their families, each of them once; where too few are stored, spare ones."""
        count = REFRESHED_AT_ONCE
        if self._among is self._everything and len(self._fresh) >= count:
            drawn, self._fresh = self._fresh[:count], self._fresh[count:]
            self._used.write_text(str(self.world.families - len(self._fresh)))
            return [(self.world.refresh(self.world.token_of(family)), family) for family in drawn]
        spares = {next(self._spares): self._dice.choice(self._among.families) for _ in range(count)}
        fill.insert(self._url, rows.FAMILIES, rows.spare_families(self.world, spares))
        fill.insert(self._url, rows.TOKENS, rows.spare_tokens(self.world, spares))
        return [(self.world.spare(number), family) for number, family in spares.items()]

    def _refresh(self, token: str, family: int) -> str:
        fields = {"grant_type": "refresh_token", "refresh_token": token}
        return _post("/oauth2/token", fields, self._basic(self.world.pair(family)[1]))

    def client_credentials(self) -> str:
        """Ask for a token of any app."""
        fields = {"grant_type": "client_credentials", "scope": "identify"}
        return _post("/oauth2/token", fields, self._basic(self._dice.choice(self._among.apps)))

    def userinfo(self) -> str:
        """Use any access token of a person."""
        family, turn = self._dice.choice(self._among.families), self._dice.randrange(TOKENS_OF_A_FAMILY)
        token = self.world.access(self.world.token_of(family, turn))
        return _get("/oauth2/userinfo", f"Authorization: Bearer {token}")

    def introspection(self) -> str:
        """Ask about any access token, as its app."""
        number = self._dice.choice(self._among.tokens)
        return _post("/oauth2/introspect", {"token": self.world.access(number)}, self._basic(self.world.app_of(number)))

    def api_user(self) -> str:
        """Read any person again with a value of the simple flow."""
        number = self._dice.choice(self._among.values)
        value = {"oauth_token": self.world.value(number)}
        return _get(f"{API_USER}?{urlencode({**value, **self._credentials(self.world.pair(number)[1])})}")

    def code_flow(self) -> str:
        """Sign any person in at an app of theirs; the answers lead to the token and to userinfo."""
        person, app = self.world.pair(self._dice.choice(self._among.families))
        ask = {
            "response_type": "code", "client_id": self.world.app(app), "scope": "openid profile email", "nonce": "n",
            "redirect_uri": CALLBACK, "code_challenge": _CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        return self._authorize(person, ask) + _THEN + self._basic(app)

    def simple_flow(self) -> str:
        """Do the same with the simple flow; the answer leads to /api/user."""
        person, app = self.world.pair(self._dice.choice(self._among.families))
        ask = {"client_id": self.world.app(app), "scope": "identify email"}
        return self._authorize(person, ask) + _THEN + urlencode(self._credentials(app))

    def _authorize(self, person: int, ask: dict[str, str]) -> str:
        """`{state}` is where the load script puts the number of the request."""
        path = f"/oauth2/authorize?{urlencode(ask)}&state={{state}}"
        return _get(path, f"Cookie: {self._cookie}={self.world.cookie(person)}")

    def _credentials(self, app: int) -> dict[str, str]:
        return {"client_id": self.world.app(app), "client_secret": self.world.secret(app)}

    def _basic(self, app: int) -> str:
        pair = ":".join(self._credentials(app).values())
        return f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}"


_MAKERS: dict[str, Callable[[Stock], str]] = {
    "client_credentials": Stock.client_credentials,
    "userinfo": Stock.userinfo,
    "introspection": Stock.introspection,
    "code_flow": Stock.code_flow,
    API_USER: Stock.api_user,
    "simple_flow": Stock.simple_flow,
}
LOADS = (*_MAKERS, "refresh")


def _get(path: str, *headers: str) -> str:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""))


def _post(path: str, fields: dict[str, str], *headers: str) -> str:
    body = urlencode(fields)
    kind = "Content-Type: application/x-www-form-urlencoded"
    lines = (f"POST {path} HTTP/1.1", "Host: localhost", kind, f"Content-Length: {len(body)}", *headers, "", body)
    return "\r\n".join(lines)
