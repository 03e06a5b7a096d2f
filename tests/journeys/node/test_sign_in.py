"""Sign-ins with openid-client and oauth4webapi, from the discovery address alone; the libraries check what comes."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.clients.node_sites import Here, Refused

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_person_signs_in_and_the_site_knows_them(here: Here, page: Page, library: str) -> None:
    site = here.sites.site(library)
    app = here.app(site)
    site.do("connect", client_id=app["client_id"], secret=app["client_secret"])
    tokens = site.sign_in(page, here.ada)
    assert (tokens["token_type"], tokens["claims"]["sub"]) == ("bearer", here.ada)
    told = site.do("userinfo")
    assert (told["sub"], told["email"], told["email_verified"]) == (here.ada, "ada@example.org", True)
    user = site.do("fetch", token=tokens["access_token"], url=f"{here.server.url}/api/user")
    assert (user["status"], user["body"]["username"]) == (200, "ada")

    renewed = site.do("refresh")
    assert renewed["access_token"] != tokens["access_token"]
    known = site.do("introspect", token=renewed["access_token"])
    assert (known["active"], known["sub"], known["client_id"]) == (True, here.ada, app["client_id"])
    site.do("revoke", token=renewed["refresh_token"])
    assert site.do("introspect", token=renewed["access_token"]) == {"active": False}
    with pytest.raises(Refused) as refused:
        site.do("refresh")
    assert refused.value.answer == (400, "invalid_grant", "The refresh token is unknown or has ended.")

    page.context.clear_cookies(name=site.name)
    page.goto(f"{site.url}/login")  # a second visit asks nothing
    expect(page.get_by_text(f"Hello {here.ada}")).to_be_visible()


def test_a_public_app_signs_in_with_pkce_alone(here: Here, page: Page, library: str) -> None:
    site = here.sites.site(library)
    app = here.app(site, "--public")
    site.do("connect", client_id=app["client_id"], method="none")
    site.sign_in(page, here.ada)
    assert site.do("userinfo")["sub"] == here.ada
    old = site.tokens["refresh_token"]
    assert site.do("refresh")["refresh_token"] != old
    site.do("revoke", token=site.tokens["access_token"])
    with pytest.raises(Refused) as refused:
        site.do("userinfo")
    (challenge,) = refused.value.told["challenges"]
    assert (challenge["scheme"], challenge["parameters"]["error"]) == ("bearer", "invalid_token")


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_jwt"])
def test_a_secret_is_shown_in_the_way_that_was_registered(here: Here, home: Page, library: str, method: str) -> None:
    site = here.register(library, token_endpoint_auth_method=method)
    site.visit(home, here.ada)
    assert site.do("userinfo")["sub"] == here.ada
    assert site.do("introspect", token=site.do("refresh")["access_token"])["active"]


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
def test_a_key_of_the_apps_own_proves_it(here: Here, home: Page, library: str, alg: str) -> None:
    key = here.sites.order("keys", alg=alg)
    site = here.register(library, {"key": key["kid"]}, token_endpoint_auth_method="private_key_jwt", jwks=key["jwks"])
    site.visit(home, here.ada)
    assert site.do("introspect", token=site.do("refresh")["access_token"])["sub"] == here.ada


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "PS256"])
def test_id_tokens_and_userinfo_are_signed_as_the_app_asked(here: Here, home: Page, library: str, alg: str) -> None:
    wanted: dict[str, Any] = {"id_token_signed_response_alg": alg, "userinfo_signed_response_alg": alg}
    site = here.register(library, **wanted)
    site.visit(home, here.ada)
    told = site.do("userinfo")
    assert (told["sub"], told["aud"], told["email"]) == (here.ada, site.tokens["claims"]["aud"], "ada@example.org")


def test_the_answer_may_be_a_form(here: Here, home: Page, library: str) -> None:
    site = here.register(library, {"parameters": {"response_mode": "form_post"}})
    site.visit(home, here.ada)
    assert home.url == f"{site.url}/"  # neither code nor state came by the address


def test_what_the_site_asks_of_the_sign_in_is_done(here: Here, home: Page, library: str) -> None:
    site = here.register(library, {"parameters": {"prompt": "login", "max_age": "60"}})
    home.goto(f"{site.url}/login")
    site.fill_in(home)
    claims = site.agree(home, here.ada)["claims"]
    assert claims["iat"] - claims["auth_time"] < 60


def test_a_silent_question_is_answered_by_an_error_that_says_why(here: Here, page: Page, library: str) -> None:
    site = here.register(library, {"parameters": {"prompt": "none"}})
    page.goto(f"{site.url}/login")
    expect(page.get_by_text("Sign-in failed: login_required: ")).to_be_visible()
