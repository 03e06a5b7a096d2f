"""What the playground has is of use nowhere else, and to nobody else (decision 0039, T118, T120)."""

import asyncio
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from oauth2system.errors import NotFound
from oauth2system.policy import quotas
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import Caller
from oauth2system.services.clients.playground import PATH
from oauth2system.services.insight.playground import playground, signing, wire
from oauth2system.services.insight.playground.runs import Run, Runs, Sender
from oauth2system.services.insight.playground.wire import WireRequest
from oauth2system.services.sessions import browser_sessions
from tests.support.in_process.door import BASE, begin_session, person, signed_in
from tests.support.in_process.oauth_apps import CB, Clock, basic
from tests.support.playgrounds import Owner

CALLBACK = f"{BASE}{PATH}"


def ask_to_authorize(owner: Owner, cookie: str | None, **changes: str) -> Any:
    """Ask from outside for an answer at the callback, as a browser does."""
    request = {"response_type": "code", "client_id": owner.app.id, "redirect_uri": CALLBACK, "scope": "openid"}
    request |= {"code_challenge": "a" * 43, "code_challenge_method": "S256", **changes}
    return owner.house.door.get(f"/oauth2/authorize?{urlencode(request)}", cookie=cookie)


def list_secrets(run: Run) -> list[str]:
    """Return everything that a run must keep to itself."""
    facts = run.facts
    found = (facts.code, facts.used_code, facts.value, facts.used_value, facts.access_token, facts.refresh_token)
    more = (facts.id_token, facts.device_code, facts.verifier, facts.waits, run.secret, *run.cookies.values())
    return [one for one in (*found, *more) if one]


def test_t120_the_callback_is_no_redirect_uri_from_outside(owner: Owner) -> None:
    bob = person(owner.house.runner, "bob")
    for cookie in (owner.who.cookie, bob.cookie, None):
        refused = ask_to_authorize(owner, cookie)
        assert refused.status_code == 400
        assert "location" not in refused.headers


def test_t120_headers_and_parameters_cannot_forge_the_mark(owner: Owner) -> None:
    forged = {"oauth2system.inside": "1", "inside": owner.app.id, "x-oauth2system-inside": owner.app.id}
    assert ask_to_authorize(owner, owner.who.cookie, **forged).status_code == 400
    request = {"response_type": "code", "client_id": owner.app.id, "redirect_uri": CALLBACK, "scope": "openid"}
    path = f"/oauth2/authorize?{urlencode(request)}"
    assert owner.house.door.get(path, cookie=owner.who.cookie, headers=forged).status_code == 400


def test_a_code_of_the_callback_is_worth_nothing_outside_even_with_the_right_secret(owner: Owner) -> None:
    owner.start("code").act("begin", "approve")
    form = {"grant_type": "authorization_code", "code": owner.run.facts.code, "redirect_uri": CALLBACK}
    form["code_verifier"] = owner.run.facts.verifier
    headers = basic(owner.app.id, owner.app.secret or "")
    stolen = owner.house.door.ask("POST", "/oauth2/token", data=form, headers=headers)
    assert stolen.status_code == 400
    assert stolen.json()["error"] == "invalid_grant"
    assert owner.act("redeem").status == 200, "the playground itself can still use it"


def test_an_app_that_registers_the_callback_gains_nothing(owner: Owner) -> None:
    """Its codes go to an address that no server of its own answers, and it cannot redeem them."""
    evil = owner.house.app("Evil", redirect_uris=(CALLBACK,), require_pkce=False)
    request = {"response_type": "code", "client_id": evil.id, "redirect_uri": CALLBACK, "scope": "openid"}
    sent = owner.house.door.get(f"/oauth2/authorize?{urlencode(request)}", cookie=owner.who.cookie)
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    headers = basic(evil.id, evil.secret or "")
    refused = owner.house.door.ask("POST", "/oauth2/token", data=form, headers=headers)
    assert refused.json()["error"] == "invalid_grant"


def test_the_secret_of_a_run_is_no_secret_outside(owner: Owner) -> None:
    owner.start("client_credentials").act("client")
    form = {"grant_type": "client_credentials"}
    headers = basic(owner.app.id, owner.run.secret)
    assert owner.house.door.ask("POST", "/oauth2/token", data=form, headers=headers).status_code == 401


def test_a_waiting_request_of_the_playground_cannot_be_continued_in_a_browser(owner: Owner) -> None:
    owner.start("code").act("begin")
    run = owner.run
    cookies = "; ".join([owner.who.cookie, *(f"{name}={value}" for name, value in run.cookies.items())])
    answer = owner.house.door.get(f"/oauth2/authorize?flow={run.facts.waits}", cookie=cookies)
    assert PATH not in answer.headers.get("location", "")


