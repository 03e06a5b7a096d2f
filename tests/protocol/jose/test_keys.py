"""JSON Web Tokens: what passes, and all that does not."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from tests.protocol import keys

ALGS = ("RS256", "PS256", "ES256", "EdDSA")
CLAIMS: dict[str, Any] = {"iss": "https://id.example", "sub": "1"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.text(), st.lists, max_leaves=5
)


@pytest.mark.parametrize("key", keys.ALL)
def test_what_we_sign_verifies_and_tells_its_header(key: jose.SigningKey) -> None:
    found = jose.verify(jose.sign(key, CLAIMS, "at+jwt"), keys.PUBLIC, algs=ALGS, typs=("at+jwt",))
    assert found.claims == CLAIMS
    assert found.header == {"alg": key.alg, "typ": "at+jwt", "kid": key.kid}


@pytest.mark.parametrize("key", keys.ALL)
@pytest.mark.parametrize("name", keys.forgeries(CLAIMS))
def test_t053_t054_t059_no_forgery_verifies(key: jose.SigningKey, name: str) -> None:
    with pytest.raises(BadJwt):
        jose.verify(keys.forgeries(CLAIMS, key)[name], keys.PUBLIC, algs=ALGS, typs=("jwt",))


@pytest.mark.parametrize("key", keys.ALL)
def test_an_algorithm_that_was_not_asked_for_is_refused(key: jose.SigningKey) -> None:
    with pytest.raises(BadJwt, match="ALG_REFUSED"):
        jose.verify(jose.sign(key, CLAIMS), keys.PUBLIC, algs=[alg for alg in ALGS if alg != key.alg])


@pytest.mark.parametrize("registered", [None, "EdDSA", "Ed25519"])
def test_the_one_edwards_curve_goes_by_both_names(registered: str | None) -> None:
    jwk = {**jose.public_jwk(keys.ED), "alg": registered}
    (key,) = jose.parse_jwks(json.dumps({"keys": [jwk]}))
    for alg in ("EdDSA", "Ed25519"):
        token = keys.raw_jws({"alg": alg, "kid": keys.ED.kid}, CLAIMS, keys.ED)
        assert jose.verify(token, [key], algs=ALGS).claims == CLAIMS
        with pytest.raises(BadJwt, match="ALG_REFUSED"):
            jose.verify(token, [key], algs=["ES256"])
    with pytest.raises(BadJwt, match="KEY_UNKNOWN"):
        jose.verify(keys.raw_jws({"alg": "Ed25519"}, CLAIMS), [jose.verification_key(keys.EC)], algs=ALGS)


def test_an_rsa_key_for_one_algorithm_does_not_verify_another() -> None:
    with pytest.raises(BadJwt, match="KEY_UNKNOWN"):
        jose.verify(keys.raw_jws({"alg": "PS256", "kid": keys.RSA.kid}, CLAIMS, keys.RSA), keys.PUBLIC, algs=ALGS)


@pytest.mark.parametrize("typ", ["jwt", "JWT", "application/JWT", "Application/jwt"])
def test_t054_a_typ_is_a_media_type_in_any_letter_case(typ: str) -> None:
    assert jose.verify(jose.sign(keys.EC, CLAIMS, typ), keys.PUBLIC, algs=ALGS, typs=("jwt",))


def test_without_a_kid_the_only_fitting_key_is_used() -> None:
    token = keys.raw_jws({"alg": "ES256"}, CLAIMS)
    assert jose.verify(token, keys.PUBLIC, algs=ALGS).claims == CLAIMS
    with pytest.raises(BadJwt, match="KEY_AMBIGUOUS"):
        jose.verify(token, [*keys.PUBLIC, jose.verification_key(keys.OTHER)], algs=ALGS)


def test_a_registered_key_without_a_name_fits_any_kid() -> None:
    nameless = {name: value for name, value in jose.public_jwk(keys.EC).items() if name != "kid"}
    (key,) = jose.parse_jwks(json.dumps({"keys": [nameless]}))
    assert jose.verify(keys.raw_jws({"alg": "ES256", "kid": "mine"}, CLAIMS), [key], algs=ALGS).claims == CLAIMS
    with pytest.raises(BadJwt):
        jose.verify(jose.sign(keys.OTHER, CLAIMS), [key], algs=ALGS)


@given(st.text())
def test_t054_any_text_is_refused_never_a_crash(text: str) -> None:
    for token in (text, f"{text}.{text}.{text}"):
        with pytest.raises(BadJwt):
            jose.verify(token, keys.PUBLIC, algs=ALGS)


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "x"]), JSON), st.binary(max_size=80))
def test_t054_any_header_and_payload_is_refused_or_read(header: dict[str, Any], payload: bytes) -> None:
    with pytest.raises(BadJwt):
        jose.verify(f"{keys.b64(json.dumps(header).encode())}.{keys.b64(payload)}.AAAA", keys.PUBLIC, algs=ALGS)


@given(st.data())
def test_t053_no_changed_character_survives(data: st.DataObject) -> None:
    good = jose.sign(keys.ED, CLAIMS)
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda sign: sign != good[place]))
    with pytest.raises(BadJwt):
        jose.verify(good[:place] + other + good[place + 1 :], keys.PUBLIC, algs=ALGS)


@given(st.dictionaries(st.text(), JSON))
def test_whatever_is_signed_is_read_back(claims: dict[str, Any]) -> None:
    assert jose.verify(jose.sign(keys.ED, claims), keys.PUBLIC, algs=ALGS).claims == claims


def test_an_hs256_signature_needs_its_secret_and_a_long_one() -> None:
    secret = b"x" * 32
    assert jose.verify_hmac(keys.hmac_jws(CLAIMS, secret), secret).claims == CLAIMS
    for wrong in (b"y" * 32, b"x" * 31, b""):
        with pytest.raises(BadJwt):
            jose.verify_hmac(keys.hmac_jws(CLAIMS, secret), wrong)
    with pytest.raises(BadJwt):
        jose.verify_hmac(jose.sign(keys.EC, CLAIMS), secret)


@pytest.mark.parametrize("alg", ALGS)
def test_a_key_is_saved_and_restored(alg: str) -> None:
    key = jose.generate(alg)
    again = jose.restore(jose.save(key), alg)
    assert again.kid == key.kid
    assert jose.verify(jose.sign(again, CLAIMS), [jose.verification_key(key)], algs=ALGS)


def test_no_key_is_made_for_an_unknown_algorithm() -> None:
    with pytest.raises(ValueError, match="none"):
        jose.generate("none")


@pytest.mark.parametrize("key", keys.ALL)
def test_the_published_key_is_public_and_named(key: jose.SigningKey) -> None:
    jwk = jose.public_jwk(key)
    assert {"kid", "kty", "use", "alg"} <= jwk.keys()
    assert not jose.PRIVATE_MEMBERS & jwk.keys()
    assert jose.parse_jwk(jwk).thumbprint == key.kid == jwk["kid"]


def test_a_signing_key_never_shows_itself() -> None:
    assert "key=" not in repr(keys.EC)


def test_the_thumbprint_is_the_rfcs() -> None:
    # RFC 8037, appendix A.3
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert jose.parse_jwk(jwk).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_set_leaves_out_what_never_signs() -> None:
    jwk = jose.public_jwk(keys.EC)
    other: list[dict[str, Any]] = [
        {**jwk, "use": "enc"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-521", "x": "A", "y": "A"},
        {"kty": "OKP", "crv": "X25519", "x": "A"},
        {"kty": "EC", "crv": ["P-256"]},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS512"},
    ]
    found = jose.parse_jwks(json.dumps({"keys": [*other, jwk]}))
    assert [key.kid for key in found] == [keys.EC.kid]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys":{}}',
        '{"keys":[1]}',
        json.dumps({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}),
        json.dumps({"keys": [{"kty": "RSA"}]}),
        json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}),
        json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": 1, "y": None}]}),
        json.dumps({"keys": [{"kty": "XYZ"}]}),
        json.dumps({"keys": [{"kty": ["EC"], "crv": "P-256"}]}),
        json.dumps({"keys": [{**jose.public_jwk(keys.EC), "d": "AAAA"}]}),
        json.dumps({"keys": [{**jose.public_jwk(keys.EC), "alg": "RS256"}]}),
        json.dumps({"keys": [{**jose.public_jwk(keys.EC), "kid": 7}]}),
        json.dumps({"keys": [jose.public_jwk(keys.EC)] * 21}),
    ],
)
def test_a_bad_key_set_is_refused(text: str) -> None:
    with pytest.raises(BadJwt):
        jose.parse_jwks(text)


def test_small_and_giant_rsa_keys_and_other_curves_are_refused() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
    p384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    for jwk in (
        {"kty": "RSA", "n": keys.b64(small.to_bytes(128, "big")), "e": "AQAB"},
        {"kty": "RSA", "n": keys.b64(((1 << 8200) + 1).to_bytes(1026, "big")), "e": "AQAB"},
        {"kty": "EC", "crv": "P-384", **{name: keys.b64(getattr(p384, name).to_bytes(48, "big")) for name in "xy"}},
        {"kty": "OKP", "crv": "X25519", "x": keys.b64(bytes(31) + b"1")},
        {"kty": "OKP", "crv": "Ed448", "x": keys.b64(bytes(57))},
    ):
        with pytest.raises(BadJwt):
            jose.parse_jwk(jwk)


def test_t059_an_exponent_that_makes_every_check_slow_is_refused() -> None:
    """With e = n - 2, each check costs many times more, and anybody can ask for one with `request=`."""
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    n = keys.b64(modulus.to_bytes(256, "big"))

    def parsed(exponent: int) -> jose.VerificationKey:
        e = keys.b64(exponent.to_bytes((exponent.bit_length() + 7) // 8 or 1, "big"))
        return jose.parse_jwk({"kty": "RSA", "n": n, "e": e})

    for good in (3, 17, 65537, (1 << 32) - 1):
        assert parsed(good).algs == {"RS256", "PS256"}
    for bad in (0, 1, 2, 4, 65536, 1 << 32, (1 << 32) + 1, modulus - 2):
        with pytest.raises(BadJwt):
            parsed(bad)
    with pytest.raises(BadJwt, match="KEY_RSA_EXPONENT"):
        jose.parse_jwks(
            json.dumps({"keys": [{"kty": "RSA", "n": n, "e": keys.b64((modulus - 2).to_bytes(256, "big"))}]})
        )


@pytest.mark.parametrize("name", ["n", "e", "x", "y"])
def test_t059_no_member_of_a_key_is_read_at_any_length(name: str) -> None:
    whole = jose.public_jwk(keys.RSA if name in "ne" else keys.EC)
    with pytest.raises(BadJwt):
        jose.parse_jwk({**whole, name: "A" * 12_000 + whole[name]})


@pytest.mark.parametrize("value", ["1", True, float("inf"), 1 << 60, [1]])
def test_a_date_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(BadJwt):
        jws.date_of({"exp": value}, "exp")


def test_a_date_or_text_may_be_absent() -> None:
    assert jws.date_of({}, "exp") is None
    assert jws.date_of({"exp": 1.5}, "exp") == 1.5
    assert jws.text_of({}, "sub") is None
    with pytest.raises(BadJwt):
        jws.text_of({"sub": 1}, "sub")


@pytest.mark.parametrize("part", ["A", "AAAAA", "AB"])
def test_a_part_that_is_not_canonical_base64url_is_refused(part: str) -> None:
    with pytest.raises(BadJwt):
        jws.decode(part)
