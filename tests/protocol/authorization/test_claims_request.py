"""The claims parameter OIDC Core §5.5."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.authorization.claims_request import ClaimsRequest, parse, scopes_for
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.errors import InvalidRequest, OAuthError, UnmetAuthenticationRequirements
from tests.protocol.given import C1, ISSUER, client_with, judged


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ClaimsRequest()),
        ({"id_token": None, "userinfo": None}, ClaimsRequest()),
        ({"other": {"email": None}}, ClaimsRequest()),
        ({"userinfo": {"name": {"essential": True}}}, ClaimsRequest(userinfo=("name",))),
        ({"id_token": {"email": None, "name": None}}, ClaimsRequest(id_token=("email", "name"))),
        ({"userinfo": {"shoe_size": {"essential": True}, "auth_time": None, "sub": None}}, ClaimsRequest()),
        ({"id_token": {"sub": {"value": "7"}}}, ClaimsRequest(subject="7")),
        ({"userinfo": {"sub": {"value": "7"}}}, ClaimsRequest(subject="7")),
        ({"id_token": {"acr": {"essential": True, "values": ["a", "b", 1]}}}, ClaimsRequest(essential_acr=("a", "b"))),
        ({"id_token": {"acr": {"essential": True, "value": "a"}}}, ClaimsRequest(essential_acr=("a",))),
        ({"id_token": {"acr": {"essential": True}}}, ClaimsRequest()),
        ({"id_token": {"acr": {"values": ["a"]}}}, ClaimsRequest()),
        ({"id_token": {"acr": "a", "sub": 1}}, ClaimsRequest()),
    ],
)
def test_what_was_asked_for_by_name(asked: dict[str, object], found: ClaimsRequest) -> None:
    assert parse(json.dumps(asked)) == found


def test_nothing_asked_is_nothing() -> None:
    assert judged(claims=None) == judged(claims="{}")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "1",
        '{"userinfo": []}',
        '{"id_token": "x"}',
        '{"userinfo": {}, "userinfo": {}}',
        '{"id_token": {"sub": {"value": 1}}}',
        '{"id_token": {"acr": {"essential": true, "values": "a"}}}',
        json.dumps({"id_token": {"acr": {"essential": True, "values": ["x"] * 21}}}),
        json.dumps({"x": "x" * 9000}),
        '{"a":' * 5000,
    ],
)
def test_t012_what_cannot_be_read_is_invalid_request(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except InvalidRequest:
        return
    assert isinstance(json.loads(text), dict)


def test_half_a_sign_is_no_text() -> None:
    for text in ('{"id_token":{"sub":{"value":"\\ud800"}}}', '{"\\uDFFF":null}'):
        with pytest.raises(InvalidRequest):
            parse(text)
    assert parse('{"id_token":{"sub":{"value":"\\ud83d\\ude00"}}}').subject == "\U0001f600"


def test_claims_are_shown_as_the_scopes_they_belong_to() -> None:
    assert scopes_for(("name", "email")) == {"profile", "email"}
    assert scopes_for(()) == frozenset()


def test_claims_asked_for_by_name_need_the_persons_consent() -> None:
    request = judged(scope="openid", claims='{"userinfo":{"name":null},"id_token":{"email":null}}')
    assert (request.userinfo_claims, request.id_token_claims) == (("name",), ("email",))
    assert (request.scopes, request.needed) == ({"openid"}, {"openid", "profile", "email"})


def test_claims_behind_a_scope_the_client_may_not_have_are_left_out() -> None:
    client = client_with(C1, scopes=frozenset({"openid", "email"}))
    request = judged(client, scope="openid", claims='{"userinfo":{"name":null,"email":null}}')
    assert request.userinfo_claims == ("email",)


def test_an_acr_that_cannot_be_reached_is_refused_and_one_that_can_is_kept() -> None:
    asked = '{"id_token":{"acr":{"essential":true,"values":["mfa"]}}}'
    with pytest.raises(UnmetAuthenticationRequirements):
        judged(claims=asked)
    assert judged(C1, Offer(ISSUER, acr_values=("mfa",)), claims=asked).essential_acr == ("mfa",)


def test_a_subject_asked_for_is_kept_and_a_hint_goes_first() -> None:
    request = judged(claims='{"id_token":{"sub":{"value":"7"}}}')
    assert request.subject == "7"
    assert request._replace(subject=None) == judged()


def test_t012_bad_claims_are_an_error_the_client_hears() -> None:
    with pytest.raises(OAuthError) as caught:
        judged(claims="{")
    assert caught.value.code == "invalid_request"
