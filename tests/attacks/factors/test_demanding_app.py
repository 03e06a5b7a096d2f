"""An app that demands a second factor answers nobody without one, whatever way its visitor takes (T104, T106)."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from oauth2system.services.admin import apps
from tests.support.in_process.authenticator import Authenticator, second_step, seed_on, set_up
from tests.support.in_process.browsers import Browser, House, path, query, together
from tests.support.in_process.pages import visited

BACK = "https://site.example/cb"
PAGE = "/login/second_factor"


@pytest.fixture
def link(house: House) -> str:
    """Make an app that demands a second factor; return its link."""
    house.person("ada")
    made = house.ask(apps.create_for, "ada", {"client_name": "Notes", "redirect_uris": [BACK]}, first_party=True)
    house.ask(apps.demand_second_factor, made.client_id, demanded=True)
    return f"/oauth2/authorize?{urlencode({'client_id': made.client_id, 'scope': 'identify'})}"


def follow(browser: Browser, address: str) -> str:
    """Open an address; returns where it leads."""
    return together(browser.send("GET", address))[0].headers["location"]


def flow_of(address: str) -> str:
    return address.partition("flow=")[2].partition("&")[0]


def test_a_visitor_without_one_sets_it_up_and_arrives(house: House, link: str, tmp_path: Path) -> None:
    browser = house.browser()
    flow = flow_of(follow(browser, link))
    answer = browser.sign_in("ada", flow=flow)
    assert (path(answer), query(answer)["flow"]) == (PAGE, flow)
    assert browser.session is None
    answer = browser.post("/account/authenticator", flow=flow)
    app = Authenticator(house, seed_on(visited(house, browser, answer.headers["location"], tmp_path)))
    answer = browser.post("/account/authenticator/confirm", code=app.code(), flow=flow)
    assert (path(answer), query(answer)["flow"]) == ("/account/recovery_codes", flow)
    answer = browser.post("/account/recovery_codes/saved", flow=flow)
    assert follow(browser, answer.headers["location"]).startswith(f"{BACK}?code=")


def test_t106_a_session_of_a_password_alone_is_asked_for_more(house: House, link: str) -> None:
    browser = house.browser()
    browser.sign_in("ada")
    house.later(seconds=1)
    address = follow(browser, link)
    assert address.startswith("/login?flow=")
    assert path(browser.sign_in("ada", flow=flow_of(address))) == PAGE


def test_t104_leaving_the_request_out_of_the_sign_in_brings_no_answer(house: House, link: str) -> None:
    browser = house.browser()
    flow = flow_of(follow(browser, link))
    assert path(browser.sign_in("ada")) == "/account"
    answer = follow(browser, f"/oauth2/authorize?flow={flow}")
    assert answer.startswith(f"{BACK}?error=unmet_authentication_requirements")


def test_t106_a_trusted_browser_is_asked_too(house: House, link: str, tmp_path: Path) -> None:
    browser = house.browser()
    browser.sign_in("ada")
    app, _ = set_up(house, browser, tmp_path)
    browser.post("/session/end")
    browser.sign_in("ada")
    second_step(browser, app.code(), trust="1")
    browser.post("/session/end")
    flow = flow_of(follow(browser, link))
    assert path(browser.sign_in("ada", flow=flow)) == PAGE
    house.later(seconds=30)
    assert follow(browser, second_step(browser, app.code(), flow=flow)).startswith(f"{BACK}?code=")


def test_without_the_demand_a_password_is_enough(house: House, link: str) -> None:
    client_id = link.partition("client_id=")[2].partition("&")[0]
    house.ask(apps.demand_second_factor, client_id, demanded=False)
    browser = house.browser()
    flow = flow_of(follow(browser, link))
    answer = browser.sign_in("ada", flow=flow)
    assert follow(browser, answer.headers["location"]).startswith(f"{BACK}?code=")
