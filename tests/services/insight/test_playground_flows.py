"""The playground runs each flow of an app against the real endpoints, and shows what went over the wire."""

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT
from oauth2system.runtime.events.noted import NotedEvents
from oauth2system.services.authorization import flows
from oauth2system.services.insight.playground import playground
from oauth2system.services.insight.playground.claims import UNKNOWN
from oauth2system.services.insight.playground.runs import FlowKind
from tests.support.in_process.oauth_apps import OPERATOR, Clock, House
from tests.support.playgrounds import Owner


def test_a_code_flow_runs_from_the_request_to_the_sign_out(owner: Owner) -> None:
    begun = owner.start("code").act("begin")
    assert begun.request.startswith("GET /oauth2/authorize")
    assert "code_challenge_method=S256" in begun.request
    assert begun.status == 303
    assert "/consent" in begun.answer
    assert set(owner.offered) == {"approve", "deny"}
    assert "/apps/playground/callback" in owner.act("approve").answer
    redeemed = owner.act("redeem")
    assert redeemed.request.startswith("POST /oauth2/token")
    assert "Authorization: Basic …" in redeemed.request
    assert redeemed.status == 200
    assert [one.name for one in redeemed.tokens] == ["answer", "id_token"]
    for name in ("user", "introspect", "refresh", "user", "revoke", "introspect", "sign_out"):
        assert owner.act(name).status in {200, 303}, name
    assert '"active": false' in owner.run.exchanges[-2].answer
    assert "sign_out" not in owner.offered


def test_a_sign_out_of_the_playground_leaves_the_owner_signed_in(owner: Owner) -> None:
    owner.start("code").act("begin", "approve", "redeem", "sign_out")
    assert owner.do(playground.view, owner.app.id).name == "Harbour"


def test_every_claim_that_comes_has_a_sentence(owner: Owner) -> None:
    owner.start("code").act("begin", "approve", "redeem", "user", "introspect")
    decoded = [one for exchange in owner.run.exchanges for one in exchange.tokens]
    assert decoded
    assert [claim.name for one in decoded for claim in one.claims if claim.meaning is UNKNOWN] == []


def test_a_simple_flow_runs_with_two_requests(owner: Owner) -> None:
    owner.start("simple").act("begin", "approve")
    fetched = owner.act("fetch")
    assert fetched.request.startswith("GET /api/user")
    assert "client_secret=…" in fetched.request
    assert '"username": "ada"' in fetched.answer


def test_a_device_flow_waits_for_the_person(owner: Owner) -> None:
    owner.start("device").act("device")
    assert "authorization_pending" in owner.act("poll").answer
    owner.act("allow")
    assert owner.act("poll").status in {200, 400}


def test_an_app_gets_a_token_of_its_own(owner: Owner) -> None:
    assert owner.start("client_credentials").act("client").status == 200
    assert '"active": true' in owner.act("introspect").answer
    assert "user" not in owner.offered


def test_a_public_app_runs_without_a_secret(house: House) -> None:
    app = house.public("Phone", first_party=False)
    owner = Owner(house, app, house.ada).start("code")
    owner.act("begin", "approve")
    assert "wrong_secret" not in owner.offered
    assert f"client_id={app.id}" in owner.act("redeem").request
    assert owner.act("user").status == 200


def test_an_app_that_posts_its_secret_does_so_in_the_playground(house: House) -> None:
    app = house.app("Post", first_party=False, token_endpoint_auth_method="client_secret_post")
    owner = Owner(house, app, house.ada).start("code")
    owner.act("begin", "approve")
    assert "client_secret=…" in owner.act("redeem").request


def test_an_app_that_must_push_pushes_its_request(house: House) -> None:
    app = house.app("Push", first_party=False, require_pushed_authorization_requests=True)
    owner = Owner(house, app, house.ada).start("code")
    owner.act("begin")
    assert [one.request.split()[1] for one in owner.run.exchanges] == ["/oauth2/par", "/oauth2/authorize"]
    owner.act("approve", "redeem")
    assert "access_token" in owner.run.exchanges[-1].answer


def test_a_flow_that_cannot_be_run_says_why(house: House) -> None:
    app = house.app("Off", grant_types=frozenset({CODE_GRANT}), simple_flow=False)
    flows = {one.kind: one.why_not for one in Owner(house, app, house.ada).do(playground.view, app.id).flows}
    assert flows[FlowKind.CODE] is None
    assert flows[FlowKind.SIMPLE] == "The simple flow is switched off for this app."
    assert flows[FlowKind.DEVICE] == "The app is not registered for this flow. Switch it on under Protocol."


