"""Judging an authorization request once its target is trusted."""

import json

import pytest

from oauth2system.protocol.authorization.validate import AuthorizationRequest, is_resource, trust, validate
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.params import parse_query
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from tests.protocol.given import C1, CB, CHALLENGE, F1, ISSUER, OFFER, P1, S1, asks, client_with, judged, simple_asks

JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
API = "https://api.example/v1"


def code_of(client: Client = C1, offer: Offer = OFFER, /, **changes: str | None) -> str:
    with pytest.raises(OAuthError) as caught:
        judged(client, offer, **changes)
    return caught.value.code


def test_a_good_request_is_kept_whole() -> None:
    request = judged(
        prompt="login consent",
        max_age="60",
        acr_values="a b",
        login_hint="ada",
        dpop_jkt=JKT,
        ui_locales="de",
        display="popup",
    )
    assert request == AuthorizationRequest(
        target=trust(asks(), C1, OFFER),
        scopes=frozenset({"openid", "email"}),
        nonce="n-1",
        code_challenge=CHALLENGE,
        prompt=frozenset({"login", "consent"}),
        max_age=60,
        acr_values=("a", "b"),
        dpop_jkt=JKT,
        login_hint="ada",
    )
    assert request.is_openid
    assert request.client_id == C1.id


def test_a_request_is_read_back_as_it_was_kept() -> None:
    client = client_with(C1, resources=(API,))
    for request in (
        judged(),
        judged(client, prompt="login", max_age="0", acr_values="a", resource=API, login_hint="x"),
        judged(scope="email", nonce=None, code_challenge=None, code_challenge_method=None, state=None),
    ):
        assert AuthorizationRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"response_type": None}, "invalid_request", id="response_type missing"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="T023 token"),
        pytest.param({"response_type": "id_token"}, "unsupported_response_type", id="T023 id_token"),
        pytest.param({"response_type": "code token"}, "unsupported_response_type", id="T023 code token"),
        pytest.param({"response_type": "none"}, "unsupported_response_type", id="T023 none"),
        pytest.param({"response_type": "CODE"}, "unsupported_response_type", id="T023 CODE"),
        pytest.param({"response_type": "code code"}, "unsupported_response_type", id="code twice"),
        pytest.param({"response_mode": "jwt"}, "invalid_request", id="unknown mode"),
        pytest.param({"login_hint": "x" * 255}, "invalid_request", id="login_hint too long"),
        pytest.param({"acr_values": "1 " * 501}, "invalid_request", id="acr_values too long"),
        pytest.param({"nonce": "x" * 1025}, "invalid_request", id="nonce too long"),
        pytest.param({"scope": None}, "invalid_scope", id="no scope"),
        pytest.param({"scope": " "}, "invalid_scope", id="empty scope"),
        pytest.param({"scope": "unknown"}, "invalid_scope", id="only unknown scopes"),
        pytest.param({"scope": "ä"}, "invalid_scope", id="malformed scope"),
        pytest.param({"prompt": "none login"}, "invalid_request", id="none with another"),
        pytest.param({"prompt": "dance"}, "invalid_request", id="unknown prompt"),
        pytest.param({"max_age": "-1"}, "invalid_request", id="negative max_age"),
        pytest.param({"max_age": "1.5"}, "invalid_request", id="fractional max_age"),
        pytest.param({"max_age": "\u0661"}, "invalid_request", id="foreign digits"),
        pytest.param({"max_age": "9" * 10}, "invalid_request", id="max_age beyond sense"),
        pytest.param({"dpop_jkt": "short"}, "invalid_request", id="malformed thumbprint"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="T030 plain"),
        pytest.param({"code_challenge_method": None}, "invalid_request", id="T030 method missing"),
        pytest.param({"request": "x"}, "request_not_supported", id="request left over"),
        pytest.param({"request_uri": "x"}, "request_uri_not_supported", id="request_uri left over"),
        pytest.param({"registration": "{}"}, "registration_not_supported", id="registration"),
        pytest.param({"resource": "https://x/#f"}, "invalid_target", id="T070 fragment"),
        pytest.param({"resource": "relative"}, "invalid_target", id="T070 relative"),
        pytest.param({"resource": "https://[x"}, "invalid_target", id="T070 broken"),
        pytest.param({"resource": API}, "invalid_target", id="T070 unknown"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, str | None], code: str) -> None:
    assert code_of(**change) == code


def test_unknown_parameters_and_unknown_scopes_are_ignored() -> None:
    assert judged(extra="1", scope="openid foo", claims_locales="xx").scopes == {"openid"}


def test_a_scope_outside_the_clients_list_is_refused_with_the_list() -> None:
    client = client_with(C1, scopes=frozenset({"openid"}))
    with pytest.raises(OAuthError) as caught:
        judged(client)
    assert (caught.value.code, caught.value.sent, caught.value.registered) == (
        "invalid_scope",
        "openid email",
        "openid",
    )


def test_a_client_without_the_code_grant_is_unauthorized() -> None:
    assert code_of(client_with(C1, grant_types=frozenset({"client_credentials"}))) == "unauthorized_client"
    assert code_of(client_with(C1, response_types=frozenset[str]())) == "unauthorized_client"


@pytest.mark.parametrize("name", ["nonce", "scope", "prompt", "response_type", "code_challenge", "unheard_of"])
def test_t022_each_parameter_twice_is_invalid_request(name: str) -> None:
    raw = f"client_id=101&redirect_uri={CB}&response_type=code&scope=openid&state=a&nonce=b&{name}=x&{name}=x".encode()
    params = parse_query(raw)
    with pytest.raises(OAuthError) as caught:
        validate(params, C1, trust(params, C1, OFFER), OFFER)
    assert caught.value.code == "invalid_request"


