"""Pushed authorization requests (RFC 9126): kept for the app that pushed them, and good for one authorization."""

from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.policy import budgets
from oauth2system.services.admin import people
from oauth2system.services.server import jobs
from tests.support.in_process.door import person
from tests.support.in_process.oauth_apps import CB, OPERATOR, VERIFIER, App, Clock, House, answered, challenge

ASKED = {
    "response_type": "code",
    "redirect_uri": CB,
    "scope": "openid email",
    "state": "st",
    "code_challenge": challenge(VERIFIER),
    "code_challenge_method": "S256",
}


def push(house: House, app: App, **changes: str | None) -> httpx.Response:
    return house.call("/oauth2/par", app, None, {**ASKED, **changes})


def pushed(house: House, app: App, **changes: str | None) -> str:
    answer = push(house, app, **changes)
    assert answer.status_code == 201, answer.text
    return answer.json()["request_uri"]


def visit(house: House, app: App, uri: str, cookie: str | None = None, **more: str) -> httpx.Response:
    query = urlencode({"client_id": app.id, "request_uri": uri, **more})
    return house.door.get(f"/oauth2/authorize?{query}", cookie=cookie or house.ada.cookie)


def test_a_pushed_request_brings_a_code_that_can_be_redeemed(house: House, c1: App) -> None:
    answer = push(house, c1)
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 90
    assert answer.headers["cache-control"] == "no-store"
    back = answered(visit(house, c1, answer.json()["request_uri"]))
    assert (back["state"], back["iss"]) == ("st", house.base)
    assert house.redeem(c1, back["code"]).status_code == 200


def test_what_stands_beside_a_reference_is_ignored(house: House, c1: App) -> None:
    back = visit(house, c1, pushed(house, c1), redirect_uri="https://evil.example/", state="other", scope="x")
    assert back.headers["location"].startswith(CB)
    assert answered(back)["state"] == "st"


def test_t067_a_reference_of_another_app_an_old_one_and_a_guessed_one_end_on_a_page(
    house: House, c1: App, c2: App, clock: Clock
) -> None:
    uri = pushed(house, c1)
    for app, used in ((c2, uri), (c1, uri[:-1] + ("A" if uri[-1] != "A" else "B")), (c1, uri[:60])):
        answer = visit(house, app, used)
        assert (answer.status_code, "location" in answer.headers) == (400, False)
    clock.pass_by(seconds=91)
    assert visit(house, c1, uri).status_code == 400


