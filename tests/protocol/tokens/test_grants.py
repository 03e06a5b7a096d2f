"""What codes, refresh tokens and clients are exchanged for."""

from datetime import timedelta

import pytest

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidDpopProof, InvalidGrant, InvalidRequest, InvalidScope, OAuthError
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params, parse_query
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.tokens.grants import (
    IssuedCode,
    RefreshFacts,
    Replayed,
    build_token_answer,
    check_client_credentials,
    check_code,
    check_grant_type,
    check_refresh,
    check_sender,
    gives_refresh_token,
    keep_allowed_resources,
    keeps_refresh_token,
    narrow,
    narrow_resources,
)
from tests.protocol.given import C1, CB, F1, ISSUER, NOW, OFFER, P1, VERIFIER, client_with, judged

GOOD = {"code": "anything", "code_verifier": VERIFIER, "redirect_uri": CB}
SCOPES = frozenset({"openid", "email"})
API = "https://api.example"
GRACE = timedelta(seconds=10)


def code(**changes: object) -> IssuedCode:
    return IssuedCode(judged(), "1", NOW, NOW + timedelta(seconds=60))._replace(**changes)  # type: ignore[arg-type]  (values of any type)


def caller(client: Client = C1) -> AuthenticatedClient:
    return AuthenticatedClient(client, "basic")


def redeem(
    kept: IssuedCode | None, client: Client = C1, proof: DpopProof | None = None, /, **params: str | None
) -> IssuedCode:
    sent = {name: value for name, value in {**GOOD, **params}.items() if value is not None}
    return check_code(kept, caller(client), Params(sent), proof, NOW)


def test_a_good_code_is_redeemed() -> None:
    assert redeem(code()) == code()


@pytest.mark.parametrize(
    ("kept", "params"),
    [
        pytest.param(None, {}, id="unknown"),
        pytest.param(code(expires_at=NOW), {}, id="expired"),
        pytest.param(code(), {"redirect_uri": CB + "/"}, id="another redirect URI"),
        pytest.param(code(), {"code_verifier": None}, id="T028 verifier missing"),
        pytest.param(code(), {"code_verifier": "x" * 43}, id="T032 verifier of another flow"),
        pytest.param(code(request=judged()._replace(dpop_jkt="A")), {}, id="T066 bound to a key"),
    ],
)
def test_a_code_that_is_not_good_is_invalid_grant(kept: IssuedCode | None, params: dict[str, str | None]) -> None:
    with pytest.raises(InvalidGrant) as caught:
        redeem(kept, **params)
    assert not isinstance(caught.value, Replayed)


def test_t040_a_code_of_another_client_looks_like_an_unknown_one() -> None:
    texts: list[str] = []
    for kept, client in ((None, C1), (code(), P1), (code(used=True), P1)):
        with pytest.raises(InvalidGrant) as caught:
            redeem(kept, client)
        assert not isinstance(caught.value, Replayed)
        texts.append(caught.value.description)
    assert len(set(texts)) == 1


def test_t029_a_verifier_nobody_asked_for_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        redeem(code(request=judged(code_challenge=None, code_challenge_method=None)))


def test_t043_a_replay_that_is_right_in_all_else_ends_the_family() -> None:
    for kept in (code(used=True), code(used=True, expires_at=NOW - timedelta(hours=1))):
        with pytest.raises(Replayed):
            redeem(kept)


def test_t044_a_replay_with_a_wrong_verifier_ends_nothing() -> None:
    with pytest.raises(InvalidGrant) as caught:
        redeem(code(used=True), code_verifier="x" * 43)
    assert not isinstance(caught.value, Replayed)


def test_a_redirect_uri_may_be_left_out_where_pkce_was_used_or_none_was_sent() -> None:
    assert redeem(code(), redirect_uri=None)
    plain = judged(code_challenge=None, code_challenge_method=None)
    with pytest.raises(InvalidGrant):
        redeem(code(request=plain), redirect_uri=None, code_verifier=None)
    unsent = plain._replace(target=plain.target._replace(uri_was_sent=False))
    assert redeem(code(request=unsent), redirect_uri=None, code_verifier=None)
    with pytest.raises(InvalidGrant):
        redeem(code(request=unsent), redirect_uri="https://evil.example", code_verifier=None)