def test_t120_another_person_has_no_part_in_a_run(owner: Owner) -> None:
    owner.start("code").act("begin")
    bob = person(owner.house.runner, "bob")
    call = Call(owner.house.runner, Caller(handle=bob.handle))
    assert owner.view is not None
    with pytest.raises(NotFound):
        asyncio.run(playground.act(call, owner.app.id, owner.view.id, "approve"))
    with pytest.raises(NotFound):
        call.now(playground.start, owner.app.id, "code", "")
    with pytest.raises(NotFound):
        call.now(playground.view, owner.app.id)


def test_t120_a_run_belongs_to_one_app_and_one_session(owner: Owner) -> None:
    owner.start("code").act("begin")
    other = owner.house.app("Other")
    assert owner.view is not None
    with pytest.raises(NotFound):
        asyncio.run(playground.act(owner.call, other.id, owner.view.id, "approve"))
    value = owner.house.runner.now(Caller(), begin_session, owner.who.id)
    again = Owner(owner.house, owner.app, signed_in(owner.house.runner, owner.who.id, "ada", value), owner.view)
    with pytest.raises(NotFound):
        again.act("approve")


def test_a_run_ends_with_the_session_of_its_owner(owner: Owner) -> None:
    owner.start("code").act("begin")
    owner.do(browser_sessions.end_session, owner.who.handle)
    with pytest.raises(NotFound):
        owner.act("approve")


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("code", ("begin", "approve", "redeem", "user", "introspect", "refresh", "replay")),
        ("code", ("begin", "approve", "wrong_secret", "wrong_verifier")),
        ("simple", ("begin", "approve", "fetch", "fetch_again")),
        ("device", ("device", "poll", "allow")),
        ("client_credentials", ("client",)),
    ],
)
def test_t072_no_secret_is_in_what_the_page_gets(owner: Owner, kind: str, steps: tuple[str, ...]) -> None:
    owner.start(kind)
    known: set[str] = set()
    for step in steps:
        owner.act(step)
        known |= set(list_secrets(owner.run))
    assert known
    assert [one for one in known if one in repr(owner.view)] == []


def test_runs_are_bounded_and_forgotten(owner: Owner, clock: Clock) -> None:
    for _ in range(quotas.PLAYGROUND_RUNS_OF_A_PERSON + 3):
        owner.start("code")
    kept = owner.house.runner.server.of(Runs)
    assert len(kept) == quotas.PLAYGROUND_RUNS_OF_A_PERSON
    clock.pass_by(minutes=16)
    with pytest.raises(NotFound):
        owner.act("begin")
    assert kept.shed(clock.now) == quotas.PLAYGROUND_RUNS_OF_A_PERSON
    assert len(kept) == 0


def test_t120_the_mark_of_one_app_opens_nothing_of_another(owner: Owner) -> None:
    other = owner.house.app("Other", first_party=False)
    run = owner.start("code").run
    query = {"response_type": "code", "client_id": other.id, "redirect_uri": CALLBACK, "scope": "openid"}
    asked = wire.send(owner.call, run.make_mark(Sender.BROWSER), WireRequest("GET", "/oauth2/authorize", query))
    assert asyncio.run(asked).status == 400
    form, headers = {"grant_type": "client_credentials"}, {"authorization": wire.basic(other.id, run.secret)}
    sent = WireRequest("POST", "/oauth2/token", form=form, headers=headers)
    assert asyncio.run(wire.send(owner.call, run.make_mark(Sender.SITE), sent)).status == 401


def test_t120_a_test_person_is_nobody_at_another_app(owner: Owner) -> None:
    test_person = owner.add("longname")
    other = owner.house.app("Other")  # asks nobody: a signed-in person would get a code at once
    run = owner.start("code", test_person.id).run
    query = {"response_type": "code", "client_id": other.id, "redirect_uri": CB, "scope": "openid"}
    asked = wire.send(owner.call, run.make_mark(Sender.BROWSER), WireRequest("GET", "/oauth2/authorize", query))
    assert "code=" not in asyncio.run(asked).header("location")
    with pytest.raises(NotFound):
        owner.do(playground.start, other.id, "code", test_person.id)


SIGNED = {"token_endpoint_auth_method": "private_key_jwt", "jwks": '{"keys": []}', "first_party": False}
SHARED = {"token_endpoint_auth_method": "client_secret_jwt", "first_party": False}


