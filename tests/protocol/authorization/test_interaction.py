"""What a flow needs next."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from oauth2system.protocol.authorization.interaction import (
    AskConsent,
    ConfirmEmail,
    Flow,
    Login,
    Refuse,
    SendAnswer,
    SessionFacts,
    Step,
    next_step,
)
from oauth2system.protocol.errors import ConsentRequired
from tests.protocol.given import C1, N1, NOW, P1, asks, client_with, judged

LONG_AGO = NOW - timedelta(hours=2)
LATER = NOW + timedelta(seconds=30)
ALL = frozenset({"openid", "email"})
NONE = frozenset[str]()


def flow(**changes: str | None) -> Flow:
    return Flow.begin(judged(**changes), C1, NOW)


def session(at: datetime = LONG_AGO, **changes: object) -> SessionFacts:
    return SessionFacts("1", at, email_confirmed=True)._replace(**changes)  # type: ignore[arg-type]  (values of any type)


@pytest.mark.parametrize(
    ("case", "asked", "who", "allowed", "step"),
    [
        ("nobody is signed in", {}, None, ALL, Login()),
        ("nobody is signed in and the site wants a new account", {"prompt": "create"}, None, ALL, Login(create=True)),
        ("signed in and allowed before", {}, session(), ALL, SendAnswer()),
        ("signed in for the first time", {}, session(), NONE, AskConsent(ALL)),
        ("one scope more than last time", {}, session(), frozenset({"openid"}), AskConsent(ALL, frozenset({"openid"}))),
        ("more was allowed than is asked", {"scope": "openid"}, session(), ALL, SendAnswer()),
        ("the address is not confirmed", {}, session(email_confirmed=False), ALL, ConfirmEmail()),
        ("prompt=login with an old session", {"prompt": "login"}, session(), ALL, Login(fresh=True)),
        ("prompt=login after signing in", {"prompt": "login"}, session(LATER), ALL, SendAnswer()),
        ("prompt=consent", {"prompt": "consent"}, session(), ALL, AskConsent(ALL, ALL)),
        ("prompt=select_account", {"prompt": "select_account"}, session(), ALL, Login(choose=True)),
        ("prompt=select_account after signing in", {"prompt": "select_account"}, session(LATER), ALL, SendAnswer()),
        ("prompt=create with a session", {"prompt": "create"}, session(), ALL, Login(create=True)),
        ("prompt=create after signing up", {"prompt": "create"}, session(LATER), ALL, SendAnswer()),
        ("max_age exceeded", {"max_age": "60"}, session(), ALL, Login(fresh=True)),
        ("max_age kept", {"max_age": "10000"}, session(), ALL, SendAnswer()),
        ("max_age exceeded, but signed in for this flow", {"max_age": "1"}, session(NOW), ALL, SendAnswer()),
        (
            "max_age=0 is prompt=login",
            {"max_age": "0"},
            session(NOW - timedelta(microseconds=1)),
            ALL,
            Login(fresh=True),
        ),
        ("prompt=none and all is there", {"prompt": "none"}, session(), ALL, SendAnswer()),
    ],
)
def test_the_one_next_step(
    case: str, asked: dict[str, str], who: SessionFacts | None, allowed: frozenset[str], step: Step
) -> None:
    assert next_step(flow(**asked), who, allowed, LATER) == step, case


@pytest.mark.parametrize(
    ("who", "allowed", "change", "code"),
    [
        (None, ALL, {}, "login_required"),
        (session(), ALL, {"max_age": "60"}, "login_required"),
        (session(), NONE, {}, "consent_required"),
        (session(email_confirmed=False), ALL, {}, "interaction_required"),
    ],
)
def test_prompt_none_shows_nothing_and_names_what_it_would_show(
    who: SessionFacts | None, allowed: frozenset[str], change: dict[str, str], code: str
) -> None:
    step = next_step(flow(prompt="none", **change), who, allowed, LATER)
    assert isinstance(step, Refuse)
    assert step.error.code == code


def test_choosing_an_account_silently_is_its_own_error() -> None:
    asked = flow(prompt="none")
    asked = asked._replace(request=asked.request._replace(prompt=frozenset({"none", "select_account"})))
    step = next_step(asked, session(), ALL, LATER)
    assert isinstance(step, Refuse)
    assert step.error.code == "account_selection_required"


def test_the_person_of_the_hint_is_expected() -> None:
    asked = flow()
    asked = asked._replace(request=asked.request._replace(subject="2"))
    assert next_step(asked, session(), ALL, LATER) == Login(fresh=True)
    step = next_step(asked, session(LATER), ALL, LATER)
    assert isinstance(step, Refuse)
    assert step.error.code == "login_required"
    assert next_step(asked, session(user_id="2"), ALL, LATER) == SendAnswer()


def test_a_pairwise_name_is_compared_where_the_client_has_one() -> None:
    asked = flow()
    asked = asked._replace(request=asked.request._replace(subject="pair"))
    assert next_step(asked, session(subject="pair"), ALL, LATER) == SendAnswer()
    assert next_step(asked, session(), ALL, LATER) == Login(fresh=True)


def test_t106_a_sign_in_too_weak_is_asked_for_again_once() -> None:
    asked = flow()
    asked = asked._replace(request=asked.request._replace(essential_acr=("2",)))
    assert next_step(asked, session(amr=("pwd", "otp", "mfa")), ALL, LATER) == SendAnswer()
    assert next_step(asked, session(LATER, amr=("swk", "user", "mfa")), ALL, LATER) == SendAnswer()
    assert next_step(asked, session(amr=("pwd",)), ALL, LATER) == Login(fresh=True)
    step = next_step(asked, session(LATER, amr=("pwd",)), ALL, LATER)
    assert isinstance(step, Refuse)
    assert step.error.code == "unmet_authentication_requirements"


def test_a_wished_for_level_is_asked_of_somebody_who_can_reach_it_and_never_twice() -> None:
    asked = flow(acr_values="gold 2")
    weak, strong = session(reachable=("1", "2")), session(amr=("pwd", "otp", "mfa"))
    assert next_step(asked, weak, ALL, LATER) == Login(fresh=True)
    assert next_step(asked, strong, ALL, LATER) == SendAnswer()
    assert next_step(asked, session(reachable=("1",)), ALL, LATER) == SendAnswer(), "only a wish"
    assert next_step(asked, session(LATER, reachable=("1", "2")), ALL, LATER) == SendAnswer(), "asked once"
    assert next_step(flow(acr_values="2", prompt="none"), weak, ALL, LATER) == SendAnswer()


def test_claims_asked_for_by_name_are_consented_to() -> None:
    asked = flow(scope="openid", claims='{"userinfo":{"name":null}}')
    assert next_step(asked, session(), frozenset({"openid"}), LATER) == AskConsent(
        frozenset({"openid", "profile"}), frozenset({"openid"})
    )


def test_an_account_chosen_is_not_asked_for_again() -> None:
    assert next_step(flow(prompt="select_account")._replace(chosen=True), session(), ALL, LATER) == SendAnswer()


def test_a_consent_given_in_this_flow_is_not_asked_for_again() -> None:
    assert next_step(flow(prompt="consent")._replace(consented=True), session(), NONE, LATER) == SendAnswer()


def test_a_first_party_client_asks_for_no_consent() -> None:
    asked = Flow.begin(judged(), client_with(C1, first_party=True), NOW)
    assert next_step(asked, session(), NONE, LATER) == SendAnswer()


def test_prompt_consent_asks_for_a_first_party_client_too() -> None:
    asked = Flow.begin(judged(prompt="consent"), client_with(C1, first_party=True), NOW)
    assert next_step(asked, session(), NONE, LATER) == AskConsent(ALL)
    assert next_step(asked._replace(consented=True), session(), NONE, LATER) == SendAnswer()


def test_a_redirect_that_any_program_could_claim_asks_each_time() -> None:
    asked = Flow.begin(judged(N1, redirect_uri="http://127.0.0.1:9/cb"), N1, NOW)
    assert next_step(asked, session(), ALL, LATER) == AskConsent(ALL, ALL)
    silent = Flow.begin(judged(N1, redirect_uri="http://127.0.0.1:9/cb", prompt="none"), N1, NOW)
    refused = next_step(silent, session(), ALL, LATER)
    assert isinstance(refused, Refuse)
    assert isinstance(refused.error, ConsentRequired)
    assert Flow.begin(judged(P1), P1, NOW).asks == "once"


def test_a_first_party_app_that_any_program_could_be_asks_each_time_too() -> None:
    ours = replace(N1, first_party=True)
    asked = Flow.begin(judged(ours, redirect_uri="http://127.0.0.1:9/cb"), ours, NOW)
    assert next_step(asked, session(), ALL, LATER) == AskConsent(ALL, ALL)
    assert Flow.begin(judged(P1), replace(P1, first_party=True), NOW).asks == "never"


def test_a_flow_is_read_back_as_it_was_kept() -> None:
    for one in (flow(), flow(prompt="login consent", max_age="5")._replace(consented=True, chosen=True)):
        assert Flow.from_json(json.loads(json.dumps(one.to_json()))) == one


def test_every_flow_ends() -> None:
    """Do what each step asks, from every start: after four steps there is an answer or a refusal."""
    prompts = ["", "none", "login", "consent", "select_account", "create", "login consent select_account create"]
    starts = [None, session(), session(email_confirmed=False), session(LATER), session(LATER, email_confirmed=False)]
    for prompt, age, start, allowed, subject, asks_consent in product(
        prompts,
        [None, "0", "60", "99999"],
        starts,
        [NONE, frozenset({"openid"}), ALL],
        [None, "1", "2"],
        ["once", "always", "never"],
    ):
        request = judged(prompt=prompt or None, max_age=age)._replace(subject=subject)
        end = follow(Flow(request, NOW, asks_consent), start, allowed)  # type: ignore[arg-type]  (values of any type)
        assert isinstance(end, SendAnswer | Refuse), (prompt, age, start, allowed, subject, asks_consent)


def follow(asked: Flow, who: SessionFacts | None, allowed: frozenset[str]) -> Step:
    now = LATER
    step: Step = Login()
    for _ in range(5):
        now += timedelta(seconds=20)
        step = next_step(asked, who, allowed, now)
        match step:
            case Login(choose=True):
                asked = asked._replace(chosen=True)
            case Login():
                who = (who or session(email_confirmed=False))._replace(authenticated_at=now)
            case ConfirmEmail():
                assert who is not None
                who = who._replace(email_confirmed=True)
            case AskConsent(scopes=scopes):
                asked, allowed = asked._replace(consented=True), allowed | scopes
            case _:
                return step
    return step


def test_asks_builds_what_the_tables_need() -> None:
    assert asks().get("client_id") == C1.id
