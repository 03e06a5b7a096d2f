"""An API that opens to our access tokens by Authlib: read by our keys alone, or asked of us."""

from typing import Any

import httpx
from authlib.integrations.flask_oauth2 import ResourceProtector
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

NAME = "https://api.example.org"


class _ByKeys(JWTBearerTokenValidator):
    """Believes what our keys have signed (RFC 9068 §4)."""

    def get_jwks(self) -> Any:
        metadata = httpx.get(f"{self.issuer}/.well-known/openid-configuration").json()
        return KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())


class _ByAsking(IntrospectTokenValidator):
    """Asks us (RFC 7662)."""

    endpoint: str
    credentials: tuple[str, str | None]

    def introspect_token(self, token_string: str) -> Any:
        return httpx.post(self.endpoint, data={"token": token_string}, auth=_basic(*self.credentials)).json()


def _basic(client_id: str, secret: str | None) -> httpx.BasicAuth:
    assert secret is not None
    return httpx.BasicAuth(client_id, secret)


def by_keys(issuer: str) -> Any:
    """Return a way to check tokens without a call."""
    return _ByKeys(issuer=issuer, resource_server=NAME)


def by_asking(issuer: str, credentials: tuple[str, str | None]) -> Any:
    """Return a way to check tokens with a call each time."""
    made = _ByAsking()
    made.endpoint, made.credentials = f"{issuer}/oauth2/introspect", credentials
    return made


def call(validator: Any, token: str, scope: str | None = None) -> TestResponse:
    """Call an API that is guarded so."""
    api: Any = Flask("api")
    guard: Any = ResourceProtector()
    guard.register_token_validator(validator)

    @api.get("/")
    @guard(scope)
    def home() -> str:
        return "open"

    del home  # Flask has it
    return api.test_client().get("/", headers={"authorization": f"Bearer {token}"})
