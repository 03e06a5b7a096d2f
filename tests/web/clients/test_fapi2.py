"""An app under the FAPI 2.0 Security Profile: key, push, proof, and nothing less."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.strict_json import dump
from tests.support.in_process.oauth_apps import CB, VERIFIER, App, Clock, House, answered, challenge, signing_keys
from tests.web.tokens.test_dpop import Holder

METHOD = "private_key_jwt"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Bank:
    """A client of the profile: signs who it is, and proves what it holds."""

    def __init__(self, house: House, clock: Clock, **more: Any) -> None:
        self.house, self.clock = house, clock
        self.keys = {key.alg: key for key in signing_keys()}
        self.jwks = dump({"keys": [jose.public_jwk(key) for key in self.keys.values()]}).decode()
        self.app = house.app(
            "Bank", profile="fapi2", jwks=self.jwks, token_endpoint_auth_method=METHOD, dpop_bound_access_tokens=True,
            require_pushed_authorization_requests=True, **more,
        )  # fmt: skip
        self.holder = Holder(house, clock)
        self._count = 0

    def assertion(self, alg: str = "PS256", **changes: Any) -> dict[str, str]:
        self._count += 1
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": self.app.id, "sub": self.app.id, "aud": self.house.base, "exp": now + 60, "iat": now,
            "jti": f"a{self._count}", **changes,
        }  # fmt: skip
        return {"client_assertion_type": TYPE, "client_assertion": jose.sign(self.keys[alg], claims)}

    def push(self, **changes: Any) -> httpx.Response:
        fields: dict[str, Any] = {
            "response_type": "code", "redirect_uri": CB, "scope": "openid email offline_access", "state": "st",
            "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", **self.assertion(), **changes,
        }  # fmt: skip
        return self.house.call("/oauth2/par", None, None, fields)

    def signed(self, alg: str = "PS256", **changes: Any) -> dict[str, Any]:
        """Return a request as one signed object (FAPI 2.0 Message Signing §5.3.1)."""
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": self.app.id, "aud": self.house.base, "nbf": now, "exp": now + 60, "client_id": self.app.id,
            "response_type": "code", "redirect_uri": CB, "scope": "openid", "state": "signed",
            "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"request": jose.sign(self.keys[alg], claims), **self.assertion()}

    def code(self) -> str:
        query = urlencode({"client_id": self.app.id, "request_uri": self.push().json()["request_uri"]})
        back = answered(self.house.door.get(f"/oauth2/authorize?{query}", cookie=self.house.ada.cookie))
        assert back["iss"] == self.house.base
        return back["code"]

    def redeem(self, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        fields: dict[str, Any] = {
            "grant_type": "authorization_code", "code": self.code(), "redirect_uri": CB, "code_verifier": VERIFIER,
            **self.assertion(), **changes,
        }  # fmt: skip
        return self.house.call("/oauth2/token", None, self.holder.proof() if headers is None else headers, fields)


@pytest.fixture
def bank(house: House, clock: Clock) -> Bank:
    return Bank(house, clock)


def test_the_whole_way(house: House, bank: Bank) -> None:
    answer = bank.redeem()
    assert answer.status_code == 200, answer.text
    brought = answer.json()
    assert brought["token_type"] == "DPoP"
    assert house.userinfo(brought["access_token"]).status_code == 401
    # FAPI 2.0 §5.3.2.1: the refresh token is not rotated.
    fields = {"grant_type": "refresh_token", "refresh_token": brought["refresh_token"], **bank.assertion()}
    again = house.call("/oauth2/token", None, bank.holder.proof(), fields)
    assert (again.status_code, again.json()["refresh_token"]) == (200, brought["refresh_token"])


def test_a_request_that_was_not_pushed_is_refused(house: House, bank: Bank) -> None:
    assert answered(house.authorize(bank.app))["error"] == "invalid_request"


def test_t037_only_the_issuer_as_a_string_is_an_audience(house: House, bank: Bank) -> None:
    for audience in ([house.base], f"{house.base}/oauth2/token", f"{house.base}/oauth2/par", "https://x.example", None):
        answer = bank.push(**bank.assertion(aud=audience))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), audience


def test_t039_rs256_is_not_enough(bank: Bank) -> None:
    assert bank.push(**bank.assertion("RS256")).status_code == 401
    assert bank.push(**bank.assertion("ES256")).status_code == 201


def test_a_secret_is_not_enough(house: House) -> None:
    app = house.app("Shared", profile="fapi2")
    answer = house.call("/oauth2/par", app, None, {"response_type": "code", "redirect_uri": CB, "scope": "openid"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_t061_without_a_proof_nothing_is_issued(bank: Bank) -> None:
    answer = bank.redeem(headers={})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_t066_a_code_promised_to_a_key_at_the_push_is_for_that_key(house: House, bank: Bank, clock: Clock) -> None:
    proof = bank.holder.proof(path="/oauth2/par")
    fields = {
        "response_type": "code", "redirect_uri": CB, "scope": "openid", "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256", **bank.assertion(),
    }  # fmt: skip
    pushed = house.call("/oauth2/par", None, proof, fields)
    assert pushed.status_code == 201, pushed.text
    assert pushed.headers["dpop-nonce"]
    query = urlencode({"client_id": bank.app.id, "request_uri": pushed.json()["request_uri"]})
    code = answered(house.door.get(f"/oauth2/authorize?{query}", cookie=house.ada.cookie))["code"]
    other = Holder(house, clock)
    refused = bank.redeem(headers=other.proof(), code=code)
    assert refused.status_code == 400
    assert refused.json()["error"] in {"invalid_grant", "invalid_dpop_proof"}
    wrong = bank.push(dpop_jkt="x" * 43)
    assert wrong.status_code == 201  # alone it is a promise; with a proof of another key it is a contradiction
    both = house.call(
        "/oauth2/par", None, bank.holder.proof(path="/oauth2/par"),
        {**fields, **bank.assertion(), "dpop_jkt": "x" * 43},
    )  # fmt: skip
    assert (both.status_code, both.json()["error"]) == (400, "invalid_dpop_proof")


def test_only_code_with_pkce_is_pushed(bank: Bank) -> None:
    assert bank.push(code_challenge=None, code_challenge_method=None).json()["error"] == "invalid_request"
    assert bank.push(code_challenge_method="plain").json()["error"] == "invalid_request"
    assert bank.push(response_type="code id_token").json()["error"] == "unsupported_response_type"


def test_the_simple_flow_is_not_for_it(house: House) -> None:
    app: App = house.app("Simple bank", profile="fapi2", simple_flow=True)
    answer = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify", cookie=house.ada.cookie)
    assert answer.status_code == 400


def test_discovery_lists_what_it_needs(house: House) -> None:
    told = json.loads(house.door.get("/.well-known/oauth-authorization-server").content)
    assert METHOD in told["token_endpoint_auth_methods_supported"]
    assert {"PS256", "ES256"} <= set(told["dpop_signing_alg_values_supported"])
    assert told["authorization_response_iss_parameter_supported"] is True


def test_a_device_is_no_way_around_the_push(house: House, bank: Bank) -> None:
    app = house.app(
        "Bank with a TV", profile="fapi2", jwks=bank.jwks, token_endpoint_auth_method=METHOD,
        grant_types=frozenset({CODE_GRANT, DEVICE_GRANT}),
    )  # fmt: skip

    def signed() -> dict[str, str]:
        return bank.assertion(iss=app.id, sub=app.id)

    asked = house.call("/oauth2/device_authorization", None, None, {"scope": "openid", **signed()})
    assert asked.json()["error"] == "unauthorized_client"
    fields = {"grant_type": DEVICE_GRANT, "device_code": "od_x", **signed()}
    assert house.call("/oauth2/token", None, None, fields).json()["error"] == "unauthorized_client"


def test_an_app_of_signed_requests_pushes_nothing_unsigned(house: House, clock: Clock) -> None:
    bank = Bank(house, clock, require_signed_request_object=True)
    refused = bank.push()
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    pushed = house.call("/oauth2/par", None, None, bank.signed())
    assert pushed.status_code == 201, pushed.text
    query = urlencode({"client_id": bank.app.id, "request_uri": pushed.json()["request_uri"]})
    back = answered(house.door.get(f"/oauth2/authorize?{query}", cookie=house.ada.cookie))
    assert back["state"] == "signed"
    assert back["code"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": None},
        {"exp": None},
        {"nbf": None},
        {"aud": "https://other.example"},
        {"iss": "7"},
        {"redirect_uri": None},
    ],
)
def test_a_signed_request_is_whole_and_for_this_server_and_this_moment(
    house: House, clock: Clock, wrong: dict[str, Any]
) -> None:
    bank = Bank(house, clock, require_signed_request_object=True)
    refused = house.call("/oauth2/par", None, None, bank.signed(**wrong))
    assert refused.status_code == 400, wrong


def test_t039_a_request_signed_by_rs256_is_refused(house: House, clock: Clock) -> None:
    bank = Bank(house, clock, require_signed_request_object=True)
    assert house.call("/oauth2/par", None, None, bank.signed("RS256")).status_code == 400
    assert house.call("/oauth2/par", None, None, bank.signed("ES256")).status_code == 201
