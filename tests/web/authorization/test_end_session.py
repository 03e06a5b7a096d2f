"""Signing out for an app (OIDC RP-Initiated, Back-Channel and Front-Channel Logout)."""

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest

from oauth2system.protocol.jose import jws
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from tests.support.in_process.delivery import deliver
from tests.support.in_process.door import Person, begin_session, person, runner_on, signed_in
from tests.support.in_process.oauth_apps import App, Clock, House, answered
from tests.support.servers.recording_server import Sink, sink

BYE = "https://app.example/bye"
UNSIGNED = jws.encode(b'{"alg":"none"}')


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock) -> Generator[Runner]:
    with runner_on(database_url, tmp_path, clock=clock, FETCH_ALLOW="127.0.0.1") as running:
        yield running


@pytest.fixture
def app(house: House) -> App:
    return house.app("Leaver", require_pkce=False, post_logout_redirect_uris=(BYE,))


def leave(house: House, who: Person | None = None, /, **query: str) -> httpx.Response:
    return house.door.get(f"/oauth2/end_session?{urlencode(query)}", cookie=(who or house.ada).cookie)


def is_in(house: House, who: Person) -> bool:
    return house.runner.now(Caller(cookie=who.cookie.partition("=")[2]), lambda ctx: ctx.session is not None)


def confirm(house: House, page: httpx.Response) -> httpx.Response:
    handle = page.text.partition('name="leaving" value="')[2].partition('"')[0]
    return house.door.post("/session/leave", cookie=house.ada.cookie, data={"leaving": handle})


def claims_of(jwt: str) -> dict[str, Any]:
    return json.loads(jws.decode(jwt.split(".")[1]))


def test_a_hint_of_this_very_session_leaves_at_once(house: House, app: App, clock: Clock) -> None:
    hint = house.tokens(app)["id_token"]
    clock.pass_by(days=1)
    answer = leave(house, id_token_hint=hint, post_logout_redirect_uri=BYE, state="st")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BYE}?state=st")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not is_in(house, house.ada)
    assert answered(house.authorize(app, prompt="none"))["error"] == "login_required"


def test_t021_no_sign_out_leads_to_a_site_without_the_state_that_it_sent(house: House, app: App) -> None:
    hint = house.tokens(app)["id_token"]
    answer = leave(house, id_token_hint=hint, post_logout_redirect_uri=BYE, state="x" * 2049)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert is_in(house, house.ada), "the page leads to our own sign-out"


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"post_logout_redirect_uri": BYE, "client_id": "APP"}])
def test_t117_without_a_hint_the_person_is_asked_first(house: House, app: App, query: dict[str, str]) -> None:
    page = leave(house, **{name: app.id if value == "APP" else value for name, value in query.items()})
    assert (page.status_code, "location" in page.headers) == (200, False)
    assert is_in(house, house.ada)
    gone = confirm(house, page)
    assert gone.status_code == 303
    assert gone.headers["location"].startswith(BYE if "client_id" in query else "/login")
    assert not is_in(house, house.ada)


def test_t117_no_address_is_gone_to_that_is_not_registered(house: House, app: App, c2: App) -> None:
    hint = house.tokens(app)["id_token"]
    head, body, _mark = hint.split(".")
    bad: list[dict[str, Any]] = [
        {"post_logout_redirect_uri": BYE},
        {"post_logout_redirect_uri": f"{BYE}?x=1", "id_token_hint": hint},
        {"post_logout_redirect_uri": "https://evil.example/", "id_token_hint": hint},
        {"post_logout_redirect_uri": BYE, "id_token_hint": hint[:-6] + "AAAAAA"},
        {"post_logout_redirect_uri": BYE, "id_token_hint": f"{UNSIGNED}.{body}."},
        {"post_logout_redirect_uri": BYE, "id_token_hint": f"{head}.{body}"},
        {"post_logout_redirect_uri": BYE, "id_token_hint": hint, "client_id": c2.id},
        {"post_logout_redirect_uri": BYE, "client_id": "1"},
        {"post_logout_redirect_uri": BYE, "client_id": c2.id},
    ]
    for query in bad:
        answer = leave(house, **query)
        assert (answer.status_code, "location" in answer.headers) == (400, False), query
        assert is_in(house, house.ada)


