"""Client authentication by secret and by name."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.clients.authentication import (
    ASSERTION_TYPE,
    Credentials,
    SecretCheck,
    by_name,
    by_secret,
    check_method,
    read,
)
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClient, InvalidRequest
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.clients import ClientReason
from tests.protocol import keys
from tests.protocol.given import C1, P1, client_with

POST = client_with(C1, token_endpoint_auth_method="client_secret_post")
NOTHING = Params({})
SECRET = "s:e%c+r ät"
ENCODED = "s%3Ae%25c%2Br+%C3%A4t"


def basic(text: str | bytes, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(text if isinstance(text, bytes) else text.encode()).decode()}"


def assertion(**claims: object) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": jose.sign(keys.EC, claims)}


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_t035_the_form_encoded_secret_is_read_whole(scheme: str) -> None:
    assert read(basic(f"101:{ENCODED}", scheme), NOTHING) == Credentials("101", "basic", SECRET)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(basic(f"101:{SECRET}"), id="not form-encoded"),
        pytest.param(basic("101:a:b"), id="a bare colon"),
        pytest.param(basic("101:a%"), id="a bare percent sign"),
        pytest.param(basic("101:a b"), id="a bare space"),
        pytest.param(basic("101:ä"), id="a bare umlaut"),
        pytest.param(basic(b"101:\xff"), id="not ASCII"),
        pytest.param(basic("101:%ff"), id="not UTF-8"),
        pytest.param(basic("101:\n"), id="a line end"),
        pytest.param(basic("101"), id="no colon"),
        pytest.param(basic(":secret"), id="no client id"),
        pytest.param("Basic ???", id="broken base64"),
        pytest.param("Basic MTAx", id="base64 without a colon"),
        pytest.param("Basic MTAxOmE", id="base64 without padding"),
        pytest.param("Basic ", id="nothing"),
        pytest.param(basic("101:" + "x" * 10_000), id="very long"),
        pytest.param("Basic é", id="header not ASCII"),
    ],
)
def test_t035_any_other_form_is_refused_with_a_challenge(header: str) -> None:
    with pytest.raises(InvalidClient) as caught:
        read(header, NOTHING)
    assert caught.value.headers == {"WWW-Authenticate": 'Basic realm="oauth2"'}
    assert caught.value.status == 401


@given(st.text())
def test_t035_no_header_makes_it_crash(text: str) -> None:
    for header in (f"Basic {text}", basic(text.encode("utf-8", "replace"))):
        with suppress(InvalidClient):
            read(header, NOTHING)


@pytest.mark.parametrize(
    ("authorization", "params"),
    [
        (basic("101:x"), {"client_secret": "x"}),
        (basic("101:x"), assertion(sub="101")),
        (None, {"client_id": "101", "client_secret": "x", **assertion(sub="101")}),
    ],
)
def test_t036_two_methods_at_once_are_an_invalid_request(authorization: str | None, params: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        read(authorization, Params(params))


def test_t036_another_client_id_in_the_body_is_refused() -> None:
    with pytest.raises(InvalidClient):
        read(basic("101:x"), Params({"client_id": "102"}))
    assert read(basic("101:x"), Params({"client_id": "101"})).client_id == "101"


def test_a_body_with_a_secret_is_post_and_without_one_is_none() -> None:
    assert read(None, Params({"client_id": "1", "client_secret": "x"})) == Credentials("1", "post", "x")
    assert read(None, Params({"client_id": "1"})) == Credentials("1", "none")
    assert read("Bearer abc", Params({"client_id": "1"})) == Credentials("1", "none")


def test_t034_no_credentials_at_all_are_invalid_client() -> None:
    with pytest.raises(InvalidClient):
        read(None, NOTHING)


@pytest.mark.parametrize(
    "params",
    [
        {**assertion(sub="101"), "client_assertion_type": "urn:other"},
        {"client_assertion": "x.y.z", "client_assertion_type": ASSERTION_TYPE},
        {"client_assertion": jose.sign(keys.EC, {"sub": "101"})},
        assertion(),
        assertion(sub=101),
        {**assertion(sub="101"), "client_id": "102"},
    ],
)
def test_an_assertion_that_names_nobody_is_refused(params: dict[str, str]) -> None:
    with pytest.raises(InvalidClient):
        read(None, Params(params))


def test_an_assertion_names_its_client() -> None:
    found = read(None, Params({**assertion(sub="101"), "client_id": "101"}))
    assert (found.client_id, found.shown) == ("101", "assertion")
    assert read(None, Params(assertion(sub="101"))).client_id == "101"


def failure(shown: Credentials, client: Client | None, found: SecretCheck = SecretCheck.RIGHT) -> InvalidClient:
    with pytest.raises(InvalidClient) as caught:
        by_secret(shown, client, found)
    return caught.value


def test_t034_every_failure_looks_the_same_to_a_stranger() -> None:
    shown = Credentials("101", "basic", "x")
    cases = [
        failure(shown, C1, SecretCheck.WRONG),
        failure(shown, C1, SecretCheck.EXPIRED),
        failure(shown, None),
        failure(shown, client_with(C1, disabled=True)),
        failure(shown, POST),
        failure(Credentials("101", "basic"), C1),
    ]
    assert len({(one.description, one.status, one.code, str(one.headers)) for one in cases}) == 1
    assert len({one.detail for one in cases}) == 5


def test_a_secret_that_has_expired_is_named_by_its_end_to_the_owner_alone() -> None:
    caught = failure(Credentials("101", "basic", "ok_abcdefgh"), C1, SecretCheck.EXPIRED)
    assert caught.reason is ClientReason.SECRET_EXPIRED
    assert "efgh" in str(caught.detail)
    assert "efgh" not in str(caught.description)
    assert failure(Credentials("101", "basic"), C1, SecretCheck.EXPIRED).reason is ClientReason.SECRET_WRONG


def test_t036_a_client_uses_its_one_registered_method() -> None:
    shown = {
        "client_secret_basic": Credentials("101", "basic", "x"),
        "client_secret_post": Credentials("101", "post", "x"),
        "none": Credentials("101", "none"),
    }
    for registered in ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"):
        client = client_with(C1, token_endpoint_auth_method=registered, is_public=registered == "none")
        for method, credentials in shown.items():
            if method == registered:
                assert check_method(credentials, client) is client
            else:
                with pytest.raises(InvalidClient):
                    check_method(credentials, client)


def test_the_right_secret_authenticates() -> None:
    found = by_secret(Credentials("101", "basic", "x"), C1, SecretCheck.RIGHT)
    assert (found.client, found.shown) == (C1, "basic")


def test_t034_a_confidential_client_never_only_names_itself() -> None:
    assert by_name(Credentials("103", "none"), P1).client is P1
    for client in (C1, client_with(C1, token_endpoint_auth_method="none"), None):
        with pytest.raises(InvalidClient) as caught:
            by_name(Credentials("101", "none"), client)
        assert caught.value.headers is None
    with pytest.raises(InvalidClient):
        by_name(Credentials("101", "basic", "x"), C1)


def test_a_fapi_client_never_authenticates_with_a_shared_secret() -> None:
    for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none"):
        client = client_with(C1, profile="fapi2", token_endpoint_auth_method=method)
        for shown in (Credentials("101", "basic", "x"), Credentials("101", "post", "x"), Credentials("101", "none")):
            with pytest.raises(InvalidClient):
                check_method(shown, client)


@pytest.mark.parametrize("sent", ["None", "CLIENT_SECRET"])
def test_a_setting_that_was_never_filled_in_is_named(sent: str) -> None:
    credentials = read(basic(f"101:{sent}"), NOTHING)
    with pytest.raises(InvalidClient) as caught:
        by_secret(credentials, C1, SecretCheck.WRONG)
    assert caught.value.reason is ClientReason.SECRET_PLACEHOLDER
    assert by_secret(credentials, C1, SecretCheck.RIGHT).client == C1, "a secret may be any word"
