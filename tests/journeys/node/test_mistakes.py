"""What a stranger gets wrong with openid-client or oauth4webapi, and what the library then tells them of our answer."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.clients.node_sites import Here, Refused, Site
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FOREIGN = "The app wants you sent to an address that is not registered for it."
CODE = "The code is unknown or has expired."


def held(site: Site, home: Page) -> Site:
    """Go as far as the code, which the site keeps for later."""
    home.goto(f"{site.url}/login")
    home.get_by_role("button", name="Authorize").click()
    expect(home.get_by_text("The code is kept.")).to_be_visible()
    return site


def expire_codes(server: Server) -> None:
    """Let the minute pass in which a code is good."""
    with closing(sqlite3.connect(server.var / "oauth2system.db", timeout=10)) as db, db:
        assert db.execute("UPDATE ephemeral SET expires_at = 1 WHERE kind = 'oc'").rowcount


def test_an_address_that_is_not_registered_is_named_to_the_person_and_not_gone_to(
    here: Here, home: Page, library: str
) -> None:
    site = here.register(library)
    site.do("ask_for", redirect_uri=f"{site.url}/other")
    home.goto(f"{site.url}/login")
    expect(home.get_by_role("heading", name="This link does not work")).to_be_visible()
    expect(home.get_by_text(FOREIGN)).to_be_visible()
    site.do("ask_for", redirect_uri=site.callback)
    home.goto(site.do("sign_out_url", post_logout_redirect_uri=f"{site.url}/elsewhere"))
    expect(home.get_by_text(FOREIGN)).to_be_visible()


def test_a_public_app_without_pkce_hears_what_is_missing(here: Here, home: Page, library: str) -> None:
    site = here.register(library, {"pkce": False}, token_endpoint_auth_method="none")
    home.goto(f"{site.url}/login")
    expect(home.get_by_text("Sign-in failed: invalid_request: PKCE is required: send code_challenge")).to_be_visible()


def test_who_cancels_sends_the_site_a_plain_no(here: Here, home: Page, library: str) -> None:
    site = here.register(library)
    home.goto(f"{site.url}/login")
    home.get_by_role("button", name="Cancel").click()
    expect(home.get_by_text("Sign-in failed: access_denied: ")).to_be_visible()


def test_a_code_that_came_too_late_is_refused(here: Here, home: Page, library: str) -> None:
    site = held(here.register(library, {"hold": True}), home)
    expire_codes(here.server)
    with pytest.raises(Refused) as refused:
        site.do("held")
    assert refused.value.answer == (400, "invalid_grant", CODE)


def test_a_code_that_is_shown_twice_takes_away_what_it_brought(here: Here, home: Page, library: str) -> None:
    site = held(here.register(library, {"hold": True}), home)
    assert site.do("held")["claims"]["sub"] == here.ada
    assert site.do("userinfo")["sub"] == here.ada
    with pytest.raises(Refused) as refused:
        site.do("held")
    assert refused.value.answer == (400, "invalid_grant", CODE)
    with pytest.raises(Refused) as refused:
        site.do("userinfo")
    assert refused.value.told["status"] == 401


def test_a_wrong_verifier_is_refused_and_named(here: Here, home: Page, library: str) -> None:
    site = held(here.register(library, {"hold": True}), home)
    with pytest.raises(Refused) as refused:
        site.do("held", verifier="w" * 43)
    assert refused.value.answer == (400, "invalid_grant", "The code_verifier does not match the code_challenge.")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_wrong_secret_is_a_401_that_says_so(here: Here, library: str, method: str) -> None:
    machine: dict[str, Any] = {"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": []}
    site = here.register(library, token_endpoint_auth_method=method, **machine)
    site.do("connect", client_id=site.do("registered_as")["client_id"], secret="wrong", method=method)
    with pytest.raises(Refused) as refused:
        site.do("machine", parameters={})
    told = refused.value.told
    assert (told["status"], told["challenges"][0]["scheme"]) == (401, "basic")
    assert told["body"] == {"error": "invalid_client", "error_description": "Client authentication failed."}


def test_another_method_than_the_registered_one_is_told_to_the_apps_owner(here: Here, home: Page, library: str) -> None:
    """Without a word about it openid-client sends client_secret_post; the stranger learns no more than anyone."""
    site = here.register(library, grant_types=["client_credentials"], response_types=[], redirect_uris=[])
    told = site.do("registered_as")
    site.do("connect", client_id=told["client_id"], secret=told["client_secret"], method="client_secret_post")
    with pytest.raises(Refused) as refused:
        site.do("machine", parameters={})
    assert refused.value.told["body"]["error"] == "invalid_client"
    home.goto(f"{here.server.url}/apps/{told['client_id']}")
    expect(
        home.get_by_text("The app is registered for client_secret_basic, but client_secret_post was sent.")
    ).to_be_visible()
