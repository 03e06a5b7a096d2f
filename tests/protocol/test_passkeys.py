"""Passkeys by values alone: whose answer proves a key, and which one proves nothing (Web Authentication Level 3)."""

import json
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol import passkeys
from oauth2system.protocol.passkeys import Defect, NewKey, Site, Unproved, Use
from tests.support.browsers import authenticator
from tests.support.browsers.authenticator import PRESENT, SYNCS, VERIFIED, Authenticator

SITE = Site("localhost", "http://localhost:8000")
CHALLENGE = b"c" * 56
HANDLE = b"h" * 32


def to_create(**changed: Any) -> dict[str, Any]:
    options = passkeys.ask_to_create(
        SITE, "Oauth2System", CHALLENGE, user_handle=HANDLE, username="ada", shown="Ada", known=()
    )
    return {**options, **changed}


def to_use(*, must_verify: bool = True) -> dict[str, Any]:
    return passkeys.ask_to_use(SITE, CHALLENGE, must_verify=must_verify)


def create(held: Authenticator, **changed: Any) -> NewKey:
    answer = passkeys.read_new(held.create(to_create(), **changed), SITE)
    assert answer.challenge == CHALLENGE
    return passkeys.verify_new(answer, SITE)


def use(held: Authenticator, made: NewKey, *, must_verify: bool = True, **changed: Any) -> Use:
    answer = passkeys.read_use(held.use(to_use(must_verify=must_verify), **changed), SITE)
    return passkeys.verify_use(answer, SITE, made.public_key, must_verify=must_verify)


def judge(text: str, key: NewKey) -> Use:
    answer = passkeys.read_use(text, SITE)
    if answer.challenge != CHALLENGE:
        raise Unproved(Defect.CHALLENGE)
    return passkeys.verify_use(answer, SITE, key.public_key, must_verify=True)


@pytest.mark.parametrize("algorithm", [authenticator.ES256, authenticator.EDDSA, authenticator.RS256])
def test_a_key_of_each_algorithm_is_made_and_used(algorithm: int) -> None:
    held = Authenticator(algorithm=algorithm)
    made = create(held)
    assert (made.credential_id, made.sign_count) == (held.passkeys[0].id, 1)
    assert use(held, made) == Use(sign_count=2, verified=True, syncs=False, copied=False)


def test_a_key_that_syncs_is_told_apart_from_one_that_stays_on_its_device() -> None:
    assert not create(Authenticator()).syncs
    synced = create(Authenticator(syncs=True))
    assert synced.syncs
    assert synced.copied


def test_the_options_ask_for_a_key_that_needs_no_username_and_for_no_attestation() -> None:
    asked = to_create()
    assert asked["rp"] == {"id": "localhost", "name": "Oauth2System"}
    assert asked["user"] == {"id": authenticator.encode(HANDLE), "name": "ada", "displayName": "Ada"}
    assert asked["authenticatorSelection"]["residentKey"] == "preferred"
    assert asked["attestation"] == "none"
    assert {one["alg"] for one in asked["pubKeyCredParams"]} == {-7, -8, -257}


def test_a_device_learns_which_keys_there_are_already() -> None:
    known = [passkeys.Known(b"id", ("internal",)), passkeys.Known(b"other")]
    asked = passkeys.ask_to_create(SITE, "x", CHALLENGE, user_handle=HANDLE, username="a", shown="A", known=known)
    assert asked["excludeCredentials"] == [
        {"type": "public-key", "id": "aWQ", "transports": ["internal"]},
        {"type": "public-key", "id": "b3RoZXI"},
    ]


@pytest.mark.parametrize(
    ("changed", "defect"),
    [
        ({"origin": "https://evil.example"}, Defect.ORIGIN),
        ({"origin": "http://localhost:8001"}, Defect.ORIGIN),
        ({"origin": "http://localhost:8000.evil.example"}, Defect.ORIGIN),
        ({"cross_origin": True}, Defect.ORIGIN),
        ({"type": "webauthn.get"}, Defect.WRONG),
        ({"host": "evil.example"}, Defect.WRONG),
        ({"flags": VERIFIED}, Defect.WRONG),
        ({"attestation": {"fmt": "tpm"}}, Defect.UNKNOWN_KIND),
        ({"attestation": {"fmt": "android-safetynet"}}, Defect.UNKNOWN_KIND),
        ({"attestation": {"fmt": "packed", "attStmt": {"x5c": [b"x"], "alg": -7, "sig": b""}}}, Defect.UNKNOWN_KIND),
        ({"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x"}}}, Defect.WRONG),
        ({"attestation": {"attStmt": {"sig": b"x"}}}, Defect.WRONG),
    ],
    ids=str,
)
def test_a_registration_that_proves_nothing(changed: dict[str, Any], defect: Defect) -> None:
    with pytest.raises(Unproved) as refused:
        create(Authenticator(), **changed)
    assert refused.value.defect is defect


