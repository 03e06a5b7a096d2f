"""The cases that the conformance suite tries of RP-initiated logout, by their names, and some more (T117)."""

from typing import Any

import pytest

from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.strict_json import dump
from tests.support.in_process.door import person
from tests.support.in_process.oauth_apps import App, House, answered
from tests.web.authorization.test_end_session import BYE, confirm, is_in, leave

LEAVES, ASKS, PAGE = "leaves", "asks", "page"
UNSIGNED = jws.encode(b'{"alg":"none"}')


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on SQLite alone: what is tried here is decided before any database is asked."""
    return sqlite_url


def hint_with(hint: str, how: str) -> str:
    head, body, mark = hint.split(".")
    match how:
        case "bad":
            return "not.a.hint"
        case "modified":
            other = dump({**jws.load(jws.decode(body).decode()), "sub": "1"})
            return f"{head}.{jws.encode(other)}.{mark}"
        case "unsigned":
            return f"{UNSIGNED}.{body}."
        case _:
            return hint


CASES: dict[str, tuple[dict[str, str], str]] = {
    "rp-initiated-logout": ({"hint": "good", "to": BYE, "state": "st"}, LEAVES),
    "no-state": ({"hint": "good", "to": BYE}, LEAVES),
    "no-post-logout-redirect-uri": ({"hint": "good", "state": "st"}, LEAVES),
    "no-id-token-hint": ({"to": BYE, "state": "st"}, PAGE),
    "no-params": ({}, ASKS),
    "only-state": ({"state": "st"}, ASKS),
    "bad-id-token-hint": ({"hint": "bad", "to": BYE}, PAGE),
    "modified-id-token-hint": ({"hint": "modified", "to": BYE}, PAGE),
    "unsigned-id-token-hint": ({"hint": "unsigned", "to": BYE}, PAGE),
    "bad-post-logout-redirect-uri": ({"hint": "good", "to": "https://evil.example/"}, PAGE),
    "query-added-to-post-logout-redirect-uri": ({"hint": "good", "to": f"{BYE}?x=1"}, PAGE),
    # The suite stops here. A link of another site, and another person's hint:
    "cross-site, with an address of an app alone": ({"to": BYE, "client": "this"}, ASKS),
    "cross-site, with an address of nobody": ({"to": "https://evil.example/"}, PAGE),
    "a hint of another person": ({"hint": "another", "to": BYE}, ASKS),
}


@pytest.mark.parametrize("case", CASES)
def test_t117_the_cases_of_the_suite_and_some_more(house: House, case: str) -> None:
    app = house.app("Leaver", require_pkce=False, post_logout_redirect_uris=(BYE,))
    asked, outcome = CASES[case]
    query = _query(house, app, asked)
    answer = leave(house, **query)
    if outcome == LEAVES:
        state = f"?state={asked['state']}" if "state" in asked else ""
        expected = f"{BYE}{state}" if "to" in asked else "/login?notice=signed_out"
        assert (answer.status_code, answer.headers["location"]) == (303, expected)
        assert not is_in(house, house.ada)
        assert answered(house.authorize(app, prompt="none"))["error"] == "login_required"
        return
    assert (answer.status_code, "location" in answer.headers) == (400 if outcome == PAGE else 200, False)
    assert is_in(house, house.ada)
    assert "evil.example" not in answer.text
    if outcome == ASKS:
        assert confirm(house, answer).status_code == 303
        assert not is_in(house, house.ada)


def _query(house: House, app: App, asked: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    if "hint" in asked:
        who = person(house.runner, "bob") if asked["hint"] == "another" else house.ada
        found["id_token_hint"] = hint_with(house.tokens(app, who)["id_token"], asked["hint"])
    if "to" in asked:
        found["post_logout_redirect_uri"] = asked["to"]
    if "state" in asked:
        found["state"] = asked["state"]
    if "client" in asked:
        found["client_id"] = app.id
    return found
