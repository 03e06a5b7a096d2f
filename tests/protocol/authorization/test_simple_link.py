"""The plain link of the simple flow is judged in one go, as the full way judges it."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.authorization import simple_link
from oauth2system.protocol.authorization.request import AuthorizationRequest
from oauth2system.protocol.authorization.target import MAX_STATE, trust
from oauth2system.protocol.authorization.validate import validate
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.params import Params
from tests.protocol.given import OFFER, S1, simple_asks

ASKED = st.sampled_from(["identify", "email", "identify email", "identify+email", "openid email", "unknown", "", " "])
STATES = st.sampled_from(["", "xyz", "é", "x" * MAX_STATE, "x" * (MAX_STATE + 1)])
NAMES = st.sampled_from(["state", "scope", "nonce", "prompt", "redirect_uri", "ui_locales", "client_id"])
PAIRS = st.lists(
    st.one_of(
        st.tuples(st.just("client_id"), st.just(S1.id)),
        st.tuples(st.just("scope"), ASKED),
        st.tuples(st.just("state"), STATES),
        st.tuples(NAMES, st.just("x")),
    ),
    max_size=5,
)
CLIENTS = st.builds(
    partial(replace, S1),
    simple_flow=st.booleans(),
    simple_redirect_uri=st.sampled_from([None, S1.simple_redirect_uri]),
    is_public=st.booleans(),
    profile=st.sampled_from(["default", "fapi2"]),
    simple_iss=st.booleans(),
    require_state=st.booleans(),
    scopes=st.sampled_from([frozenset({"identify"}), frozenset({"identify", "email"}), frozenset({"openid"})]),
)


def judge_fully(method: str, params: Params, client: Client) -> AuthorizationRequest:
    return validate(params, client, trust(params, client, OFFER, method=method), OFFER)


@given(st.sampled_from(["GET", "POST"]), PAIRS, PAIRS, CLIENTS)
def test_what_is_decided_at_once_is_what_the_full_way_decides(
    method: str, pairs: list[tuple[str, str]], again: list[tuple[str, str]], client: Client
) -> None:
    asked = {"client_id": S1.id, "scope": "identify email", **dict(pairs)}
    params = Params.of([*asked.items(), *again[:1]])
    found = simple_link.judge(method, params, client, OFFER)
    if found is not None:
        assert found == judge_fully(method, params, client)


@pytest.mark.parametrize("state", [None, "xyz", "x" * MAX_STATE])
def test_the_plain_link_is_decided_at_once(state: str | None) -> None:
    params = simple_asks(state=state)
    found = simple_link.judge("GET", params, S1, OFFER)
    assert found is not None
    assert found == judge_fully("GET", params, S1)


@pytest.mark.parametrize(
    ("method", "client", "changes"),
    [
        ("POST", S1, {}),
        ("GET", S1, {"prompt": "login"}),
        ("GET", S1, {"ui_locales": "de"}),
        ("GET", S1, {"scope": None}),
        ("GET", S1, {"scope": "openid"}),
        ("GET", S1, {"state": "x" * (MAX_STATE + 1)}),
        ("GET", replace(S1, require_state=True), {}),
        ("GET", replace(S1, scopes=frozenset({"openid"})), {}),
        ("GET", replace(S1, simple_flow=False), {}),
    ],
)
def test_anything_else_is_left_to_the_full_way(method: str, client: Client, changes: dict[str, str | None]) -> None:
    assert simple_link.judge(method, simple_asks(**changes), client, OFFER) is None


def test_a_name_that_comes_twice_is_left_to_the_full_way() -> None:
    params = Params.of([("client_id", S1.id), ("scope", "email"), ("state", "a"), ("state", "b")])
    assert simple_link.judge("GET", params, S1, OFFER) is None
