"""Apps and the calls they make: a client that speaks OAuth to door one, and knows nothing of its inside."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import httpx

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, REFRESH_GRANT, Client
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import signing_keys as keys
from oauth2system.web.app import Web
from tests.support.in_process.app_records import write_app
from tests.support.in_process.door import BASE, Door, Person, person

CB = "https://app.example/cb"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS})
OPERATOR = Caller(system=True)
Value = str | list[str] | None


@cache
def signing_keys() -> tuple[SigningKey, ...]:
    """Make keys once for all tests of a process; making RSA keys takes a good part of a second."""
    return tuple(jose.generate(alg) for alg in keys.ALGS)


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return the header of HTTP Basic, both halves form-urlencoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass(frozen=True)
class App:
    """One client with its secret, and how it shows who it is."""

    id: str
    secret: str | None
    method: str = "client_secret_basic"

    def headers(self) -> dict[str, str]:
        """Return what goes into the header to authenticate."""
        return basic(self.id, self.secret or "") if self.method == "client_secret_basic" else {}

    def fields(self) -> dict[str, str]:
        """Return what goes into the form to authenticate."""
        match self.method:
            case "client_secret_post":
                return {"client_id": self.id, "client_secret": self.secret or ""}
            case "none":
                return {"client_id": self.id}
            case _:
                return {}


@dataclass
class House:
    """A running door one with a person and as many apps as a test wants."""

    runner: Runner
    ada: Person
    door: Door
    base: str = BASE
    asked: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def open(cls, runner: Runner) -> Self:
        """Open a house whose owner is Ada, confirmed and signed in."""
        runner.now(OPERATOR, keys.adopt, signing_keys())
        return cls(runner, person(runner, "ada"), Door(Web(runner)))

    def app(self, name: str = "Confidential", **changes: Any) -> App:
        """Register an app of Ada's; `first_party` so that no page stands between request and answer."""
        given: dict[str, Any] = {"redirect_uris": (CB,), "first_party": True, "grant_types": GRANTS, **changes}
        client = replace(Client(id="", name=name), **given)
        made = self.runner.now(OPERATOR, write_app, "ada", client)
        return App(made.client_id, made.client_secret, client.token_endpoint_auth_method)

    def public(self, name: str = "Public", **changes: Any) -> App:
        """Register a public app."""
        return self.app(name, is_public=True, token_endpoint_auth_method="none", **changes)

    def authorize(self, app: App, who: Person | None = None, **changes: str | None) -> httpx.Response:
        """Ask for an authorization as Ada's browser does; None leaves a parameter out."""
        plain: dict[str, str | None] = {
            "response_type": "code",
            "client_id": app.id,
            "redirect_uri": CB,
            "scope": "openid profile email offline_access",
            "state": "st",
            "nonce": "no",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        query = {name: value for name, value in {**plain, **changes}.items() if value is not None}
        return self.door.get(f"/oauth2/authorize?{urlencode(query)}", cookie=(who or self.ada).cookie)

    def code(self, app: App, who: Person | None = None, **changes: str | None) -> str:
        """Return a fresh authorization code."""
        answer = self.authorize(app, who, **changes)
        assert answer.status_code == 303, answer.text
        return answered(answer)["code"]

    def token(self, app: App | None, *, headers: Mapping[str, str] | None = None, **fields: Value) -> httpx.Response:
        """Call the token endpoint, authenticated as this app."""
        return self.call("/oauth2/token", app, headers, fields)

    def call(
        self,
        path: str,
        app: App | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, Value] | None = None,
    ) -> httpx.Response:
        """Post a form as an app does: no Origin, no cookies; None leaves a field out."""
        shown = {**(app.headers() if app else {}), **(headers or {})}
        given = {name: value for name, value in (fields or {}).items() if value is not None}
        body = urlencode({**(app.fields() if app else {}), **given}, doseq=True).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.door.ask("POST", path, headers={**kind, **shown}, content=body)

    def redeem(
        self, app: App, code: str, *, headers: Mapping[str, str] | None = None, **changes: Value
    ) -> httpx.Response:
        """Exchange a code, rightly unless something is changed."""
        fields: dict[str, Value] = {
            "grant_type": CODE_GRANT, "code": code, "redirect_uri": CB, "code_verifier": VERIFIER, **changes,
        }  # fmt: skip
        return self.call("/oauth2/token", app, headers, fields)

    def tokens(self, app: App, who: Person | None = None, **changes: str | None) -> dict[str, Any]:
        """Return the whole token answer of a fresh sign-in."""
        answer = self.redeem(app, self.code(app, who, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refresh(
        self, app: App, token: str, *, headers: Mapping[str, str] | None = None, **changes: Value
    ) -> httpx.Response:
        """Use a refresh token."""
        fields: dict[str, Value] = {"grant_type": REFRESH_GRANT, "refresh_token": token, **changes}
        return self.call("/oauth2/token", app, headers, fields)

    def userinfo(self, token: str, scheme: str = "Bearer", **headers: str) -> httpx.Response:
        """Ask who the user is."""
        return self.door.get("/oauth2/userinfo", headers={"authorization": f"{scheme} {token}", **headers})

    def works(self, token: str) -> bool:
        """Tell whether an access token opens anything."""
        return self.userinfo(token).status_code == 200

    def introspect(self, app: App, token: str, **changes: Value) -> dict[str, Any]:
        """Ask what a token is worth."""
        answer = self.call("/oauth2/introspect", app, None, {"token": token, **changes})
        assert answer.status_code == 200, answer.text
        return answer.json()


def answered(answer: httpx.Response) -> dict[str, str]:
    """Return what a redirect carries in its query."""
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query, keep_blank_values=True))


def query_of(answer: httpx.Response) -> dict[str, list[str]]:
    """Return the same with repetitions."""
    return parse_qs(urlsplit(answer.headers["location"]).query, keep_blank_values=True)
