"""A request without the scopes that a person left out."""

import json

from oauth2system.protocol.authorization.interaction import Flow
from tests.protocol.given import C1, NOW, judged

NOTHING: frozenset[str] = frozenset()


def test_what_is_left_out_goes_with_the_claims_that_only_it_releases() -> None:
    claims = json.dumps({"id_token": {"email": None, "name": None}, "userinfo": {"email_verified": None}})
    asked = judged(scope="openid email", claims=claims)
    left = asked.leave_out(frozenset({"email"}))
    assert (left.scopes, left.id_token_claims, left.userinfo_claims) == ({"openid"}, ("name",), ())
    assert left.needed == {"openid", "profile"}


def test_nothing_left_out_is_the_same_request() -> None:
    asked = judged(scope="openid email")
    assert asked.leave_out(NOTHING) is asked
    assert asked.leave_out(frozenset({"profile"})) is asked


def test_a_flow_remembers_what_was_left_out_and_reads_one_that_is_older() -> None:
    flow = Flow(judged(scope="openid email"), NOW, declined=frozenset({"email"}))
    assert Flow.from_json(flow.to_json()) == flow
    older = {name: value for name, value in flow.to_json().items() if name != "declined"}
    assert Flow.from_json(older).declined == NOTHING
    assert Flow.begin(flow.request, C1, NOW).declined == NOTHING
