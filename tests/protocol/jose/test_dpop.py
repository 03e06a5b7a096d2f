"""DPoP RFC 9449."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from oauth2system.protocol.errors import InvalidDpopProof, InvalidGrant, InvalidToken, OAuthError, UseDpopNonce
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.dpop import (
    DpopProof,
    check_code_binding,
    check_proof,
    check_token_binding,
    nonces_at,
    normal,
)
from tests.protocol import keys
from tests.protocol.given import ISSUER, NOW

URL = ISSUER + "/oauth2/token"
T = NOW.timestamp()
OMIT = object()
LIVES = 300
PUBLIC = {name: value for name, value in jose.public_jwk(keys.EC).items() if name in {"kty", "crv", "x", "y"}}


def proof(header: dict[str, Any] | None = None, key: jose.SigningKey = keys.EC, **claims: object) -> str:
    good_header: dict[str, Any] = {"typ": "dpop+jwt", "alg": key.alg, "jwk": PUBLIC, **(header or {})}
    good: dict[str, Any] = {"jti": "j1", "htm": "POST", "htu": URL, "iat": T, **claims}
    return keys.raw_jws(
        {name: value for name, value in good_header.items() if value is not OMIT},
        {name: value for name, value in good.items() if value is not OMIT},
        key,
    )


def check(*proofs: str, access_token: str | None = None, nonces: tuple[str, ...] = ()) -> DpopProof:
    return check_proof(proofs, method="POST", url=URL, now=NOW, access_token=access_token, nonces=nonces)


def test_a_good_proof_names_its_key_and_what_to_remember() -> None:
    found = check(proof())
    assert found.jkt == keys.EC.kid
    assert found.forget_at == NOW + timedelta(seconds=70)
    assert len(found.replay_key) == 32


@pytest.mark.parametrize("key", keys.ALL)
def test_every_offered_algorithm_proves(key: jose.SigningKey) -> None:
    jwk = {name: value for name, value in jose.public_jwk(key).items() if name not in {"kid", "use", "alg"}}
    assert check(proof({"jwk": jwk}, key)).jkt == key.kid


def test_t063_the_same_proof_has_the_same_replay_key_and_no_other_has() -> None:
    one = check(proof()).replay_key
    assert check(proof(iat=T - 1)).replay_key == one
    assert check(proof(jti="j2")).replay_key != one
    other = {name: value for name, value in jose.public_jwk(keys.OTHER).items() if name in PUBLIC}
    assert check(proof({"jwk": other}, keys.OTHER)).replay_key != one


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"typ": OMIT}, id="no typ"),
        pytest.param({"typ": "JWT"}, id="typ JWT"),
        pytest.param({"alg": "none"}, id="alg none"),
        pytest.param({"alg": "HS256"}, id="alg HS256"),
        pytest.param({"alg": "RS256"}, id="alg of another key"),
        pytest.param({"alg": "ES512"}, id="alg not offered"),
        pytest.param({"alg": OMIT}, id="no alg"),
        pytest.param({"jwk": OMIT}, id="no jwk"),
        pytest.param({"jwk": "x"}, id="jwk is a string"),
        pytest.param({"jwk": {}}, id="jwk is empty"),
        pytest.param({"jwk": {**PUBLIC, "d": "AAAA"}}, id="private key in the header"),
        pytest.param({"jwk": {"kty": "oct", "k": "AAAA"}}, id="symmetric key in the header"),
        pytest.param({"jwk": {**PUBLIC, "x": "AAAA"}}, id="point off the curve"),
        pytest.param({"jwk": {**PUBLIC, "kty": ["EC"]}}, id="kty is a list"),
        pytest.param({"jwk": jose.public_jwk(keys.OTHER)}, id="another key"),
        pytest.param({"crit": ["x"]}, id="unknown crit"),
        pytest.param({"kid": 1}, id="kid is a number"),
    ],
)
def test_t061_a_wrong_header_proves_nothing(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidDpopProof):
        check(proof(header))


@pytest.mark.parametrize(
    "claims",
    [
        {"jti": OMIT},
        {"jti": ""},
        {"jti": 1},
        {"jti": "x" * 513},
        {"htm": OMIT},
        {"htm": "GET"},
        {"htm": "post"},
        {"htm": 1},
        {"htu": OMIT},
        {"htu": 1},
        {"htu": ISSUER + "/oauth2/par"},
        {"htu": "https://other.example/oauth2/token"},
        {"htu": "http://id.example/oauth2/token"},
        {"htu": "https://id.example:8443/oauth2/token"},
        {"htu": "https://[broken"},
        {"htu": "https://id.example:x/oauth2/token"},
        {"htu": "id.example/oauth2/token"},
        {"iat": OMIT},
        {"iat": "now"},
        {"iat": T - 61},
        {"iat": T + 11},
        {"iat": T - 3600},
        {"iat": T + 3600},
        {"exp": T - 1},
        {"exp": "x"},
        {"nbf": T + 60},
        {"nonce": 1},
    ],
)
def test_t061_t062_a_wrong_claim_proves_nothing(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidDpopProof):
        check(proof(**claims))


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": T - 60},
        {"iat": T + 10},
        {"exp": T + 5, "nbf": T},
        {"extra": {"x": 1}},
        {"htu": URL + "?a=1#f"},
        {"htu": "HTTPS://ID.example:443/oauth2/token"},
        {"ath": "unasked"},
    ],
)
def test_t061_a_proof_may_be_a_little_off_and_carry_more(claims: dict[str, Any]) -> None:
    assert check(proof(**claims))


@pytest.mark.parametrize("count", [0, 2])
def test_there_is_exactly_one_proof(count: int) -> None:
    with pytest.raises(InvalidDpopProof):
        check(*[proof()] * count)


@pytest.mark.parametrize("name", keys.forgeries({"jti": "j", "htm": "POST", "htu": URL, "iat": T}))
def test_t053_t059_no_forged_proof_passes(name: str) -> None:
    forged = keys.forgeries({"jti": "j", "htm": "POST", "htu": URL, "iat": T}, keys.EC, "dpop+jwt")[name]
    if name == "T053 key from the header":
        assert check(forged).jkt == keys.OTHER.kid  # the one place where the header's key is right
        return
    with pytest.raises(InvalidDpopProof):
        check(forged)


def test_t062_at_a_resource_the_proof_names_the_token() -> None:
    ath = keys.b64(sha256(b"token").digest())
    assert check(proof(ath=ath), access_token="token")
    for wrong in (OMIT, "", "ä", ath[:-1], keys.b64(sha256(b"other").digest()), 1):
        with pytest.raises(InvalidDpopProof):
            check(proof(ath=wrong), access_token="token")


def test_t065_a_nonce_is_demanded_given_and_accepted() -> None:
    secret = b"s" * 32
    nonces = nonces_at(secret, NOW, LIVES)
    for stale in (OMIT, "guess", nonces_at(secret, NOW - timedelta(hours=1), LIVES)[0]):
        with pytest.raises(UseDpopNonce) as caught:
            check(proof(nonce=stale), nonces=nonces)
        assert caught.value.headers == {"DPoP-Nonce": nonces[0]}
    for good in nonces:
        assert check(proof(nonce=good), nonces=nonces)


def test_a_nonce_outlives_its_window_once() -> None:
    secret = b"s" * 32
    assert nonces_at(secret, NOW, LIVES)[0] == nonces_at(secret, NOW + timedelta(seconds=LIVES), LIVES)[1]
    assert nonces_at(secret, NOW, LIVES) != nonces_at(b"t" * 32, NOW, LIVES)


def test_an_address_without_a_path_is_its_root() -> None:
    assert normal("https://id.example") == normal("https://ID.example:443/?x")


def code_of(jkt: str | None, key: str | None, scheme: str) -> str | None:
    shown = None if key is None else DpopProof(key, b"", NOW)
    try:
        check_token_binding(jkt, shown, scheme=scheme)
    except OAuthError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("jkt", "key", "scheme", "code"),
    [
        (None, None, "Bearer", None),
        (None, "A", "Bearer", None),
        (None, "A", "DPoP", InvalidToken.code),
        ("A", "A", "dpop", None),
        ("A", "A", "Bearer", InvalidToken.code),
        ("A", "B", "DPoP", InvalidToken.code),
        ("A", None, "DPoP", InvalidToken.code),
    ],
)
def test_t062_a_bound_token_comes_with_its_key(jkt: str | None, key: str | None, scheme: str, code: str | None) -> None:
    assert code_of(jkt, key, scheme) == code


def test_t066_a_code_promised_to_a_key_is_only_for_it() -> None:
    check_code_binding(None, None)
    check_code_binding("A", DpopProof("A", b"", NOW))
    for shown in (None, DpopProof("B", b"", NOW)):
        with pytest.raises(InvalidGrant):
            check_code_binding("A", shown)
