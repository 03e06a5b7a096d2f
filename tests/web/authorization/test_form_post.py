"""Requests that are posted and answers that are forms (OIDC Core §3.1.2.1, Form Post Response Mode)."""

import html
import re
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest

from oauth2system.runtime.caller import Caller
from tests.support.in_process.oauth_apps import CB, VERIFIER, App, Clock, House, answered, challenge


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def posted(house: House, app: App, **changes: str | None) -> httpx.Response:
    plain: dict[str, str | None] = {
        "response_type": "code", "client_id": app.id, "redirect_uri": CB, "scope": "openid", "state": "st",
        "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", **changes,
    }  # fmt: skip
    return house.call("/oauth2/authorize", None, {"origin": "https://app.example"}, plain)


@pytest.mark.parametrize("state", ['"><script>alert(1)</script>', "a&b<c>'d", "s" * 2000, "{{ 7 * 7 }}", "ä→"])
def test_t015_a_form_answers_with_every_value_escaped(house: House, c1: App, state: str) -> None:
    page = house.authorize(c1, response_mode="form_post", state=state)
    assert page.status_code == 200
    assert fields_of(page.text)["state"] == state
    assert fields_of(page.text).keys() == {"code", "state", "iss"}
    assert "<script>alert" not in page.text
    assert f'action="{CB}"' in page.text
    assert house.redeem(c1, fields_of(page.text)["code"]).status_code == 200


def test_t015_only_our_own_script_may_run_and_the_site_may_redirect_on(house: House, c1: App) -> None:
    page = house.authorize(c1, response_mode="form_post")
    policy = page.headers["content-security-policy"]
    script = re.search("<script>(.*?)</script>", page.text)
    assert script is not None
    assert f"'sha256-{b64encode(sha256(script[1].encode()).digest()).decode()}'" in policy
    assert "unsafe-inline" not in policy
    assert "form-action" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert '<button type="submit" class="button main whole">Continue</button>' in page.text  # works without script


def test_an_error_is_posted_too(house: House, c1: App) -> None:
    page = house.authorize(c1, response_mode="form_post", scope="unheard-of")
    assert fields_of(page.text)["error"] == "invalid_scope"
    assert "code" not in fields_of(page.text)


def test_a_posted_request_comes_back_as_a_get_with_cookies(house: House, c1: App) -> None:
    kept = posted(house, c1)
    assert kept.status_code == 303
    path = kept.headers["location"]
    assert re.fullmatch(r"/oauth2/authorize\?posted=oq_[\w-]{54}", path)
    answer = house.door.get(path, cookie=house.ada.cookie)
    assert answered(answer)["state"] == "st"
    assert house.redeem(c1, answered(answer)["code"]).status_code == 200


def test_a_posted_request_of_a_stranger_leads_to_the_sign_in(house: House, c1: App) -> None:
    answer = house.door.get(posted(house, c1).headers["location"])
    assert answer.headers["location"].startswith("/login?flow=")


def test_a_posted_request_can_be_loaded_again_for_ten_minutes(house: House, c1: App, clock: Clock) -> None:
    path = posted(house, c1).headers["location"]
    assert house.door.get(path, cookie=house.ada.cookie).status_code == 303
    assert house.door.get(path, cookie=house.ada.cookie).status_code == 303
    clock.pass_by(minutes=10)
    assert house.door.get(path, cookie=house.ada.cookie).status_code == 400


def test_t078_what_is_kept_for_strangers_is_bounded(house: House, c1: App) -> None:
    assert posted(house, c1, state="x" * 40_000).status_code == 413
    assert posted(house, App("999", None)).status_code == 400
    count = "SELECT COUNT(*) FROM ephemeral"
    assert house.runner.now(Caller(), lambda ctx: ctx.db.one(count)) == (0,)


def test_t082_the_simple_flow_is_never_posted(house: House) -> None:
    app = house.app(simple_flow=True)
    kept = house.call("/oauth2/authorize", None, None, {"client_id": app.id, "scope": "identify"})
    answer = house.door.get(kept.headers["location"], cookie=house.ada.cookie)
    assert "oauth_token=" not in answer.headers.get("location", "")


def test_t022_a_parameter_posted_twice_is_refused(house: House, c1: App) -> None:
    body = f"client_id={c1.id}&client_id={c1.id}&response_type=code".encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert house.door.ask("POST", "/oauth2/authorize", headers=kind, content=body).status_code == 400


@pytest.mark.parametrize("handle", ["", "oq_", "oq_" + "A" * 54, "of_" + "A" * 54, "\ud800"])
def test_what_was_never_posted_is_a_page(house: House, handle: str) -> None:
    path = "/oauth2/authorize?posted=" + handle.encode("utf-8", "surrogatepass").decode("latin-1")
    assert house.door.get(path, cookie=house.ada.cookie).status_code == 400


@pytest.mark.parametrize("uri", ["HTTPS://app.example/cb", "Https://app.example/cb"])
def test_a_scheme_in_capitals_is_a_web_address_too(house: House, uri: str) -> None:
    """It was taken for a native app's own scheme, so the app got an error in the query."""
    page = house.authorize(house.app(redirect_uris=(uri,)), redirect_uri=uri, response_mode="form_post")
    assert page.status_code == 200
    assert f'action="{uri}"' in page.text
