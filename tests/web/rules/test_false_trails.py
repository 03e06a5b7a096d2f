"""The owner's record names the likely cause of a slip, not only its last effect."""

from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.protocol.params import placeholder_in
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, House, answered

SIMPLE = {"scope": "identify email"}
WORDS = [
    "None",
    "null",
    "undefined",
    "nil",
    "{code}",
    "{{ oauth_token }}",
    "<code>",
    "$token",
    "${TOKEN}",
    "%s",
    "VALUE",
]


@pytest.fixture
def app(house: House) -> App:
    return house.app(simple_flow=True, require_pkce=False)


def visit(house: House, app: App, **asked: str) -> httpx.Response:
    query = urlencode({"client_id": app.id, **asked})
    return house.door.get(f"/oauth2/authorize?{query}", cookie=house.ada.cookie)


def read(house: House, app: App) -> list[EventView]:
    house.runner.now(OPERATOR, app_log.write)
    return list(house.runner.now(OPERATOR, app_log.list_views, app.id))


@pytest.mark.parametrize("word", WORDS)
def test_a_site_that_sends_the_word_none_reads_that_the_visitor_may_have_cancelled(
    house: House, app: App, word: str
) -> None:
    sent = {"client_id": app.id, "client_secret": app.secret or "", "oauth_token": word}
    assert house.door.post("/api/user", data=sent).json()["error"] == "invalid_token"
    house.redeem(app, word)
    house.refresh(app, word)
    noted = {one.reason: (str(one.detail), str(one.repair)) for one in read(house, app)}
    reasons = (TokenReason.VALUE_PLACEHOLDER, GrantReason.CODE_PLACEHOLDER, GrantReason.REFRESH_PLACEHOLDER)
    assert noted.keys() == {reason.name for reason in reasons}
    assert all(word in detail for detail, _repair in noted.values())
    assert all("error=access_denied" in noted[reason.name][1] for reason in reasons[:2])


@pytest.mark.parametrize("value", ["", "x", "os_none", "nonesuch", "a{b}", "None " * 40, "nullnull"])
def test_what_is_no_such_word_stays_an_unknown_value(value: str) -> None:
    assert placeholder_in(value) is None


def test_a_visitors_cancel_is_in_the_record(house: House) -> None:
    app = house.app(simple_flow=True, first_party=False)
    asked = visit(house, app, scope="identify")
    cookie = f"{house.ada.cookie}; {asked.headers['set-cookie'].partition(';')[0]}"
    form = {"flow": answered(asked)["flow"], "account": house.ada.id, "decision": "cancel"}
    assert answered(house.door.post("/consent", cookie=cookie, data=form))["error"] == "access_denied"
    (noted,) = read(house, app)
    assert (noted.code, noted.reason) == ("access_denied", "CONSENT_DENIED")
    assert "pressed Cancel" in noted.detail


MIXED = [
    ({**SIMPLE, "prompt": "consent"}, "prompt"),
    ({**SIMPLE, "redirect_uri": CB}, "redirect_uri"),
    ({**SIMPLE, "nonce": "n", "max_age": "60"}, "max_age and nonce"),
    ({"scope": "identify groups"}, "scope=groups"),
]


@pytest.mark.parametrize(("asked", "names"), MIXED, ids=[names for _asked, names in MIXED])
def test_a_standard_parameter_on_the_simple_link_names_the_two_ways_on(
    house: House, app: App, asked: dict[str, str], names: str
) -> None:
    visit(house, app, **asked)
    (noted,) = read(house, app)
    assert noted.reason == AuthorizationReason.SIMPLE_LINK_MIXED.name
    assert names in noted.detail
    assert f"take {names} out" in noted.repair
    assert "response_type=code" in noted.repair


def test_a_simple_link_without_its_scope_says_so(house: House, app: App) -> None:
    visit(house, app)
    assert [one.reason for one in read(house, app)] == [AuthorizationReason.SIMPLE_LINK_WITHOUT_SCOPE.name]


def test_the_two_ways_on_are_named_where_no_address_is_sure_too(house: House) -> None:
    app = house.app(simple_flow=True, redirect_uris=(CB, CB + "2"), simple_redirect_uri=CB)
    assert visit(house, app, **SIMPLE, prompt="consent").status_code == 400
    (noted,) = read(house, app)
    assert noted.reason == PageReason.SIMPLE_LINK_NOT_SIMPLE.name
    assert "take prompt out" in noted.repair


def test_an_app_without_the_simple_flow_reads_that_response_type_is_missing(house: House) -> None:
    app = house.app(simple_flow=False)
    visit(house, app, **SIMPLE, redirect_uri=CB)
    assert [one.reason for one in read(house, app)] == ["PARAMETER_MISSING"]
