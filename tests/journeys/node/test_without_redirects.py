"""Apps that come without a redirect: programs that register, machines, devices; and apps that people leave."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.clients.node_sites import Here, Refused, Site
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def test_a_program_manages_what_it_registered(here: Here, home: Page, library: str) -> None:
    site = here.register(library)
    site.visit(home, here.ada)
    told = site.do("registered_as")
    assert manage(site, "GET")["body"]["client_name"] == told["client_name"]
    changed = {
        "client_id": told["client_id"],
        "client_name": "Renamed by its program",
        "redirect_uris": [site.callback],
        "grant_types": ["authorization_code"],
    }
    assert manage(site, "PUT", changed)["body"]["client_name"] == "Renamed by its program"
    with pytest.raises(Refused) as refused:
        site.do("refresh")
    assert refused.value.told["error"] == "unauthorized_client"
    assert manage(site, "DELETE") == {"status": 204, "body": ""}
    with pytest.raises(Refused) as refused:
        manage(site, "GET")
    assert refused.value.told["status"] == 401


def manage(site: Site, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Send a management request (RFC 7592) with the registration access token."""
    told = site.do("registered_as")
    url, token = told["registration_client_uri"], told["registration_access_token"]
    headers = {"content-type": "application/json"} if body else {}
    return site.do("fetch", token=token, url=url, method=method, body=body, headers=headers)


@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"]
)
def test_a_machine_gets_a_token_by_each_method(here: Here, library: str, method: str) -> None:
    key = here.sites.order("keys", alg="ES256")
    keys: dict[str, Any] = {"jwks": key["jwks"]} if method == "private_key_jwt" else {}
    machine: dict[str, Any] = {"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": []}
    site = here.register(library, {"key": key["kid"]}, token_endpoint_auth_method=method, **machine, **keys)
    token = site.do("machine", parameters={})
    assert (token["token_type"], token["expires_in"]) == ("bearer", 600)
    known = site.do("introspect", token=token["access_token"])
    assert (known["active"], known["client_id"]) == (True, site.do("registered_as")["client_id"])
    site.do("revoke", token=token["access_token"])
    assert site.do("introspect", token=token["access_token"]) == {"active": False}


@pytest.mark.parametrize(("library", "dpop"), [("openid-client", None), ("oauth4webapi", "ES256")])
def test_a_device_is_let_in(here: Here, home: Page, library: str, dpop: str | None) -> None:
    grants: dict[str, Any] = {"grant_types": [DEVICE, "refresh_token"], "response_types": [], "redirect_uris": []}
    site = here.register(
        library, {"dpop": dpop}, token_endpoint_auth_method="none", client_name="A television", **grants
    )
    asked = site.do("device", parameters={"scope": "openid profile offline_access"})
    home.goto(asked["verification_uri"])
    home.get_by_label("Code").fill(asked["user_code"])
    home.get_by_role("button", name="Continue").click()
    expect(home.get_by_text("A television wants to be connected")).to_be_visible()
    home.get_by_role("button", name="Authorize").click()
    expect(home.get_by_text("The device is connected.")).to_be_visible()
    tokens = site.do("let_in")
    assert tokens["claims"]["sub"] == here.ada
    assert tokens["token_type"] == ("dpop" if dpop else "bearer")
    assert site.do("userinfo")["sub"] == here.ada
    assert site.do("refresh")["access_token"] != tokens["access_token"]


def test_a_device_that_is_turned_away_hears_it(here: Here, home: Page) -> None:
    grants: dict[str, Any] = {"grant_types": [DEVICE], "response_types": [], "redirect_uris": []}
    site = here.register("oauth4webapi", token_endpoint_auth_method="none", **grants)
    asked = site.do("device", parameters={"scope": "openid"})
    home.goto(asked["verification_uri_complete"])
    home.get_by_role("button", name="Cancel").click()
    expect(home.get_by_text("The device was not connected.")).to_be_visible()
    with pytest.raises(Refused) as refused:
        site.do("let_in")
    assert refused.value.told["error"] == "access_denied"


@pytest.mark.parametrize("alg", ["RS256", "EdDSA"])
def test_who_signs_out_at_one_site_comes_back_to_it_and_the_other_hears(
    here: Here, page: Page, library: str, alg: str
) -> None:
    other = here.register(library, {"metadata": {"id_token_signed_response_alg": alg}}, hears=True)
    sid = other.sign_in(page, here.ada)["claims"]["sid"]
    site = here.register(library)
    site.visit(page, here.ada)
    page.goto(site.do("sign_out_url", post_logout_redirect_uri=site.bye, state="see you"))
    expect(page.get_by_text("Goodbye see you")).to_be_visible()
    assert wait_until(lambda: bool(other.do("heard")), seconds=PATIENCE_S)
    (notice,) = other.do("heard")  # the site has checked it by the letter of Back-Channel Logout 1.0 §2.6
    assert (notice["header"]["alg"], notice["claims"]["sub"], notice["claims"]["sid"]) == (alg, here.ada, sid)
    page.goto(f"{other.url}/login")
    expect(page.get_by_label("Username or email")).to_be_visible()
