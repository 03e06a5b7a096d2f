"""T106: a site that asks for several factors gets them from a trusted browser too."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from oauth2system.services.apps import apps, redirect_uris
from tests.support.in_process.authenticator import second_step, set_up
from tests.support.in_process.browsers import House, path, query
from tests.support.in_process.pages import visited

CB = "https://app.example/cb"
ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "values": ["2"]}}})


@pytest.mark.parametrize("wish", [{"claims": ESSENTIAL}, {"acr_values": "2"}, {}])
def test_t106_a_trusted_browser_is_asked_for_what_the_site_wants(
    house: House, tmp_path: Path, wish: dict[str, str]
) -> None:
    house.person("ada")
    owner, browser = house.browser("198.51.100.7"), house.browser()
    owner.sign_in()
    app = house.ask(apps.create, "Poetry", caller=owner.caller).client_id
    house.ask(redirect_uris.add, app, CB, caller=owner.caller)
    authenticator, _codes = set_up(house, owner, tmp_path)
    browser.sign_in()
    second_step(browser, authenticator.code(), trust="1")
    browser.post("/session/end")
    house.later(seconds=30)
    asked = {
        "client_id": app, "response_type": "code", "redirect_uri": CB, "scope": "openid", "nonce": "n", "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256", **wish,
    }  # fmt: skip
    answer = asyncio.run(browser.send("GET", f"/oauth2/authorize?{urlencode(asked)}"))
    assert path(answer) == "/login"
    page = visited(house, browser, answer.headers["location"], tmp_path)
    fields = {name: page.fields[name]["value"] for name in ("flow", "confirm") if name in page.fields}
    answer = browser.sign_in(**fields)
    if not wish:
        assert path(answer) == "/oauth2/authorize"
        return
    assert (path(answer), query(answer)["flow"]) == ("/login/second_factor", fields["flow"])