def test_a_code_promised_to_a_key_is_redeemed_with_it() -> None:
    assert redeem(code(request=judged()._replace(dpop_jkt="A")), C1, DpopProof("A", b"", NOW))


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "invalid_request"),
        (b"grant_type=password", "unsupported_grant_type"),
        (b"grant_type=implicit", "unsupported_grant_type"),
        (b"grant_type=x", "unsupported_grant_type"),
        (b"grant_type=client_credentials", "unauthorized_client"),
        (b"grant_type=authorization_code&code=a&code=a", "invalid_request"),
        (b"grant_type=authorization_code&grant_type=authorization_code", "invalid_request"),
    ],
)
def test_t042_only_registered_grants_are_exchanged(raw: bytes, error: str) -> None:
    with pytest.raises(OAuthError) as caught:
        check_grant_type(parse_query(raw), C1, OFFER)
    assert caught.value.code == error


def test_a_registered_grant_is_returned() -> None:
    assert check_grant_type(parse_query(b"grant_type=authorization_code"), C1, OFFER) == "authorization_code"


def test_a_client_that_must_bind_its_tokens_cannot_forget_to() -> None:
    check_sender(C1, None)
    check_sender(F1, DpopProof("A", b"", NOW))
    for client in (F1, client_with(C1, dpop_bound_access_tokens=True)):
        with pytest.raises(InvalidDpopProof):
            check_sender(client, None)


def refresh(**changes: object) -> RefreshFacts:
    facts = RefreshFacts(C1.id, SCOPES, NOW + timedelta(days=1), NOW + timedelta(days=90))
    return facts._replace(**changes)  # type: ignore[arg-type]  (values of any type)


@pytest.mark.parametrize(
    ("case", "facts", "client", "expected"),
    [
        ("fresh", refresh(), C1, "rotate"),
        ("fresh, public", refresh(client_id=P1.id), P1, "rotate"),
        ("fresh, sender-constrained and confidential", refresh(client_id=F1.id), F1, "keep"),
        ("rotated a moment ago", refresh(rotated_at=NOW - timedelta(seconds=10)), C1, "repeat"),
        ("bound to the key of a confidential client", refresh(jkt="A"), C1, "rotate"),
    ],
)
def test_what_a_refresh_token_is_worth(case: str, facts: RefreshFacts, client: Client, expected: str) -> None:
    assert check_refresh(facts, caller(client), None, NOW, grace=GRACE) == expected, case


@pytest.mark.parametrize(
    ("facts", "client"),
    [
        pytest.param(None, C1, id="unknown"),
        pytest.param(refresh(client_id=P1.id), C1, id="another client's"),
        pytest.param(refresh(revoked=True), C1, id="revoked"),
        pytest.param(refresh(expires_at=NOW), C1, id="idle too long"),
        pytest.param(refresh(family_expires_at=NOW), C1, id="T052 past its absolute life"),
        pytest.param(refresh(client_id=P1.id, jkt="A"), P1, id="T064 bound to another key"),
    ],
)
def test_a_refresh_token_that_is_not_good_is_invalid_grant(facts: RefreshFacts | None, client: Client) -> None:
    with pytest.raises(InvalidGrant) as caught:
        check_refresh(facts, caller(client), None, NOW, grace=GRACE)
    assert not isinstance(caught.value, Replayed)


def test_t064_a_public_clients_refresh_token_needs_its_key() -> None:
    facts = refresh(client_id=P1.id, jkt="A")
    assert check_refresh(facts, caller(P1), DpopProof("A", b"", NOW), NOW, grace=GRACE) == "rotate"
    with pytest.raises(InvalidGrant):
        check_refresh(facts, caller(P1), DpopProof("B", b"", NOW), NOW, grace=GRACE)


def test_t045_a_rotated_token_after_the_grace_ends_the_family() -> None:
    with pytest.raises(Replayed):
        check_refresh(refresh(rotated_at=NOW - timedelta(seconds=11)), caller(), None, NOW, grace=GRACE)


