"""How each request is sent that cannot be read."""

from urllib.parse import urlencode

import httpx

from oauth2system.protocol.reasons.requests import RequestReason as R
from tests.support.in_process.oauth_apps import CB
from tests.web.reasons.bench import FORM, NO_APP, TOKEN, Bench, Provoked


def posts(body: bytes, *headers: tuple[str, str]) -> Provoked:
    return Provoked(lambda b: b.raw(TOKEN, body, *(headers or [FORM])), NO_APP)


def two_secrets(b: Bench) -> httpx.Response:
    app = b.app(token_endpoint_auth_method="client_secret_post")
    body = [("client_id", app.id), ("client_secret", "x"), ("client_secret", "y"), ("grant_type", "x")]
    return b.raw(TOKEN, urlencode(body).encode(), FORM)


def a_nonce_twice(b: Bench) -> httpx.Response:
    asked = {"client_id": b.app().id, "redirect_uri": CB, "response_type": "code", "nonce": ["a", "b"]}
    return b.visit("/oauth2/authorize", asked)


PROVOKED: dict[R, Provoked] = {
    R.REQUEST_TOO_LONG: posts(b"&".join(b"a=1" for _ in range(101))),
    R.NUL_CHARACTER: posts(b"a=%00"),
    R.NOT_UTF8: posts(b"a=\xff"),
    R.BROKEN_ESCAPE: posts(b"a=%zz"),
    R.PARAMETER_REPEATED: Provoked(two_secrets),
    R.PARAMETERS_REPEATED: Provoked(a_nonce_twice),
    R.PARAMETER_MISSING: Provoked(lambda b: b.house.token(b.app())),
    R.BODY_NOT_FORM: posts(b"{}", ("content-type", "application/json")),
    R.AUTHORIZATION_REPEATED: posts(b"a=1", FORM, ("authorization", "Basic x"), ("authorization", "Basic y")),
    R.SCOPE_MALFORMED: Provoked(lambda b: b.authorize(b.app(), scope="\u2028")),
}

CANNOT: dict[R, str] = {}
