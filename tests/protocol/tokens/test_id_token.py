"""ID tokens and the hints they become."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.tokens.id_token import Hint, SignIn, build_claims, find_hinted_subject, half_hash, read_hint
from tests.protocol import keys
from tests.protocol.given import C1, ISSUER, NOW, asks

PAST = SignIn(NOW - timedelta(hours=1))
T = int(NOW.timestamp())


def claims(**more: object) -> dict[str, object]:
    plain = {
        "issuer": ISSUER,
        "subject": "1",
        "client_id": C1.id,
        "sign_in": PAST,
        "now": NOW,
        "lives": timedelta(hours=1),
    }
    return build_claims(**{**plain, **more})  # type: ignore[arg-type]  (values of any type)


def test_an_id_token_says_who_for_whom_and_when() -> None:
    assert claims() == {"iss": ISSUER, "sub": "1", "aud": "101", "exp": T + 3600, "iat": T, "auth_time": T - 3600}


def test_what_was_sent_or_is_known_is_added() -> None:
    sign_in = replace(PAST, acr="mfa", amr=("pwd", "otp"), sid="s")
    found = claims(nonce="n", sign_in=sign_in, hashes={"at_hash": "h"}, more={"email": "a@b"})
    assert found.items() >= {"nonce": "n", "acr": "mfa", "sid": "s", "at_hash": "h", "email": "a@b"}.items()
    assert found["amr"] == ["pwd", "otp"]


def test_no_claim_about_a_person_can_replace_a_protocol_claim() -> None:
    assert claims(more={"sub": "2", "iss": "x"})["sub"] == "1"


def test_the_half_hash_is_the_standards() -> None:
    # OIDC Core, appendix A.3
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"
    assert len(half_hash("x", "EdDSA")) == 43


@pytest.mark.parametrize("key", keys.ALL)
def test_an_old_id_token_of_ours_is_a_hint(key: jose.SigningKey) -> None:
    token = jose.sign(key, {**claims(sign_in=replace(PAST, sid="s")), "exp": T - 10**6})
    assert read_hint(token, keys.PUBLIC, ISSUER) == Hint("1", (C1.id,), "s")


@pytest.mark.parametrize(
    "token",
    [
        jose.sign(keys.EC, {**claims(), "iss": "https://other.example"}),
        jose.sign(keys.EC, {**claims(), "sub": ""}),
        jose.sign(keys.EC, {**claims(), "sub": 1}),
        jose.sign(keys.EC, claims(), "at+jwt"),
        jose.sign(keys.EC, claims(), "logout+jwt"),
        jose.sign(keys.OTHER, claims()),
        *keys.forgeries(claims()).values(),
    ],
)
def test_t053_t054_nothing_else_is_a_hint(token: str) -> None:
    with pytest.raises(BadJwt):
        read_hint(token, keys.PUBLIC, ISSUER)


def test_a_hint_names_the_person_an_authorization_request_expects() -> None:
    good = jose.sign(keys.EC, claims())
    assert find_hinted_subject(asks(id_token_hint=good), C1, keys.PUBLIC, ISSUER) == "1"
    assert find_hinted_subject(asks(), C1, keys.PUBLIC, ISSUER) is None


@pytest.mark.parametrize("token", ["x", jose.sign(keys.OTHER, claims()), jose.sign(keys.EC, claims(client_id="999"))])
def test_a_hint_that_is_not_ours_or_not_this_clients_is_an_error_the_client_hears(token: str) -> None:
    with pytest.raises(InvalidRequest):
        find_hinted_subject(asks(id_token_hint=token), C1, keys.PUBLIC, ISSUER)