def test_t117_a_hint_of_somebody_else_asks(house: House, app: App) -> None:
    bob = person(house.runner, "bob")
    hint = house.tokens(app, bob)["id_token"]
    page = leave(house, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert (page.status_code, is_in(house, house.ada)) == (200, True)
    assert "Sign out" in page.text


def test_t110_the_button_works_from_our_own_page_alone_and_ends_this_session_alone(house: House, app: App) -> None:
    page = leave(house)
    handle = page.text.partition('name="leaving" value="')[2].partition('"')[0]
    body = urlencode({"leaving": handle}).encode()
    foreign = {"origin": "https://evil.example", "content-type": "application/x-www-form-urlencoded"}
    answer = house.door.ask("POST", "/session/leave", cookie=house.ada.cookie, headers=foreign, content=body)
    assert (answer.status_code, is_in(house, house.ada)) == (403, True)
    first, again = confirm(house, page), confirm(house, page)
    assert [first.headers["location"], again.headers["location"]] == ["/login?notice=signed_out"] * 2
    value = house.runner.now(Caller(), begin_session, house.ada.id)
    later = signed_in(house.runner, house.ada.id, house.ada.username, value)
    again = house.door.post("/session/leave", cookie=later.cookie, data={"leaving": handle})
    assert (again.status_code, is_in(house, later)) == (400, True)


def test_a_posted_request_comes_back_for_its_cookies(house: House, app: App) -> None:
    hint = house.tokens(app)["id_token"]
    kept = house.call("/oauth2/end_session", None, None, {"id_token_hint": hint, "post_logout_redirect_uri": BYE})
    assert kept.status_code == 303
    answer = house.door.get(kept.headers["location"], cookie=house.ada.cookie)
    assert answer.headers["location"] == BYE
    assert not is_in(house, house.ada)


def test_t057_what_was_granted_in_the_session_ends_but_for_offline_access(house: House, app: App) -> None:
    bound = house.tokens(app, scope="openid email")
    offline = house.tokens(app)
    leave(house, id_token_hint=bound["id_token"])
    assert not house.works(bound["access_token"])
    assert house.refresh(app, offline["refresh_token"]).status_code == 200


def test_t132_every_app_of_the_session_is_told_and_nobody_waits_for_it(house: House, place: Sink) -> None:
    app = house.app("Told", require_pkce=False, backchannel_logout_uri=f"{place.url}/bye")
    house.app("Not there", require_pkce=False, backchannel_logout_uri=f"{place.url}/never")
    brought = house.tokens(app)
    leave(house, id_token_hint=brought["id_token"])
    assert place.seen == []
    deliver(house.runner)
    (seen,) = place.seen
    assert (seen.method, seen.path) == ("POST", "/bye")
    assert "cookie" not in seen.headers
    token = parse_qs(seen.body)["logout_token"][0]
    told, first = claims_of(token), claims_of(brought["id_token"])
    assert json.loads(jws.decode(token.split(".")[0]))["typ"] == "logout+jwt"
    assert set(told) == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
    assert (told["sub"], told["sid"], told["aud"]) == (house.ada.id, first["sid"], app.id)
    assert told["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert told["exp"] - told["iat"] == 120
    deliver(house.runner)
    assert len(place.seen) == 1


def test_t132_who_does_not_answer_is_told_again_and_who_refuses_is_not(house: House, place: Sink, clock: Clock) -> None:
    app = house.app("Away", require_pkce=False, backchannel_logout_uri=place.url)
    leave(house, id_token_hint=house.tokens(app)["id_token"])
    place.status = 503
    deliver(house.runner)
    clock.pass_by(seconds=30)
    place.status = 400
    deliver(house.runner)
    clock.pass_by(hours=1)
    deliver(house.runner)
    first, second = (claims_of(parse_qs(seen.body)["logout_token"][0]) for seen in place.seen)
    assert first["jti"] != second["jti"]
    assert second["iat"] == first["iat"] + 30


@pytest.mark.parametrize("way", ["button", "everywhere", "replaced"])
def test_every_way_out_is_told(house: House, place: Sink, way: str) -> None:
    app = house.app("Told", require_pkce=False, backchannel_logout_uri=place.url)
    house.tokens(app)
    if way == "replaced":
        bob = person(house.runner, "bob")
        house.runner.now(Caller(cookie=house.ada.cookie.partition("=")[2]), begin_session, bob.id)
    else:
        house.door.post(
            "/session/end", cookie=house.ada.cookie, data={"everywhere": "1"} if way == "everywhere" else {}
        )
    deliver(house.runner)
    assert len(place.seen) == 1


def test_signing_in_again_leaves_the_session_of_the_apps_as_it_was(house: House, place: Sink) -> None:
    app = house.app("Told", require_pkce=False, backchannel_logout_uri=place.url)
    before = claims_of(house.tokens(app)["id_token"])
    value = house.runner.now(Caller(cookie=house.ada.cookie.partition("=")[2]), begin_session, house.ada.id)
    again = signed_in(house.runner, house.ada.id, "ada", value)
    deliver(house.runner)
    assert (place.seen, is_in(house, house.ada)) == ([], False)
    assert claims_of(house.tokens(app, again)["id_token"])["sid"] == before["sid"]


def test_apps_told_by_the_browser_stand_in_frames_of_that_page_alone(house: House) -> None:
    uri = "https://app.example/gone?x=1"
    app = house.app(
        "Framed", require_pkce=False, post_logout_redirect_uris=(BYE,), frontchannel_logout_uri=uri,
        frontchannel_logout_session_required=True,
    )  # fmt: skip
    brought = house.tokens(app)
    page = leave(house, id_token_hint=brought["id_token"], post_logout_redirect_uri=BYE)
    assert page.status_code == 200
    frame = urlencode({"iss": house.base, "sid": claims_of(brought["id_token"])["sid"]})
    assert f'<iframe src="{uri}&amp;{frame.replace("&", "&amp;")}"' in page.text
    assert f'href="{BYE}"' in page.text
    (sandbox,) = re.findall(r'<iframe[^>]* sandbox="([^"]*)"', page.text)
    assert set(sandbox.split()) == {"allow-scripts", "allow-same-origin", "allow-forms"}, "T126: no top navigation"
    policy = page.headers["content-security-policy"]
    assert "frame-src https://app.example;" in policy
    assert "Max-Age=0" in page.headers["set-cookie"]
    assert not is_in(house, house.ada)


def test_who_is_not_signed_in_goes_on_without_a_question(house: House, app: App) -> None:
    nobody = Person("", "", "x=y", "")
    answer = leave(house, nobody, client_id=app.id, post_logout_redirect_uri=BYE)
    assert answer.headers["location"] == BYE
    assert leave(house, nobody).headers["location"].startswith("/login")
