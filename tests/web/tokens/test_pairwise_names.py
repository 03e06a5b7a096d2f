"""An app that knows people by names of its own learns the id of nobody, whichever way it asks (OIDC Core §8)."""

import json
from urllib.parse import urlencode

from oauth2system.protocol.jose import jws
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import consents, flow_view
from tests.support.in_process.oauth_apps import App, House, answered


def simple_id(house: House, app: App) -> str:
    asked = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify+email", cookie=house.ada.cookie)
    shown = {"client_id": app.id, "client_secret": app.secret or "", "oauth_token": answered(asked)["oauth_token"]}
    return house.door.get(f"/api/user?{urlencode(shown)}").json()["id"]


def test_s10_an_app_with_names_of_its_own_gets_one_name_by_every_way(house: House) -> None:
    app = house.app("Pairwise", require_pkce=False, simple_flow=True, subject_type="pairwise")
    tokens = house.tokens(app)
    access = {"authorization": f"Bearer {tokens['access_token']}"}
    names = {
        "ID token": json.loads(jws.decode(tokens["id_token"].split(".")[1]))["sub"],
        "userinfo": house.userinfo(tokens["access_token"]).json()["sub"],
        "introspection": house.introspect(app, tokens["access_token"])["sub"],
        "/api/user by token": house.door.get("/api/user", headers=access).json()["id"],
        "/api/user by value": simple_id(house, app),
    }
    assert len(set(names.values())) == 1, names
    assert house.ada.id not in names.values()
    public = house.app("Public", require_pkce=False, simple_flow=True)
    assert simple_id(house, public) == house.ada.id


def test_s10_the_consent_page_shows_the_name_that_the_app_would_get(house: House) -> None:
    app = house.app("Pairwise", require_pkce=False, subject_type="pairwise", first_party=False)
    asked = house.authorize(app)
    browser = asked.headers["set-cookie"].partition(";")[0].partition("=")[2]

    def look(ctx: Context) -> consents.ConsentView:
        return consents.ask(ctx, flow_view.view(ctx, answered(asked)["flow"], browser))

    seen = house.runner.now(Caller(cookie=house.ada.cookie.partition("=")[2]), look)
    (shown,) = {value for one in seen.asked for label, value in one.values if str(label) == "User id"}
    assert shown != house.ada.id
    assert shown == json.loads(jws.decode(house.tokens(house.app(
        "Same sector", require_pkce=False, subject_type="pairwise"
    ))["id_token"].split(".")[1]))["sub"]  # fmt: skip
