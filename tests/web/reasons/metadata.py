"""How each fault of client metadata is provoked: by an update, so that the app's owner reads of it."""

import json
from typing import Any

import httpx

from oauth2system.protocol.reasons.metadata import MetadataReason as R
from tests.support.in_process.delivery import deliver
from tests.support.in_process.oauth_apps import CB, App
from tests.web.reasons.bench import Bench, Provoked

NOT_YET = "It is found after the app was judged, when the document is fetched."
NOT_READ = "The document cannot be read, so nothing says which app it is about."
TWO_HOSTS = [CB, "https://b.example/cb"]


def puts(**changes: Any) -> Provoked:
    """Update an app that was registered a moment ago."""
    return Provoked(lambda b: b.update(**changes))


def posted(data: object, kind: str = "application/json") -> Provoked:
    return Provoked(lambda b: b.document("POST", "/oauth2/register", "x", data, kind), NOT_READ)


def with_key(b: Bench, **changes: Any) -> httpx.Response:
    return b.update(jwks=json.loads(b.key.jwks), **changes)


def a_profile_without_its_key(b: Bench) -> httpx.Response:
    keys = json.loads(b.key.jwks)
    told = b.register(token_endpoint_auth_method="private_key_jwt", jwks=keys).json()
    b.change(App(told["client_id"], None), profile="fapi2")
    return b.update(told, token_endpoint_auth_method="client_secret_basic")


def a_sector_that_says(b: Bench, body: bytes) -> httpx.Response:
    b.place.body = body
    asked = {"subject_type": "pairwise", "sector_identifier_uri": f"{b.place.url}/sector"}
    return b.update(redirect_uris=TWO_HOSTS, **asked)


def a_logo_that_is(b: Bench, status: int) -> httpx.Response:
    b.place.status, b.place.body = status, b"no picture"
    answer = b.update(logo_uri=f"{b.place.url}/logo.png")
    deliver(b.house.runner)
    b.place.status = 200
    return answer


PROVOKED: dict[R, Provoked] = {
    R.NOT_TEXT: puts(client_name=1),
    R.NOT_ONE_OF: puts(subject_type="secret"),
    R.NONE_OF: puts(grant_types=["password"]),
    R.NOT_FLAG: puts(require_auth_time="yes"),
    R.NOT_SECONDS: puts(default_max_age=-1),
    R.NOT_LIST: puts(contacts="ada"),
    R.NOT_HTTPS: puts(initiate_login_uri="http://localhost:5000/"),
    R.NOT_LINK: puts(client_uri="javascript:x"),
    R.NOT_OFFERED: puts(id_token_encrypted_response_alg="RSA-OAEP"),
    R.NAME_REFUSED: puts(client_name="   "),
    R.REDIRECT_URI_NONE: puts(redirect_uris=[]),
    R.REDIRECT_URI_REFUSED: puts(redirect_uris=["https://app.example/#x"]),
    R.SCHEME_NEEDS_NATIVE: puts(redirect_uris=["com.example.app:/cb"]),
    R.KEYS_NOT_OBJECT: puts(jwks="x"),
    R.KEYS_TOO_LONG: puts(jwks={"keys": [], "x": "x" * 32_001}),
    R.KEYS_SYMMETRIC: puts(jwks={"keys": [{"kty": "oct", "k": "x"}]}),
    R.KEYS_REFUSED: puts(jwks={"keys": "x"}),
    R.KEYS_UNUSABLE: puts(jwks={"keys": []}),
    R.KEYS_TWICE: Provoked(lambda b: with_key(b, jwks_uri="https://app.example/keys")),
    R.METHOD_NEEDS_KEYS: puts(token_endpoint_auth_method="private_key_jwt"),
    R.REQUESTS_NEED_KEYS: puts(require_signed_request_object=True),
    R.ALG_NEEDS_OTHER_METHOD: puts(token_endpoint_auth_signing_alg="HS256"),
    R.GRANTS_CONTRADICT: puts(grant_types=["client_credentials"], response_types=["code"]),
    R.GRANTS_BEGIN_NOTHING: puts(grant_types=["refresh_token"], response_types=[]),
    R.KEYS_DO_NOT_FIT: Provoked(
        lambda b: with_key(b, token_endpoint_auth_method="private_key_jwt", token_endpoint_auth_signing_alg="RS256")
    ),
    R.GRANT_NEEDS_SECRET: puts(
        token_endpoint_auth_method="none", grant_types=["authorization_code", "client_credentials"]
    ),
    R.PROFILE_NEEDS_KEYS: Provoked(a_profile_without_its_key),
    R.SECTOR_NEEDED: puts(subject_type="pairwise", redirect_uris=TWO_HOSTS),
    R.SECTOR_INCOMPLETE: Provoked(lambda b: a_sector_that_says(b, json.dumps([CB]).encode()), NOT_YET),
    R.SECTOR_UNREADABLE: Provoked(lambda b: a_sector_that_says(b, b"x"), NOT_YET),
    R.LOGO_NOT_FETCHED: Provoked(lambda b: a_logo_that_is(b, 404), is_answered=False),
    R.LOGO_UNFIT: Provoked(lambda b: a_logo_that_is(b, 200), is_answered=False),
    R.FRAME_FOREIGN: puts(frontchannel_logout_uri="https://elsewhere.example/"),
    R.BODY_NOT_JSON_TYPE: posted({}, "text/plain"),
    R.BODY_NOT_JSON: posted(b"{"),
    R.BODY_NOT_OBJECT: posted([]),
    R.OTHER_CLIENT_ID: puts(client_id="1"),
    R.NOT_IN_UPDATE: puts(client_id_issued_at=1),
    R.SECRET_NOT_CURRENT: puts(client_secret="chosen"),
}

CANNOT: dict[R, str] = {
    R.SCOPE_EMPTY: "Only the owner's page can take the last scope away: see tests/services/apps.",
}