@pytest.mark.parametrize(
    ("changed", "defect"),
    [
        ({"origin": "https://evil.example"}, Defect.ORIGIN),
        ({"cross_origin": True}, Defect.ORIGIN),
        ({"type": "webauthn.create"}, Defect.WRONG),
        ({"host": "evil.example"}, Defect.WRONG),
        ({"flags": PRESENT}, Defect.UNVERIFIED),
        ({"flags": VERIFIED}, Defect.WRONG),
        ({"key": ec.generate_private_key(ec.SECP256R1())}, Defect.WRONG),
        ({"signature": b""}, Defect.WRONG),
    ],
    ids=["origin", "frame", "type", "host", "unverified", "nobody present", "another key", "no signature"],
)
def test_a_use_that_proves_nothing(changed: dict[str, Any], defect: Defect) -> None:
    held = Authenticator()
    made = create(held)
    with pytest.raises(Unproved) as refused:
        use(held, made, **changed)
    assert refused.value.defect is defect


def test_as_a_second_factor_the_person_need_not_be_checked() -> None:
    held = Authenticator(verifies=False)
    made = create(held)
    assert not use(held, made, must_verify=False).verified


def test_the_id_of_the_answer_must_be_the_one_that_was_signed() -> None:
    held = Authenticator()
    sent = json.loads(held.create(to_create()))
    sent["id"] = sent["rawId"] = authenticator.encode(b"another id")
    with pytest.raises(Unproved):
        passkeys.verify_new(passkeys.read_new(json.dumps(sent), SITE), SITE)


@pytest.mark.parametrize("length", [0, 1024, 5000])
def test_an_id_has_a_length_that_the_standard_knows(length: int) -> None:
    with pytest.raises(Unproved):
        create(Authenticator(), id=b"x" * length)


def test_an_answer_has_a_largest_size_and_a_deepest_nesting() -> None:
    for text in ("x" * 20_000, "[" * 16_000, '{"id":' * 2_000, "null", "[]", "", "{}", '"x"'):
        for read in (passkeys.read_new, passkeys.read_use):
            with pytest.raises(Unproved) as refused:
                read(text, SITE)
            assert refused.value.defect is Defect.MALFORMED


@pytest.mark.parametrize("nested", [b"\x81" * 9000, b"\xa1\x01" * 4000, b"\xc1" * 9000])
def test_nested_cbor_is_refused_and_no_fault(nested: bytes) -> None:
    sent = json.loads(Authenticator().create(to_create()))
    sent["response"]["attestationObject"] = authenticator.encode(nested)
    with pytest.raises(Unproved):
        passkeys.read_new(json.dumps(sent), SITE)


@given(st.data())
def test_whatever_is_changed_in_an_answer_it_proves_nothing_or_the_same(data: st.DataObject) -> None:
    """A changed byte anywhere is a refusal and never a fault."""
    held = Authenticator(algorithm=authenticator.EDDSA)  # all its signatures have one length
    made = create(held)
    sent = json.loads(held.use(to_use()))
    name = data.draw(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]))
    raw = bytearray(authenticator.decode(sent["response"][name]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    sent["response"][name] = authenticator.encode(bytes(raw))
    with pytest.raises(Unproved):
        judge(json.dumps(sent), made)


@given(st.binary(max_size=300))
def test_any_bytes_as_an_attestation_are_refused_and_no_fault(raw: bytes) -> None:
    sent = json.loads(Authenticator().create(to_create()))
    for wrong in (raw, cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": raw})):
        sent["response"]["attestationObject"] = authenticator.encode(wrong)
        with pytest.raises(Unproved):
            passkeys.verify_new(passkeys.read_new(json.dumps(sent), SITE), SITE)


@pytest.mark.parametrize(
    ("stored", "stated", "copied"),
    [(0, 0, False), (0, 1, False), (5, 6, False), (5, 500, False), (5, 5, True), (5, 4, True), (5, 0, True)],
)
def test_a_counter_that_does_not_rise_shows_a_copy(stored: int, stated: int, copied: bool) -> None:
    assert passkeys.is_copied(stored, stated) is copied


@pytest.mark.parametrize(
    ("flags", "alone", "methods"),
    [
        (PRESENT | VERIFIED, True, ("hwk", "user", "mfa")),
        (PRESENT | VERIFIED | SYNCS, True, ("swk", "user", "mfa")),
        (PRESENT, False, ("hwk", "mfa")),
        (PRESENT, True, ("hwk",)),
    ],
)
def test_the_methods_are_those_of_rfc_8176(flags: int, alone: bool, methods: tuple[str, ...]) -> None:
    held = Authenticator()
    made = create(held)
    assert passkeys.methods_of(use(held, made, must_verify=False, flags=flags), alone=alone) == methods


def test_a_use_whose_data_cannot_be_read_is_malformed() -> None:
    held = Authenticator()
    create(held)
    sent = json.loads(held.use(to_use()))
    sent["response"]["authenticatorData"] = authenticator.encode(b"short")
    with pytest.raises(Unproved) as refused:
        passkeys.read_use(json.dumps(sent), SITE)
    assert refused.value.defect is Defect.MALFORMED


def test_the_person_that_a_device_names_is_the_one_of_the_passkey() -> None:
    assert passkeys.same_handle(HANDLE, HANDLE)
    assert passkeys.same_handle(HANDLE, None), "a device need not name the person"
    assert not passkeys.same_handle(HANDLE, b"another")
