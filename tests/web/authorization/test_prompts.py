"""prompt, max_age and id_token_hint, end to end (OIDC Core §3.1.2.1)."""

import json

import httpx
import pytest

from oauth2system.runtime.caller import Caller
from tests.support.in_process.door import Person, begin_session, person, signed_in
from tests.support.in_process.oauth_apps import CB, App, Clock, House, answered


def again(house: House, who: Person) -> Person:
    """Sign in anew, as the login form does."""
    value = house.runner.now(Caller(), begin_session, who.id)
    return signed_in(house.runner, who.id, who.username, value)


def resume(house: House, asked: httpx.Response, who: Person, more: str = "") -> httpx.Response:
    browser = asked.headers["set-cookie"].partition(";")[0]
    flow = answered(asked)["flow"]
    return house.door.get(f"/oauth2/authorize?flow={flow}{more}", cookie=f"{who.cookie}; {browser}")


def where(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("?")[0]


def test_select_account_is_over_once_the_person_goes_on_with_an_account(house: House, c1: App, clock: Clock) -> None:
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, prompt="select_account")
    assert where(asked) == "/login"
    assert where(resume(house, asked, house.ada)) == "/login"
    assert "code" in answered(resume(house, asked, house.ada, "&chosen=1"))


def test_going_on_with_an_account_is_no_fresh_sign_in(house: House, c1: App, clock: Clock) -> None:
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, prompt="login")
    assert where(asked) == "/login"
    assert where(resume(house, asked, house.ada, "&chosen=1")) == "/login"
    clock.pass_by(seconds=5)
    assert "code" in answered(resume(house, asked, again(house, house.ada)))


def test_create_leads_to_registration_and_a_sign_in_made_there_ends_it(house: House, c1: App, clock: Clock) -> None:
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, prompt="create")
    assert where(asked) == "/registration"
    clock.pass_by(seconds=5)
    assert "code" in answered(resume(house, asked, person(house.runner, "bob")))


def test_a_first_party_app_that_wants_consent_asks_for_it(house: House, c1: App, clock: Clock) -> None:
    assert "code" in answered(house.authorize(c1))
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, prompt="consent")
    assert where(asked) == "/consent"
    cookie = f"{house.ada.cookie}; {asked.headers['set-cookie'].partition(';')[0]}"
    form = {"flow": answered(asked)["flow"], "account": house.ada.id, "decision": "authorize"}
    agreed = house.door.post("/consent", cookie=cookie, data=form)
    assert "code" in answered(house.door.get(agreed.headers["location"], cookie=cookie))


@pytest.mark.parametrize(("seconds", "asks"), [(1, True), (0, True), (10_000, False)])
def test_max_age_asks_again_when_the_sign_in_is_older(
    house: House, c1: App, clock: Clock, seconds: int, asks: bool
) -> None:
    clock.pass_by(seconds=3)
    assert (where(house.authorize(c1, max_age=str(seconds))) == "/login") is asks


def test_silence_succeeds_for_whom_the_hint_names_and_for_nobody_else(house: House, c1: App, clock: Clock) -> None:
    hint = house.tokens(c1)["id_token"]
    clock.pass_by(days=2)  # long expired, still ours
    ada = again(house, house.ada)
    assert "code" in answered(house.authorize(c1, ada, prompt="none", id_token_hint=hint))
    bob = person(house.runner, "bob")
    clock.pass_by(seconds=5)
    assert answered(house.authorize(c1, bob, prompt="none", id_token_hint=hint))["error"] == "login_required"
    assert where(house.authorize(c1, bob, id_token_hint=hint)) == "/login"


def test_t053_a_hint_that_is_not_ours_or_another_apps_is_refused(house: House, c1: App, c2: App) -> None:
    hint = house.tokens(c1)["id_token"]
    head, body, mark = hint.split(".")
    for bad in (hint[:-6] + "AAAAAA", f"eyJhbGciOiJub25lIn0.{body}.", f"{head}.{body[:-2]}.{mark}", "x"):
        assert answered(house.authorize(c1, id_token_hint=bad))["error"] == "invalid_request"
    assert answered(house.authorize(c2, id_token_hint=hint))["error"] == "invalid_request"


def test_a_pairwise_app_hints_with_its_own_name_of_a_person(house: House) -> None:
    app = house.app("Pairwise", subject_type="pairwise", require_pkce=False)
    brought = house.tokens(app)
    told = house.userinfo(brought["access_token"]).json()
    assert told["sub"] != house.ada.id
    assert "code" in answered(house.authorize(app, prompt="none", id_token_hint=brought["id_token"]))
    other = house.app(
        "Elsewhere", subject_type="pairwise", require_pkce=False, redirect_uris=(CB, "https://b.example/")
    )
    assert house.userinfo(house.tokens(other)["access_token"]).json()["sub"] not in {told["sub"], house.ada.id}


def test_a_hint_works_in_a_posted_request(house: House, c1: App) -> None:
    hint = house.tokens(c1)["id_token"]
    fields = {
        "client_id": c1.id, "response_type": "code", "redirect_uri": CB, "scope": "openid", "id_token_hint": hint,
        "prompt": "none",
    }  # fmt: skip
    kept = house.call("/oauth2/authorize", None, None, fields)
    assert kept.status_code == 303
    assert "code" in answered(house.door.get(kept.headers["location"], cookie=house.ada.cookie))


def test_t105_cancelling_a_fresh_sign_in_says_so_and_leaves_the_session_as_it_was(
    house: House, c1: App, clock: Clock
) -> None:
    clock.pass_by(seconds=5)
    asked = house.authorize(c1, prompt="login")
    cookie = f"{house.ada.cookie}; {asked.headers['set-cookie'].partition(';')[0]}"
    page = {"referer": f"{house.base}{asked.headers['location']}"}  # the form itself names no flow: script is off
    answer = house.door.post("/consent", cookie=cookie, headers=page, data={"decision": "cancel"})
    assert answered(answer)["error"] == "access_denied"
    assert "code" in answered(house.authorize(c1))


@pytest.mark.parametrize(("acr", "error"), [("1", None), ("gold", "unmet_authentication_requirements")])
def test_the_acr_that_discovery_lists_is_the_one_people_reach(
    house: House, c1: App, acr: str, error: str | None
) -> None:
    assert house.door.get("/.well-known/openid-configuration").json()["acr_values_supported"] == ["1", "2", "phr"]
    asked = json.dumps({"id_token": {"acr": {"essential": True, "values": [acr]}}})
    assert answered(house.authorize(c1, claims=asked)).get("error") == error
    # OIDC Core §3.1.2.1: acr_values alone is only a wish.
    assert "code" in answered(house.authorize(c1, acr_values=acr))
