"""What a run signs in place of the app: assertions, request objects and DPoP proofs, with keys of its own.

The private keys of a site are unknown here. Those of a run are accepted only inside this process, only for this app and
only in this run (decision 0039).
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from oauth2system.protocol.authorization import request_object
from oauth2system.protocol.clients import assertions
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.protocol.jose.strict_json import dump
from oauth2system.runtime.call import Call
from oauth2system.services.insight.playground.runs import Run
from oauth2system.services.insight.playground.wire import WireRequest

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_USUAL = "ES256"
_LIFE_S = 60


def is_bound(client: Client) -> bool:
    """Return whether the tokens of the app are bound to a key (RFC 9449)."""
    return client.is_fapi or client.dpop_bound_access_tokens


def uses_keys(client: Client) -> bool:
    """Return whether the app signs something with a key of its own, which is unknown here."""
    return bool(_list_algs(client))


async def prepare(call: Call, run: Run) -> None:
    """Make the keys that a run needs; making one of RSA takes long, so it happens apart."""
    for alg in _list_algs(run.client) - run.keys.keys():
        run.keys[alg] = await call.slow(lambda alg=alg: jose.generate(alg))


def _list_algs(client: Client) -> set[str]:
    algs = {_USUAL} if is_bound(client) else set[str]()
    if client.token_endpoint_auth_method == "private_key_jwt":  # noqa: S105  (a method)
        algs.add(_choose(assertions.algs_for(client)))
    if client.require_signed_request_object:
        algs.add(_choose(request_object.algs_for(client)))
    return algs


def _choose(allowed: tuple[str, ...]) -> str:
    return _USUAL if _USUAL in allowed else allowed[0]


async def make_wrong_key(call: Call, run: Run) -> SigningKey:
    """Make another key of the same kind as the one that signs the assertions of a run."""
    alg = _choose(assertions.algs_for(run.client))
    return await call.slow(lambda: jose.generate(alg))


def assert_client(call: Call, run: Run, secret: str, wrong: SigningKey | None) -> dict[str, str]:
    """Return what authenticates the app in a form (RFC 7523 §2.2); with a `wrong` key it is refused."""
    claims = {"iss": run.client.id, "sub": run.client.id, **_envelope(call, run)}
    if run.client.token_endpoint_auth_method == "client_secret_jwt":  # noqa: S105  (a method)
        signed = _sign_with_secret(claims, secret)
    else:
        signed = jose.sign(wrong or run.keys[_choose(assertions.algs_for(run.client))], claims)
    return {"client_id": run.client.id, "client_assertion_type": ASSERTION, "client_assertion": signed}


def sign_request(call: Call, run: Run, request: Mapping[str, str]) -> dict[str, str]:
    """Return an authorization request as a signed one (RFC 9101 §5)."""
    claims = {**request, "iss": run.client.id, **_envelope(call, run)}
    signed = jose.sign(run.keys[_choose(request_object.algs_for(run.client))], claims, "oauth-authz-req+jwt")
    return {"client_id": run.client.id, "request": signed}


def renew(call: Call, run: Run, sent: WireRequest) -> WireRequest:
    """Return a request that can be sent a second time: an assertion is accepted once."""
    if sent.form is None or "client_assertion" not in sent.form:
        return sent
    form = {**sent.form, **assert_client(call, run, run.secret, None)}
    return WireRequest(sent.method, sent.path, sent.query, form, sent.headers)


def prove(call: Call, run: Run, sent: WireRequest, access_token: str = "") -> WireRequest:
    """Return a request with the proof that its sender holds the key of this run (RFC 9449 §4.2)."""
    key, now_s = run.keys[_USUAL], run.now_s
    claims: dict[str, Any] = {"jti": token_urlsafe(12), "htm": sent.method, "iat": now_s}
    claims["htu"] = f"{call.settings.public_url}{sent.path}"
    if run.facts.dpop_nonce:
        claims["nonce"] = run.facts.dpop_nonce
    if access_token:
        claims["ath"] = urlsafe_b64encode(sha256(access_token.encode()).digest()).rstrip(b"=").decode()
    public = {name: value for name, value in jose.public_jwk(key).items() if name in {"kty", "crv", "x", "y"}}
    content = f"{jws.encode(dump({'alg': key.alg, 'typ': 'dpop+jwt', 'jwk': public}))}.{jws.encode(dump(claims))}"
    proof = f"{content}.{jws.encode(jose.sign_bytes(key, content.encode()))}"
    return WireRequest(sent.method, sent.path, sent.query, sent.form, {**sent.headers, "dpop": proof})


def _envelope(call: Call, run: Run) -> dict[str, Any]:
    """Return to whom a signature speaks, and when; each is used once."""
    now_s = run.now_s
    times = {"iat": now_s, "nbf": now_s, "exp": now_s + _LIFE_S}
    return {"aud": call.settings.public_url, "jti": f"{run.id}-{token_urlsafe(12)}", **times}


def _sign_with_secret(claims: Mapping[str, Any], secret: str) -> str:
    content = f"{jws.encode(dump({'alg': 'HS256', 'typ': 'JWT'}))}.{jws.encode(dump(claims))}"
    return f"{content}.{jws.encode(hmac.digest(secret.encode(), content.encode(), 'sha256'))}"