SIGNED = {"token_endpoint_auth_method": "private_key_jwt", "jwks": '{"keys": []}'}
KINDS = {
    "private_key_jwt": SIGNED,
    "of RSA": {**SIGNED, "token_endpoint_auth_signing_alg": "PS256"},
    "client_secret_jwt": {"token_endpoint_auth_method": "client_secret_jwt"},
    "signed requests": {**SIGNED, "require_signed_request_object": True},
    "DPoP": {"dpop_bound_access_tokens": True},
    "FAPI": {**SIGNED, "profile": "fapi2"},
    "FAPI, signed": {**SIGNED, "profile": "fapi2", "require_signed_request_object": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_that_signs_is_run_with_keys_of_the_playground(house: House, kind: str) -> None:
    app = house.app(kind, first_party=False, **KINDS[kind])
    owner = Owner(house, app, house.ada).start("code")
    owner.act("begin", "approve")
    redeemed = owner.act("redeem")
    assert redeemed.status == 200, redeemed.answer
    for name in ("user", "refresh", "user", "introspect", "revoke"):
        assert owner.act(name).status == 200, (name, owner.run.exchanges[-1].answer)
    bound = "DPoP" in kind or "FAPI" in kind
    assert ("Dpop: " in redeemed.request) == bound
    assert any("use_dpop_nonce" in one.answer for one in owner.run.exchanges) == bound
    assert owner.do(playground.view, app.id).uses_keys == (kind != "client_secret_jwt")


@pytest.mark.parametrize(
    ("kind", "failure", "code"),
    [
        ("private_key_jwt", "wrong_key", "invalid_client"),
        ("client_secret_jwt", "wrong_secret", "invalid_client"),
        ("DPoP", "without_proof", "invalid_dpop_proof"),
        ("FAPI", "wrong_verifier", "invalid_grant"),
    ],
)
def test_an_app_that_signs_fails_on_purpose_too(house: House, kind: str, failure: str, code: str) -> None:
    app = house.app(kind, first_party=False, **KINDS[kind])
    failed = Owner(house, app, house.ada).start("code").act("begin", "approve", failure)
    assert code in failed.answer
    assert failed.repair


def test_a_device_code_that_the_person_let_run_out_is_refused(owner: Owner) -> None:
    owner.start("device").act("device")
    failed = owner.act("device_expired")
    assert "expired_token" in failed.answer
    assert failed.detail
    assert "poll" not in owner.offered


def test_the_consent_page_of_the_person_is_shown_while_it_waits(owner: Owner) -> None:
    person = owner.add("longname")
    owner.start("code", person.id).act("begin")
    assert owner.view is not None
    question = owner.view.question
    assert question is not None
    assert (question.username, question.flow) == (person.username, "")
    assert owner.app.id == question.client_id
    owner.act("approve")
    assert owner.view.question is None


@pytest.mark.parametrize(
    ("kind", "before", "failure", "code"),
    [
        ("code", ("begin",), "deny", "access_denied"),
        ("code", ("begin", "approve"), "wrong_secret", "invalid_client"),
        ("code", ("begin", "approve"), "wrong_verifier", "invalid_grant"),
        ("code", ("begin", "approve"), "expired", "invalid_grant"),
        ("code", ("begin", "approve", "redeem"), "replay", "invalid_grant"),
        ("simple", ("begin",), "deny", "access_denied"),
        ("simple", ("begin", "approve"), "fetch_wrong_secret", "invalid_client"),
        ("simple", ("begin", "approve"), "fetch_expired", "invalid_token"),
        ("simple", ("begin", "approve", "fetch"), "fetch_again", "invalid_token"),
        ("client_credentials", (), "client_wrong_secret", "invalid_client"),
    ],
)
def test_a_deliberate_failure_is_the_real_refusal_with_its_reason(
    owner: Owner, kind: str, before: tuple[str, ...], failure: str, code: str
) -> None:
    failed = owner.start(kind).act(*before, failure)
    assert code in failed.answer
    assert failed.detail, failed
    assert failed.repair


def test_a_wrong_redirect_uri_ends_on_a_page(owner: Owner) -> None:
    failed = owner.start("code").act("wrong_address")
    assert failed.status == 400
    assert failed.detail
    assert owner.offered == ()


def test_a_device_that_is_refused_learns_it(owner: Owner) -> None:
    owner.start("device").act("device", "refuse")
    assert "access_denied" in owner.act("poll").answer


def test_a_replayed_code_revokes_what_it_gave(owner: Owner) -> None:
    owner.start("code").act("begin", "approve", "redeem", "replay")
    assert '"active": false' in owner.act("introspect").answer


def test_a_failure_on_purpose_is_no_problem_of_the_app(owner: Owner) -> None:
    owner.start("code").act("wrong_address")
    assert owner.house.runner.server.of(NotedEvents).waiting() == 0


def test_a_run_that_is_left_before_the_answer_is_no_visitor_who_gave_up(owner: Owner, clock: Clock) -> None:
    for span, look in ((31, flows.give_up), (180, flows.purge)):
        owner.start("code").act("begin")
        clock.pass_by(minutes=span)
        assert owner.house.runner.now(OPERATOR, look, 10) > 0
    assert owner.house.runner.server.of(NotedEvents).waiting() == 0