@pytest.mark.parametrize("kind", [SIGNED, SHARED])
def test_t120_what_a_run_signs_is_accepted_only_inside_and_for_its_own_app(owner: Owner, kind: dict[str, Any]) -> None:
    app, other = owner.house.app("Signs", **kind), owner.house.app("Signs too", **kind)
    mine = Owner(owner.house, app, owner.who).start("client_credentials")
    mine.act("client")
    run = mine.run
    form = {"grant_type": "client_credentials", **signing.assert_client(mine.call, run, run.secret, None)}
    assert owner.house.door.ask("POST", "/oauth2/token", data=form).status_code == 401
    sent = WireRequest("POST", "/oauth2/token", form=form)
    mark = run.make_mark(Sender.SITE)
    assert asyncio.run(wire.send(mine.call, mark, sent)).status == 200
    run.client = replace(run.client, id=other.id)
    form |= signing.assert_client(mine.call, run, run.secret, None)
    sent = WireRequest("POST", "/oauth2/token", form=form)
    assert asyncio.run(wire.send(mine.call, mark, sent)).status == 401


def test_t120_a_request_that_a_run_signed_is_refused_from_outside(owner: Owner) -> None:
    app = owner.house.app("Signs", **SIGNED, require_signed_request_object=True)
    mine = Owner(owner.house, app, owner.who).start("code")
    mine.act("begin")
    asked = {"response_type": "code", "client_id": app.id, "redirect_uri": CB, "scope": "openid"}
    signed = signing.sign_request(mine.call, mine.run, {**asked, "code_challenge": "a" * 43})
    answer = owner.house.door.get(f"/oauth2/authorize?{urlencode({**asked, **signed})}", cookie=owner.who.cookie)
    assert "error=invalid_request_object" in answer.headers.get("location", "") or answer.status_code == 400


def test_t072_neither_keys_nor_proofs_of_a_run_are_in_what_the_page_gets(owner: Owner) -> None:
    app = owner.house.app("FAPI", **SIGNED, profile="fapi2", require_signed_request_object=True)
    mine = Owner(owner.house, app, owner.who).start("code")
    mine.act("begin", "approve", "redeem", "user", "refresh")
    assert all(one not in repr(mine.view) for one in list_secrets(mine.run))
    # A JWT is a header, claims and a signature, each of them longer than what is shown of it.
    assert re.findall(r"eyJ[\w-]{8,}\.", repr([one.request for one in mine.run.exchanges])) == []
    assert "PrivateKey" not in repr(mine.run)


def test_t120_the_question_of_a_run_is_for_its_owner_and_cannot_be_answered(owner: Owner) -> None:
    """The page shows what the person would read, and not the handle with which they would answer."""
    owner.start("code").act("begin")
    run = owner.run
    bob = person(owner.house.runner, "bob")
    with pytest.raises(NotFound):
        Call(owner.house.runner, Caller(handle=bob.handle)).now(playground.see_question, owner.app.id, run.id)
    assert run.facts.waits not in repr(owner.do(playground.see_question, owner.app.id, run.id))


def test_t120_a_run_acts_as_nobody_but_its_owner_and_a_test_person_of_its_app(owner: Owner) -> None:
    bob = person(owner.house.runner, "bob")
    owner.start("code").run.person_id = bob.id
    assert "location: /login" in owner.act("begin").answer.lower()


def test_t120_the_mark_of_a_run_has_nobody_after_its_owner_signed_out(owner: Owner) -> None:
    mark = owner.start("code").run.make_mark(Sender.BROWSER)
    owner.do(browser_sessions.end_session, owner.who.handle)
    query = {"response_type": "code", "client_id": owner.app.id, "redirect_uri": CALLBACK, "scope": "openid"}
    query |= {"code_challenge": "a" * 43, "code_challenge_method": "S256"}
    answer = asyncio.run(wire.send(owner.call, mark, WireRequest("GET", "/oauth2/authorize", query)))
    assert answer.header("location").startswith("/login")


def test_t120_with_the_mark_of_one_app_another_has_neither_the_callback_nor_a_person(owner: Owner) -> None:
    other = owner.house.app("Other")  # asks nobody: a signed-in person would get a code at once
    run = owner.start("code").run
    asked = {"response_type": "code", "redirect_uri": CB, "scope": "openid", "client_id": other.id}
    asked |= {"code_challenge": "a" * 43, "code_challenge_method": "S256"}
    sent = WireRequest("GET", "/oauth2/authorize", asked)
    assert "code=" not in asyncio.run(wire.send(owner.call, run.make_mark(Sender.BROWSER), sent)).header("location")
    headers = {"authorization": wire.basic(other.id, other.secret or "")}
    pushed = WireRequest("POST", "/oauth2/par", form={**asked, "redirect_uri": CALLBACK}, headers=headers)
    assert asyncio.run(wire.send(owner.call, run.make_mark(Sender.SITE), pushed)).status == 400