@pytest.mark.parametrize("client", [P1, client_with(C1, require_pkce=True)])
def test_t027_t033_pkce_cannot_be_left_out(client: Client) -> None:
    assert code_of(client, code_challenge=None, code_challenge_method=None) == "invalid_request"


def test_a_confidential_client_may_be_let_off_pkce_but_a_challenge_sent_is_kept() -> None:
    assert judged(code_challenge=None, code_challenge_method=None).code_challenge is None
    assert judged().code_challenge == CHALLENGE


def test_a_client_may_demand_a_state() -> None:
    assert code_of(client_with(C1, require_state=True), state=None) == "invalid_request"
    client = client_with(S1, require_state=True)
    with pytest.raises(OAuthError, match="state"):
        validate(simple_asks(), client, trust(simple_asks(), client, OFFER), OFFER)


def test_a_simple_request_asks_for_its_scopes_and_nothing_else() -> None:
    params = simple_asks(scope="identify+email", login_hint="x")
    request = validate(params, S1, trust(params, S1, OFFER), OFFER)
    assert request == AuthorizationRequest(trust(params, S1, OFFER), frozenset({"identify", "email"}))
    assert not request.is_openid


def test_a_simple_request_beyond_the_clients_scopes_is_refused() -> None:
    client = client_with(S1, scopes=frozenset({"identify"}))
    with pytest.raises(OAuthError) as caught:
        validate(simple_asks(), client, trust(simple_asks(), client, OFFER), OFFER)
    assert caught.value.code == "invalid_scope"


@pytest.mark.parametrize("change", [{"require_pushed_authorization_requests": True}, {"profile": "fapi2"}])
def test_what_must_be_pushed_is_refused_unpushed(change: dict[str, object]) -> None:
    client = client_with(C1, **change)
    assert code_of(client) == "invalid_request"
    assert validate(asks(), client, trust(asks(), client, OFFER), OFFER, pushed=True)


def test_what_must_be_signed_is_refused_unsigned() -> None:
    client = client_with(C1, require_signed_request_object=True)
    assert code_of(client) == "invalid_request"
    assert validate(asks(), client, trust(asks(), client, OFFER), OFFER, signed=True)


def test_a_fapi_client_gets_code_and_pkce_whatever_else_is_offered() -> None:
    offer = Offer(ISSUER, response_types=("code", "code id_token"))
    client = client_with(F1, response_types=frozenset({"code", "code id_token"}))
    for change in ({"response_type": "code id_token"}, {"code_challenge": None, "code_challenge_method": None}):
        params = asks(client, **change)
        with pytest.raises(OAuthError):
            validate(params, client, trust(params, client, offer), offer, pushed=True)


def test_a_hybrid_type_where_offered_is_read_in_any_order_with_a_nonce_and_never_by_query() -> None:
    offer = Offer(ISSUER, response_types=("code", "code id_token"))
    client = client_with(C1, response_types=frozenset({"code", "code id_token"}))
    assert judged(client, offer, response_type="id_token code").response_type == "code id_token"
    assert code_of(client, offer, response_type="code id_token", nonce=None) == "invalid_request"
    assert code_of(client, offer, response_type="code id_token", response_mode="query") == "invalid_request"


def test_form_post_to_a_private_scheme_is_refused() -> None:
    uri = "com.example.app:/cb"
    client = client_with(P1, redirect_uris=(uri,))
    assert code_of(client, redirect_uri=uri, response_mode="form_post") == "invalid_request"
    assert judged(client, redirect_uri=uri).target.redirect_uri == uri


def test_a_client_may_be_kept_to_some_modes() -> None:
    client = client_with(C1, response_modes=frozenset({"query"}))
    assert code_of(client, response_mode="form_post") == "invalid_request"
    assert judged(client, response_mode="query").target.mode == "query"


def test_registered_defaults_hold_where_the_request_is_silent() -> None:
    client = client_with(C1, default_max_age=300, default_acr_values=("x",))
    assert (judged(client).max_age, judged(client).acr_values) == (300, ("x",))
    assert (judged(client, max_age="5").max_age, judged(client, acr_values="y").acr_values) == (5, ("y",))


def test_t070_resources_are_known_deduplicated_and_bounded() -> None:
    client = client_with(C1, resources=(API,))
    base = f"client_id=101&redirect_uri={CB}&response_type=code&scope=email"
    params = parse_query(f"{base}&resource={API}&resource={API}".encode())
    assert validate(params, client, trust(params, client, OFFER), OFFER).resources == (API,)
    many = parse_query((base + f"&resource={API}" * 50).encode())
    with pytest.raises(OAuthError) as caught:
        validate(many, client, trust(many, client, OFFER), OFFER)
    assert caught.value.code == "invalid_target"


@pytest.mark.parametrize(
    ("uri", "good"),
    [(API, True), ("urn:example:api", True), ("https://x/#", False), ("x", False), ("https:", False), ("", False)],
)
def test_a_resource_is_an_absolute_uri_without_a_fragment(uri: str, good: bool) -> None:
    assert is_resource(uri) is good


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"scope": None}, AuthorizationReason.SIMPLE_LINK_WITHOUT_SCOPE),
        ({"nonce": "n"}, AuthorizationReason.SIMPLE_LINK_MIXED),
        ({"scope": "identify groups"}, AuthorizationReason.SIMPLE_LINK_MIXED),
    ],
)
def test_a_link_that_is_nearly_simple_is_answered_with_what_makes_it_a_standard_one(
    changes: dict[str, str | None], reason: AuthorizationReason
) -> None:
    params = simple_asks(**changes)
    with pytest.raises(OAuthError) as caught:
        validate(params, S1, trust(params, S1, OFFER), OFFER)
    assert caught.value.reason is reason
