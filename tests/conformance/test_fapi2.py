"""The modules of the FAPI 2.0 Security Profile plan (private_key_jwt, DPoP, unsigned), by their names."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.protocol.jose.dpop import normal
from tests.support.in_process.jwts import Key, b64, unsigned
from tests.support.in_process.oauth_apps import Clock, House, answered
from tests.web.clients.test_fapi2 import Bank
from tests.web.tokens.test_dpop import API_USER, TOKEN, USERINFO, Holder

LONG = "a.b-c_d~" * 48  # 384 characters, as the suite's long state and nonce


@pytest.fixture(scope="module")
def bank(house: House, clock: Clock) -> Bank:
    return Bank(house, clock)


@pytest.fixture(scope="module")
def token(bank: Bank) -> str:
    return bank.redeem().json()["access_token"]


def ended(bank: Bank, pushed: httpx.Response) -> httpx.Response:
    """Follow a pushed request to its end."""
    assert pushed.status_code == 201, pushed.text
    query = urlencode({"client_id": bank.app.id, "request_uri": pushed.json()["request_uri"]})
    return bank.house.door.get(f"/oauth2/authorize?{query}", cookie=bank.house.ada.cookie)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"state": None}, id="ensure-authorization-request-without-state-success"),
        pytest.param({"state": LONG}, id="ensure-authorization-request-with-long-state"),
        pytest.param({"nonce": None}, id="ensure-authorization-request-without-nonce-success"),
        pytest.param({"nonce": "n" * 64}, id="ensure-authorization-request-with-64-char-nonce-success"),
        pytest.param({"nonce": LONG}, id="ensure-authorization-request-with-long-nonce"),
        pytest.param({"scope": "email openid"}, id="ensure-other-scope-order-succeeds"),
    ],
)
def test_a_push_that_must_succeed_does(bank: Bank, changes: dict[str, Any]) -> None:
    back = answered(ended(bank, bank.push(**changes)))
    assert back.get("state") == changes.get("state", "st")
    assert bank.redeem(code=back["code"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param(
            {"response_type": "code id_token"},
            "unsupported_response_type",
            id="ensure-response-type-code-idtoken-fails",
        ),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="ensure-response-type-token-fails"),
        pytest.param({"redirect_uri": None}, "invalid_request", id="ensure-redirect-uri-in-authorization-request"),
        pytest.param(
            {"redirect_uri": None, "scope": "identify"},
            "invalid_request",
            id="ensure-request-object-without-redirect-uri-fails",
        ),
        pytest.param(
            {"code_challenge": None, "code_challenge_method": None}, "invalid_request", id="par-ensure-pkce-required"
        ),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="par-plain-pkce-rejected"),
        pytest.param(
            {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
            "invalid_request",
            id="par-authorization-request-containing-request_uri-form-param",
        ),
        pytest.param({"state": ["one", "two"]}, "invalid_request", id="par-without-duplicate-parameters"),
    ],
)
def test_a_push_that_must_be_refused_is(bank: Bank, changes: dict[str, Any], error: str) -> None:
    answer = bank.push(**changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


ASSERTIONS: list[tuple[str, Callable[[int, str], dict[str, Any]], int]] = [
    (
        "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
        lambda now, _: {"iat": now - 360, "exp": now - 300},
        401,
    ),
    ("ensure-client-assertion-with-wrong-aud-fails", lambda _, __: {"aud": "https://www.example.com"}, 401),
    ("ensure-client-assertion-with-no-sub-fails", lambda _, __: {"sub": None}, 401),
    (
        "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
        lambda now, _: {"iat": now + 8, "nbf": now + 8},
        201,
    ),
    (
        "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
        lambda now, _: {"iat": now + 75, "nbf": now + 75, "exp": now + 120},
        401,
    ),
    ("par-test-array-as-audience-fails", lambda _, base: {"aud": [base]}, 401),
    ("par-test-par-endpoint-url-as-audience-fails", lambda _, base: {"aud": f"{base}/oauth2/par"}, 401),
    ("par-test-token-endpoint-url-as-audience-fails", lambda _, base: {"aud": f"{base}/oauth2/token"}, 401),
]


@pytest.mark.parametrize(("module", "changes", "status"), ASSERTIONS, ids=[row[0] for row in ASSERTIONS])
def test_an_assertion_is_judged_as_the_profile_says(
    bank: Bank, module: str, changes: Callable[[int, str], dict[str, Any]], status: int
) -> None:
    given = changes(int(bank.clock.now.timestamp()), bank.house.base)
    answer = bank.push(**bank.assertion(**given))
    assert answer.status_code == status, module
    if status != 201:
        assert answer.json()["error"] == "invalid_client"


def test_ensure_signed_client_assertion_with_rs256_fails(bank: Bank) -> None:
    weak: dict[str, Any] = bank.assertion("RS256")
    answer = bank.redeem(**weak)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_ensure_client_assertion_in_token_endpoint(bank: Bank) -> None:
    answer = bank.redeem(client_assertion=None, client_assertion_type=None, client_id=bank.app.id)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_verifier_must_come_and_be_right(bank: Bank) -> None:
    """ensure-pkce-code-verifier-required, incorrect-pkce-code-verifier-rejected."""
    for wrong in (None, "w" * 64):
        answer = bank.redeem(code_verifier=wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), wrong


def test_par_attempt_reuse_and_expiry(bank: Bank) -> None:
    """par-attempt-reuse-request_uri, par-attempt-to-use-expired-request_uri: a page, never a code."""
    pushed = bank.push()
    assert "code" in answered(ended(bank, pushed))
    assert ended(bank, pushed).status_code == 400
    late = bank.push()
    bank.clock.pass_by(seconds=late.json()["expires_in"] + 1)
    assert ended(bank, late).status_code == 400


def test_par_attempt_invalid_http_method(bank: Bank) -> None:
    answer = bank.house.door.ask("PUT", "/oauth2/par")
    assert (answer.status_code, "POST" in answer.headers["allow"]) == (405, True)


# dpop-negative-tests, block by block, in its order; (name, changes of the proof, whether the resource answers).
ES = Key().public
BLOCKS: list[tuple[str, dict[str, Any], bool]] = [
    ("typ is missing", {"header": {"typ": None}}, False),
    ("alg is missing", {"header": {"alg": None}}, False),
    ("jwk is missing", {"header": {"jwk": None}}, False),
    ("jti is missing", {"jti": None}, False),
    ("htm is missing", {"htm": None}, False),
    ("htu is missing", {"htu": None}, False),
    ("iat is missing", {"iat": None}, False),
    ("ath is missing", {"ath": None}, False),
    ("invalid typ", {"header": {"typ": "JWT"}}, False),
    ("alg of another key", {"header": {"alg": "RS256"}}, False),
    ("alg none", {"header": {"alg": "none"}}, False),
    ("jwk of another key: the signature is wrong", {"header": {"jwk": ES}}, False),
    ("jwk with a private key", {"header": {"jwk": {**ES, "d": b64(b"x" * 32)}}}, False),
    ("incorrect htm", {"htm": "PUT"}, False),
    ("htu with query and fragment", {"htu": "http://localhost:8000/oauth2/userinfo?a=1#b"}, True),
    ("htu without query and fragment", {}, True),
    ("htu of a different url", {"htu": "https://example.com/resource"}, False),
    ("iat is one hour in the future", {"iat": +3600}, False),
    ("iat is one hour in the past", {"iat": -3600}, False),
    ("iat 10 seconds before", {"iat": -10}, True),
    ("iat 10 seconds after", {"iat": +10}, True),
    ("ath is incorrect", {"ath": "incorrect"}, False),
    ("extra members in header and claims", {"header": {"extra": "x"}, "extra": {"y": 1}}, True),
    ("htu with scheme and host in upper case", {"htu": "HTTP://LOCALHOST:8000/oauth2/userinfo"}, True),
    ("exp is over", {"exp": -1}, False),
    ("nbf and exp are right", {"nbf": -5, "exp": +30}, True),
]
TIMES = ("iat", "exp", "nbf")


@pytest.mark.parametrize(("block", "changes", "answers"), BLOCKS, ids=[row[0] for row in BLOCKS])
def test_t061_a_proof_at_a_resource_is_judged_block_by_block(
    bank: Bank, token: str, block: str, changes: dict[str, Any], answers: bool
) -> None:
    now = bank.holder.now
    moved: dict[str, Any] = {**changes}
    moved |= {name: now + value for name, value in changes.items() if name in TIMES and value is not None}
    answer = bank.holder.userinfo(token, **moved)
    assert (answer.status_code == 200) is answers, block
    if not answers:
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_dpop_proof")


def test_t061_the_header_of_a_proof_has_any_letter_case_and_comes_once(bank: Bank, token: str) -> None:
    for name in ("DPoP", "DPOP", "dpop"):
        headers = {"authorization": f"dPoP {token}", name: bank.holder.proof("GET", USERINFO, token=token)["dpop"]}
        assert bank.house.door.get(USERINFO, headers=headers).status_code == 200
    proofs = [("dpop", bank.holder.proof("GET", USERINFO, token=token)["dpop"]) for _ in range(2)]

    async def twice() -> httpx.Response:
        transport = httpx.ASGITransport(app=bank.house.door.app)
        async with httpx.AsyncClient(transport=transport, base_url=bank.house.base) as client:
            return await client.get(USERINFO, headers=[("authorization", f"DPoP {token}"), *proofs])

    answer = asyncio.run(twice())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_dpop_proof")


def test_t061_what_is_no_jwt_or_signed_wrongly_is_no_proof(bank: Bank, token: str) -> None:
    good = bank.holder.proof("GET", USERINFO, token=token)["dpop"]
    head, body, signature = good.split(".")
    broken = (f"{head}.{body}", "not a jwt", f"{head}.{body}.{signature[:-4]}AAAA", unsigned({"alg": "none"}, {}))
    for proof in broken:
        answer = bank.house.door.get(USERINFO, headers={"authorization": f"DPoP {token}", "dpop": proof})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_dpop_proof"), proof


def test_t061_a_jti_counts_once_a_key_is_the_tokens_own_and_no_proof_opens_nothing(bank: Bank, token: str) -> None:
    fixed = {"jti": "the same twice"}
    assert bank.holder.userinfo(token, **fixed).status_code == 200
    assert bank.holder.userinfo(token, **fixed).json()["error"] == "invalid_dpop_proof"
    stranger = Holder(bank.house, bank.clock)
    assert stranger.userinfo(token).json()["error"] == "invalid_token"
    for scheme in ("DPoP", "Bearer"):
        assert bank.house.userinfo(token, scheme).status_code == 401
    assert bank.holder.userinfo(token).status_code == 200, "a correct proof still works"


def test_t061_the_default_port_is_no_part_of_the_address() -> None:
    """The block that writes :443 out: decided by the pure rule, since this house listens on another port."""
    assert normal("https://id.example:443/oauth2/userinfo") == normal("https://id.example/oauth2/userinfo")
    assert normal("https://id.example:8443/x") != normal("https://id.example/x")


def test_ensure_holder_of_key_required(bank: Bank) -> None:
    answer = bank.redeem(headers={})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_refresh_token_is_kept_and_is_its_clients_own(bank: Bank) -> None:
    brought = bank.redeem().json()
    fields = {"grant_type": "refresh_token", "refresh_token": brought["refresh_token"]}
    answer = bank.house.call(TOKEN, None, bank.holder.proof(), {**fields, **bank.assertion()})
    assert answer.json()["refresh_token"] == brought["refresh_token"]
    other = Bank(bank.house, bank.clock)
    stolen = bank.house.call(TOKEN, None, other.holder.proof(), {**fields, **other.assertion()})
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")


def test_the_plain_variant_reads_api_user(bank: Bank) -> None:
    """openid=plain_oauth: no openid in the scope, and a resource that is not userinfo."""
    back = answered(ended(bank, bank.push(scope="identify email")))
    brought = bank.redeem(code=back["code"]).json()
    assert "id_token" not in brought
    assert bank.holder.userinfo(brought["access_token"], path=API_USER).json()["id"] == bank.house.ada.id
