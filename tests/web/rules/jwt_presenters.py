"""A desk at which JWTs are shown: an app that signs, one that shows what it got, and how each is done."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from joserfc.jwk import ECKey

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import decode, load
from oauth2system.storage.database.columns import to_ms
from tests.protocol import keys
from tests.support.in_process.jwts import ASSERTION
from tests.support.in_process.oauth_apps import CB, App, Clock, House, signing_keys
from tests.web.tokens.test_dpop import Holder

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT})
SERVER = next(key for key in signing_keys() if key.alg == "ES256")
# What every forgery is signed with where its signature is right: the very key that the place expects.
CLIENT = keys.EC
LONGEST_LINK = 60_000


class Genuine(NamedTuple):
    """A JWT that is taken: what it says, who signs it, and what stands in its header."""

    claims: dict[str, Any]
    key: jose.SigningKey
    typ: str = "JWT"
    more: Mapping[str, Any] = MappingProxyType({})

    @property
    def token(self) -> str:
        header = {"alg": self.key.alg, "kid": self.key.kid, "typ": self.typ, **self.more}
        return keys.raw_jws(header, self.claims, self.key)

    def forgeries(self) -> dict[str, str]:
        return keys.forgeries(self.claims, self.key, self.typ, **self.more)


class Desk:
    """An app that signs, one that shows what it got, and the places where they show it."""

    def __init__(self, house: House, clock: Clock) -> None:
        self.house, self.clock, self.count = house, clock, 0
        method: dict[str, Any] = {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys.jwks_of(CLIENT)}
        mine: dict[str, Any] = {"require_pkce": False, "grant_types": GRANTS, "id_token_signed_response_alg": "ES256"}
        self.signs = house.app("Signs", **method, **mine)
        self.shows = house.app("Shows", access_token_format="jwt", **mine)
        self.brought = house.tokens(self.shows)
        self.holder = Holder(house, clock)
        self.holder.key.key = ECKey.import_key(jose.save(CLIENT))
        self.bound = self.holder.tokens(self.shows)["access_token"]

    @property
    def now(self) -> int:
        return to_ms(self.clock.now) // 1000

    def once(self) -> str:
        self.count += 1
        return f"j{self.count}"

    def access(self) -> Genuine:
        return Genuine(claims_of(self.brought["access_token"]), SERVER, "at+jwt")

    def hint(self) -> Genuine:
        return Genuine(claims_of(self.brought["id_token"]), SERVER)

    def assertion(self) -> Genuine:
        who, base = self.signs.id, self.house.base
        return Genuine({"iss": who, "sub": who, "aud": base, "exp": self.now + 60, "jti": self.once()}, CLIENT)

    def request(self) -> Genuine:
        asked = {"response_type": "code", "redirect_uri": CB, "scope": "openid", "client_id": self.signs.id}
        return Genuine({"iss": self.signs.id, "aud": self.house.base, "exp": self.now + 60, **asked}, CLIENT)

    def proof(self, method: str, path: str, token: str | None = None) -> Genuine:
        proof = self.holder.proof(method, path, token=token)["dpop"]
        return Genuine(claims_of(proof), CLIENT, "dpop+jwt", {"jwk": jose.public_jwk(CLIENT)})

    def post(
        self, path: str, app: App | None, headers: dict[str, Any] | None = None, /, **fields: str
    ) -> httpx.Response:
        return self.house.call(path, app, headers, fields)

    def asserted(self, path: str, jwt: str, /, **fields: str) -> httpx.Response:
        signed = {"client_assertion_type": ASSERTION, "client_assertion": jwt, "client_id": self.signs.id}
        return self.post(path, None, **signed, **fields)

    def authorize(self, app: App, /, **query: str) -> httpx.Response:
        return self.visit("/oauth2/authorize", **{"client_id": app.id, "redirect_uri": CB, **query})

    def visit(self, path: str, /, **query: str) -> httpx.Response:
        """Follow a link as Ada's browser does, as long as a link can be."""
        fits = {name: value[:LONGEST_LINK] for name, value in query.items()}
        return self.house.door.get(f"{path}?{urlencode(fits)}", cookie=self.house.ada.cookie)

    def get(self, path: str, /, **headers: str) -> httpx.Response:
        """GET with headers that may hold anything that fits on a wire."""
        raw: dict[str, Any] = {name: value.encode("latin-1") for name, value in headers.items()}
        return self.house.door.get(path, headers=raw)


def claims_of(jwt: str) -> dict[str, Any]:
    return load(decode(jwt.split(".")[1]).decode())