def test_who_keeps_one_refresh_token() -> None:
    bound = client_with(C1, dpop_bound_access_tokens=True)
    assert [keeps_refresh_token(one) for one in (F1, bound, C1, P1)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("granted", "gives"),
    [({"openid"}, False), ({"openid", "offline_access"}, True), ({"email"}, True)],
)
def test_openid_alone_brings_no_refresh_token(granted: set[str], gives: bool) -> None:
    assert gives_refresh_token(C1, frozenset(granted)) is gives
    assert not gives_refresh_token(client_with(C1, grant_types=frozenset({"authorization_code"})), frozenset(granted))


def test_t049_a_refresh_narrows_and_never_widens() -> None:
    assert narrow(None, SCOPES, C1) == SCOPES
    assert narrow("email", SCOPES, C1) == {"email"}
    assert narrow(None, SCOPES, client_with(C1, scopes=frozenset({"openid"}))) == {"openid"}
    assert narrow(None, frozenset(), C1) == frozenset()
    for asked, client in (("profile", C1), ("email", client_with(C1, scopes=frozenset({"openid"})))):
        with pytest.raises(InvalidScope):
            narrow(asked, SCOPES, client)


def test_t070_resources_narrow_and_never_widen() -> None:
    assert narrow_resources((), (API, API + "/2")) == (API, API + "/2")
    assert narrow_resources((API, API), (API, API + "/2")) == (API,)
    with pytest.raises(OAuthError, match="not granted"):
        narrow_resources((API + "/3",), (API,))
    with pytest.raises(OAuthError, match="not granted"):
        check_code(code(used=True), caller(), Params({**GOOD, "resource": API}), None, NOW)


def test_t049_a_resource_taken_from_the_app_is_not_in_its_tokens() -> None:
    assert keep_allowed_resources((API, API + "/2"), (API + "/2",)) == (API + "/2",)
    assert keep_allowed_resources((), ()) == ()
    with pytest.raises(OAuthError, match="any more"):
        keep_allowed_resources((API,), (API + "/2",))


MACHINE = client_with(C1, scopes=frozenset({"openid", "email", "reports:read"}), resources=(API,))


def test_a_machine_gets_its_own_scopes_when_it_asks_for_none() -> None:
    assert check_client_credentials(caller(MACHINE), Params({}), OFFER) == ({"reports:read"}, ())
    assert check_client_credentials(caller(C1), Params({}), OFFER) == (frozenset(), ())


def test_a_machine_may_ask_for_scopes_and_resources_it_is_registered_for() -> None:
    params = Params({"scope": "reports:read email", "resource": API})
    assert check_client_credentials(caller(MACHINE), params, OFFER) == ({"reports:read", "email"}, (API,))
    offer = Offer(ISSUER, resources=("https://shared.example",))
    assert check_client_credentials(caller(C1), Params({"resource": "https://shared.example"}), offer)[1]


@pytest.mark.parametrize(
    ("client", "params", "error"),
    [
        (P1, {}, "unauthorized_client"),
        (MACHINE, {"scope": "openid"}, "invalid_scope"),
        (MACHINE, {"scope": "offline_access"}, "invalid_scope"),
        (MACHINE, {"scope": "profile"}, "invalid_scope"),
        (MACHINE, {"resource": "relative"}, "invalid_target"),
        (MACHINE, {"resource": "https://other.example"}, "invalid_target"),
    ],
)
def test_t041_a_machine_gets_no_more_than_it_may(client: Client, params: dict[str, str], error: str) -> None:
    with pytest.raises(OAuthError) as caught:
        check_client_credentials(caller(client), Params(params), OFFER)
    assert caught.value.code == error


def test_the_token_answer_tells_what_was_given() -> None:
    assert build_token_answer("a", expires_in=300, granted=SCOPES) == {
        "access_token": "a",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "openid email",
    }
    full = build_token_answer("a", expires_in=300, granted=frozenset(), jkt="J", refresh_token="r", id_token="i")
    assert full == {
        "access_token": "a",
        "token_type": "DPoP",
        "expires_in": 300,
        "refresh_token": "r",
        "id_token": "i",
    }


@pytest.mark.parametrize("word", ["undefined", "CODE"])
def test_a_code_that_the_apps_own_program_never_filled_in_is_named(word: str) -> None:
    with pytest.raises(InvalidGrant) as caught:
        redeem(None, code=word)
    assert caught.value.reason is GrantReason.CODE_PLACEHOLDER
