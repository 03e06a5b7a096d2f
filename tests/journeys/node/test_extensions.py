"""PAR, signed requests, DPoP, FAPI 2.0, resources: asked for by the libraries, answered by the server."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.clients.node_sites import Here, Refused

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_request_is_pushed(here: Here, home: Page, library: str) -> None:
    site = here.register(library, {"par": True}, require_pushed_authorization_requests=True)
    site.visit(home, here.ada)


@pytest.mark.parametrize(("alg", "pushed"), [("ES256", False), ("Ed25519", True)])
def test_a_request_is_signed(here: Here, home: Page, library: str, alg: str, pushed: bool) -> None:
    key = here.sites.order("keys", alg=alg)
    asked: dict[str, Any] = {
        "jwks": key["jwks"],
        "request_object_signing_alg": alg,
        "require_signed_request_object": True,
    }
    site = here.register(library, {"jar": key["kid"], "par": pushed}, **asked)
    site.visit(home, here.ada)


@pytest.mark.parametrize("alg", ["ES256", "Ed25519"])
def test_what_is_bound_to_a_key_is_worthless_without_it(here: Here, home: Page, library: str, alg: str) -> None:
    site = here.register(library, {"dpop": alg, "par": True}, dpop_bound_access_tokens=True)
    bound = site.visit(home, here.ada)  # the libraries were told to use a nonce, and did
    assert bound["token_type"] == "dpop"
    assert site.do("userinfo")["sub"] == here.ada
    user = site.do("fetch", token=bound["access_token"], url=f"{here.server.url}/api/user")
    assert (user["status"], user["body"]["username"]) == (200, "ada")
    renewed = site.do("refresh")
    assert renewed["token_type"] == "dpop"
    assert site.do("introspect", token=renewed["access_token"])["cnf"].keys() == {"jkt"}

    thief = here.register(library, {"dpop": alg})
    with pytest.raises(Refused) as refused:
        thief.do("fetch", token=renewed["access_token"], url=f"{here.server.url}/oauth2/userinfo")
    assert challenge(refused.value)["error"] == "invalid_token"
    plain = here.register(library)
    with pytest.raises(Refused) as refused:
        plain.do("fetch", token=renewed["access_token"], url=f"{here.server.url}/oauth2/userinfo")
    assert challenge(refused.value)["error"] == "invalid_token"


def challenge(refused: Refused) -> dict[str, str]:
    """Return what the one challenge says."""
    (one,) = refused.told["challenges"]
    return one["parameters"]


def test_a_public_apps_refresh_token_is_bound_too(here: Here, home: Page, library: str) -> None:
    site = here.register(library, {"dpop": "ES256"}, token_endpoint_auth_method="none")
    site.visit(home, here.ada)
    refresh_token = site.do("refresh")["refresh_token"]
    thief = here.sites.site(library, dpop="ES256")
    thief.do("connect", client_id=site.tokens["claims"]["aud"], method="none")
    with pytest.raises(Refused) as refused:
        thief.do("try_refresh", refresh_token=refresh_token)
    assert refused.value.told["error"] == "invalid_grant"


@pytest.mark.parametrize(("library", "alg"), [("openid-client", "ES256"), ("oauth4webapi", "Ed25519")])
def test_a_fapi_app_signs_people_in(here: Here, page: Page, library: str, alg: str, tmp_path: Path) -> None:
    key = here.sites.order("keys", alg=alg)
    (tmp_path / "jwks.json").write_text(json.dumps(key["jwks"]))
    metadata: dict[str, Any] = {"id_token_signed_response_alg": "PS256"}
    site = here.sites.site(library, par=True, dpop=alg, key=key["kid"], metadata=metadata)
    app = here.app(site, "--profile", "fapi2", "--jwks", str(tmp_path / "jwks.json"))
    site.do("connect", client_id=app["client_id"], method="private_key_jwt")
    assert site.sign_in(page, here.ada)["token_type"] == "dpop"
    assert site.do("userinfo")["sub"] == here.ada
    # FAPI 2.0 Security Profile §5.3.2.1: no rotation in ordinary running.
    before = site.tokens["refresh_token"]
    assert site.do("refresh").get("refresh_token", before) == before
    assert site.do("introspect", token=site.tokens["access_token"])["active"]


@pytest.mark.parametrize(("library", "dpop"), [("openid-client", "ES256"), ("oauth4webapi", None)])
def test_an_api_of_the_sites_checks_access_tokens_by_itself(
    here: Here, home: Page, library: str, dpop: str | None
) -> None:
    site = here.sites.site(library, dpop=dpop)
    api = f"{site.url}/api"
    options = ("--access-token-format", "jwt", "--resource", api, "--grant", "authorization_code", "client_credentials")
    app = here.app(site, *options)
    site.do("connect", client_id=app["client_id"], secret=app["client_secret"])
    site.do("ask_for", resource=api)
    token = site.visit(home, here.ada)["access_token"]
    heard = site.do("fetch", token=token, url=api)
    assert heard["status"] == 200, heard
    claims = heard["body"]
    assert (claims["aud"], claims["sub"], claims["client_id"]) == (api, here.ada, app["client_id"])
    # It is for that API, and not for us.
    with pytest.raises(Refused) as refused:
        site.do("userinfo")
    assert challenge(refused.value)["error"] == "invalid_token"

    machine = site.do("machine", parameters={"resource": api})
    claims = site.do("fetch", token=machine["access_token"], url=api)["body"]
    assert (claims["aud"], claims["sub"]) == (api, app["client_id"])
    # A token for us is none for the API, and another resource is nobody's.
    ours = site.do("machine", parameters={})
    assert site.do("fetch", token=ours["access_token"], url=api)["status"] == 401
    with pytest.raises(Refused) as refused:
        site.do("machine", parameters={"resource": "https://elsewhere.example/"})
    assert refused.value.told["error"] == "invalid_target"
