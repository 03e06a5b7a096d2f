"""How each reason to refuse an authorization request is provoked."""

import json
from typing import Any

import httpx

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS
from oauth2system.protocol.reasons.authorization import AuthorizationReason as R
from tests.support.in_process.oauth_apps import CB, challenge
from tests.web.reasons.bench import PAR, Bench, Provoked


def asks(app: dict[str, Any] | None = None, **changes: Any) -> Provoked:
    """Ask with one thing changed, for an app with something changed."""
    return Provoked(lambda b: b.authorize(b.app(**(app or {})), **changes))


def claims(text: str) -> Provoked:
    return asks(claims=text)


def pushes(**fields: Any) -> Provoked:
    return Provoked(lambda b: b.push(b.app(jwks=b.key.jwks), **fields))


def too_many_resources(b: Bench) -> httpx.Response:
    asked = {"client_id": b.app().id, "redirect_uri": CB, "response_type": "code", "scope": "openid"}
    return b.visit("/oauth2/authorize", {**asked, "resource": [f"https://{one}.example" for one in range(11)]})


def a_native_app_wants_a_form(b: Bench) -> httpx.Response:
    uri = "com.example.app:/cb"
    app = b.public(application_type="native", redirect_uris=(uri,))
    return b.authorize(app, redirect_uri=uri, response_mode="form_post")


def another_key(b: Bench) -> httpx.Response:
    return b.push(b.app(), b.holder.proof(path=PAR), dpop_jkt="A" * 43)


def another_account(b: Bench) -> httpx.Response:
    """Somebody signs in for a flow that expects another person."""
    app, bob = b.app(), b.person("bob")
    hint = b.house.tokens(app)["id_token"]
    b.clock.pass_by(seconds=5)
    asked = b.authorize(app, bob, id_token_hint=hint)
    b.clock.pass_by(seconds=5)
    return b.resume(asked, b.again(bob))


PKCE = {"code_challenge": None, "code_challenge_method": None}

PROVOKED: dict[R, Provoked] = {
    R.STATE_REQUIRED: asks({"require_state": True}, state=None),
    R.SIMPLE_LINK_MIXED: Provoked(lambda b: b.link(scope="identify email", prompt="consent")),
    R.SIMPLE_LINK_WITHOUT_SCOPE: Provoked(lambda b: b.link()),
    R.RESPONSE_TYPE_UNSUPPORTED: asks(response_type="token"),
    R.RESPONSE_TYPE_NOT_ALLOWED: asks({"grant_types": frozenset({CLIENT_CREDENTIALS}), "response_types": frozenset()}),
    R.RESPONSE_MODE_UNSUPPORTED: asks(response_mode="web_message"),
    R.FORM_POST_NEEDS_WEB: Provoked(a_native_app_wants_a_form),
    R.SCOPE_UNKNOWN: asks(scope="unheard_of"),
    R.SCOPE_NOT_ALLOWED: asks({"scopes": frozenset({"identify"})}, scope="email"),
    R.NONCE_TOO_LONG: asks(nonce="n" * 1025),
    R.PROMPT_UNSUPPORTED: asks(prompt="maybe"),
    R.PROMPT_NONE_NOT_ALONE: asks(prompt="none login"),
    R.MAX_AGE_MALFORMED: asks(max_age="soon"),
    R.ACR_UNKNOWN: claims(json.dumps({"id_token": {"acr": {"essential": True, "values": ["unheard-of"]}}})),
    R.ACR_VALUES_TOO_LONG: asks(acr_values="1 " * 501),
    R.LOGIN_HINT_TOO_LONG: asks(login_hint="a" * 255),
    R.RESOURCES_TOO_MANY: Provoked(too_many_resources),
    R.RESOURCE_UNKNOWN: asks(resource="https://elsewhere.example"),
    R.JKT_MALFORMED: asks(dpop_jkt="x"),
    R.CLAIMS_TOO_LONG: claims("x" * 9000),
    R.CLAIMS_NOT_JSON: claims("{"),
    R.CLAIMS_MEMBER_NOT_OBJECT: claims('{"id_token": 1}'),
    R.CLAIMS_SUB_NOT_TEXT: claims('{"id_token": {"sub": {"value": 1}}}'),
    R.CLAIMS_ACR_NOT_LIST: claims('{"id_token": {"acr": {"essential": true, "values": "1"}}}'),
    R.PKCE_REQUIRED: asks({"require_pkce": True}, **PKCE),
    R.CHALLENGE_MISSING: asks(code_challenge=None),
    R.CHALLENGE_METHOD: asks(code_challenge_method="plain"),
    R.CHALLENGE_MALFORMED: asks(code_challenge=challenge("x")[:-1]),
    R.PUSH_REQUIRED: asks({"require_pushed_authorization_requests": True}),
    R.SIGNATURE_REQUIRED: Provoked(lambda b: b.authorize(b.app(require_signed_request_object=True, jwks=b.key.jwks))),
    R.REQUEST_URI_NOT_SUPPORTED: asks(request_uri="https://app.example/request"),
    R.REGISTRATION_NOT_SUPPORTED: asks(registration="{}"),
    R.PUSHED_BY_REFERENCE: pushes(request_uri="https://app.example/request"),
    R.PUSHED_JKT_DIFFERS: Provoked(another_key),
    R.REQUEST_OBJECT_REFUSED: pushes(request="x.y.z"),
    R.REQUEST_KEYS_MISSING: asks(request="x.y.z"),
    R.REQUEST_KEYS_UNREADABLE: asks({"jwks": "{"}, request="x.y.z"),
    R.HINT_REFUSED: asks(id_token_hint="x"),
    R.HINT_OF_ANOTHER_APP: Provoked(lambda b: b.authorize(b.app(), id_token_hint=b.house.tokens(b.app())["id_token"])),
    R.SIGN_IN_NEEDED: Provoked(lambda b: b.authorize(b.app(), b.nobody, prompt="none")),
    R.CONSENT_NEEDED: asks({"first_party": False}, prompt="none"),
    R.EMAIL_NOT_CONFIRMED: Provoked(lambda b: b.authorize(b.app(), b.person("joan", confirmed=False), prompt="none")),
    R.ANOTHER_ACCOUNT: Provoked(another_account),
    R.CONSENT_DENIED: Provoked(lambda b: b.decide(b.authorize(b.app(first_party=False)), "cancel")),
}

CANNOT: dict[R, str] = {
    R.RESPONSE_MODE_UNSAFE: "Only response_type=code is offered, and a code may travel in a query.",
    R.NONCE_REQUIRED: "Only response_type=code is offered, and no ID token comes from this endpoint.",
    R.REQUEST_NOT_SUPPORTED: "A request object is opened or refused before the rules see the parameters.",
    R.PUSHED_CLIENT_DIFFERS: "Client authentication has refused another client_id before.",
    R.REQUEST_OBJECT_CLIENT_DIFFERS: "The object is checked with the keys of the app that the client_id names.",
    R.ACCOUNT_NOT_CHOSEN: "prompt=none with select_account is refused before anybody is looked for.",
    R.ACR_NOT_REACHED: "There is one acr, every sign-in reaches it, and any other is refused at once.",
}