def test_t067_what_cannot_be_pushed(house: House, c1: App) -> None:
    assert push(house, c1, request_uri="urn:x").json()["error"] == "invalid_request"
    assert house.door.get("/oauth2/par").status_code == 405
    assert push(house, c1, state="x" * 200_000).status_code == 413
    assert push(house, c1, client_id="1").json()["error"] in {"invalid_request", "invalid_client"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
def test_t013_a_pushed_request_is_judged_in_full_and_the_app_is_told(
    house: House, c1: App, changes: dict[str, str | None], code: str
) -> None:
    answer = push(house, c1, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_an_app_that_does_not_authenticate_pushes_nothing(house: House, c1: App) -> None:
    answer = push(house, App(c1.id, "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_t068_two_visits_before_the_first_answer_and_none_after(house: House, c1: App) -> None:
    uri = pushed(house, c1)
    assert visit(house, c1, uri, cookie="x=y").headers["location"].startswith("/login")
    assert visit(house, c1, uri, cookie="x=y").headers["location"].startswith("/login")
    assert "code" in answered(visit(house, c1, uri))
    assert visit(house, c1, uri).status_code == 400


def test_t068_the_silent_path_uses_a_reference_up_too(house: House, c1: App) -> None:
    uri = pushed(house, c1, prompt="none")
    assert "code" in answered(visit(house, c1, uri))
    assert visit(house, c1, uri).status_code == 400
    refused = pushed(house, c1, prompt="none")
    assert answered(visit(house, c1, refused, cookie="x=y"))["error"] == "login_required"
    assert visit(house, c1, refused).status_code == 400


def flow_of(answer: httpx.Response) -> str:
    return answered(answer)["flow"]


def browser_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_t068_a_denial_uses_a_reference_up(house: House) -> None:
    app = house.app("Asks", first_party=False, require_pkce=False)
    uri = pushed(house, app)
    asked = visit(house, app, uri)
    form = {"flow": flow_of(asked), "decision": "cancel", "account": house.ada.id}
    denied = house.door.post("/consent", cookie=f"{house.ada.cookie}; {browser_of(asked)}", data=form)
    assert answered(denied)["error"] == "access_denied"
    assert visit(house, app, uri).status_code == 400


def test_who_takes_minutes_to_agree_is_not_too_late(house: House, clock: Clock) -> None:
    app = house.app("Slow", first_party=False, require_pkce=False)
    asked = visit(house, app, pushed(house, app))
    clock.pass_by(minutes=10)
    cookie = f"{house.ada.cookie}; {browser_of(asked)}"
    form = {"flow": flow_of(asked), "decision": "authorize", "account": house.ada.id}
    on = house.door.post("/consent", cookie=cookie, data=form).headers["location"]
    assert "code" in answered(house.door.get(on, cookie=cookie))


def test_of_two_flows_with_one_reference_the_second_ends_on_a_page(house: House) -> None:
    app = house.app("Twice", first_party=False, require_pkce=False)
    uri = pushed(house, app)
    ends: list[httpx.Response] = []
    for asked in [visit(house, app, uri) for _ in range(2)]:
        cookie = f"{house.ada.cookie}; {browser_of(asked)}"
        form = {"flow": flow_of(asked), "decision": "authorize", "account": house.ada.id}
        on = house.door.post("/consent", cookie=cookie, data=form).headers["location"]
        ends.append(house.door.get(on, cookie=cookie))
    assert "code" in answered(ends[0])
    assert ends[1].headers["location"].startswith("/login?flow=")


def test_an_app_may_demand_that_all_its_requests_are_pushed(house: House) -> None:
    app = house.app("Strict", require_pushed_authorization_requests=True, require_pkce=False)
    assert answered(house.authorize(app))["error"] == "invalid_request"
    assert "code" in answered(visit(house, app, pushed(house, app)))


def test_t078_pushing_as_a_public_app_is_bounded_by_address(
    house: House, p1: App, c1: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "FLOWS", replace(budgets.FLOWS, times=3))
    answers = [push(house, p1) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert push(house, c1).status_code == 201


def test_t078_an_app_that_authenticates_keeps_a_bounded_number_of_requests(
    house: House, c1: App, c2: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "KEPT_FOR_APP", replace(budgets.KEPT_FOR_APP, times=3))
    monkeypatch.setattr(budgets, "KEPT_FOR_OWNER", replace(budgets.KEPT_FOR_OWNER, times=5))
    assert [push(house, c1).status_code for _ in range(4)] == [201, 201, 201, 429]
    assert [push(house, c2).status_code for _ in range(3)] == [201, 201, 429], "both belong to one owner"


def test_t078_what_a_pushed_request_carries_goes_within_minutes_and_its_flow_goes_on(
    house: House, c1: App, clock: Clock
) -> None:
    uri = pushed(house, c1)
    begun = visit(house, c1, uri, cookie="x=y")
    clock.pass_by(minutes=10)
    house.runner.now(OPERATOR, lambda ctx: [kind.batch(ctx, 500) for kind in jobs.PURGES])
    kept = house.runner.now(OPERATOR, lambda ctx: ctx.db.all("SELECT data FROM ephemeral WHERE kind = 'op'"))
    assert kept == [("null",)]
    cookie = f"{house.ada.cookie}; {browser_of(begun)}"
    back = house.door.get(f"/oauth2/authorize?flow={flow_of(begun)}", cookie=cookie)
    assert "code" in answered(back)


@pytest.mark.parametrize(("name", "most"), [("login_hint", 254), ("acr_values", 1000), ("nonce", 1024)])
def test_t078_no_member_of_a_request_is_kept_at_any_length(house: House, c1: App, name: str, most: int) -> None:
    assert push(house, c1, **{name: "x" * most}).status_code == 201
    for refused in (push(house, c1, **{name: "x" * (most + 1)}), push(house, c1, **{name: "x" * 30_000})):
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
        assert str(most) in refused.json()["error_description"]


def test_t050_a_person_shut_out_meanwhile_gets_nowhere_with_a_reference(house: House, c1: App) -> None:
    bob = person(house.runner, "bob")
    uri = pushed(house, c1)
    house.runner.now(OPERATOR, people.disable, "bob")
    assert visit(house, c1, uri, cookie=bob.cookie).headers["location"].startswith("/login")
