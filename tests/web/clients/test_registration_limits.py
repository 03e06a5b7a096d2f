"""What a program that registers apps may keep here, and what it may not say of them."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from oauth2system.errors import Invalid
from oauth2system.policy import budgets
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.apps import protocol_settings
from oauth2system.storage.tables import clients
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, runner_on
from tests.support.in_process.oauth_apps import OPERATOR, App, Clock, House
from tests.web.clients.test_registration import ASKED, made, manage, mode, place, post, runner, token

__all__ = ["mode", "place", "runner"]


def test_t078_a_description_that_is_changed_again_and_again_fills_no_audit_log(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "CHANGE_APP", replace(budgets.CHANGE_APP, times=2))
    told, other = made(house), made(house)
    assert [manage(house, told, "PUT", {**ASKED, "client_id": told["client_id"]}).status_code for _ in range(3)] == [
        200, 200, 429,
    ]  # fmt: skip
    assert manage(house, other, "PUT", {**ASKED, "client_id": other["client_id"]}).status_code == 200


@pytest.mark.parametrize("name", ["Oauth2System", "0auth2System", "\u041eauth2\u0405ystem", "Oauth2System Support"])
def test_t126_no_program_registers_an_app_that_passes_for_us(house: House, name: str) -> None:
    told = made(house)
    given = {**ASKED, "client_id": told["client_id"], "client_name": name}
    for answer in (post(house, token(house), client_name=name), manage(house, told, "PUT", given)):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
        assert "client_name" in answer.json()["error_description"]
    assert manage(house, told).json()["client_name"] == ASKED["client_name"]


def test_t055_only_the_operator_says_which_services_share_a_resource(house: House) -> None:
    """An app that shares a resource with another may introspect its tokens: no program and no page gives itself one."""
    wanted = {"resources": ["https://api.example"], "resource": "https://api.example"}
    told = made(house, token(house, owner="ada"), **wanted)
    app = App(told["client_id"], told["client_secret"])
    assert manage(house, told, "PUT", {**ASKED, **wanted, "client_id": app.id}).status_code == 200
    owner = Caller(cookie=house.ada.cookie.partition("=")[2])
    for change in ({"resources": wanted["resources"]}, {"resource": wanted["resource"]}):
        with suppress(Invalid):
            house.runner.now(owner, protocol_settings.change, app.id, change)
    kept = house.runner.now(OPERATOR, lambda ctx: clients.find(ctx.db, app.id))
    assert kept is not None
    assert kept.resources == ()
    assert "resources" not in told


def test_t055_what_an_operator_gave_stays_whatever_is_changed(house: House) -> None:
    told = made(house)
    save_resources(house, told["client_id"], ("https://api.example",))
    given = {**ASKED, "client_id": told["client_id"], "resources": ["https://other.example"]}
    assert manage(house, told, "PUT", given).status_code == 200
    kept = house.runner.now(OPERATOR, lambda ctx: clients.find(ctx.db, told["client_id"]))
    assert kept is not None
    assert kept.resources == ("https://api.example",)


def save_resources(house: House, client_id: str, resources: tuple[str, ...]) -> None:
    def save(ctx: Context) -> None:
        known = clients.find(ctx.db, client_id)
        assert known is not None
        clients.save(ctx.db, replace(known, resources=resources), ctx.now)

    house.runner.now(OPERATOR, save)


def test_a_scheme_of_one_word_is_registered_where_the_operator_allows_it(
    house: House, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    native = {"application_type": "native", "redirect_uris": ["cursor://anysphere.cursor-mcp/callback"]}
    bearer = token(house)
    refused = post(house, bearer, **native)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri")
    given = {"DYNAMIC_REGISTRATION": "token", "ALLOW_PLAIN_SCHEMES": "true"}
    with runner_on(database_url, tmp_path, clock=clock, **given) as running:
        open_house = House(running, house.ada, Door(Web(running)))
        assert post(open_house, bearer, **native).status_code == 201
        assert post(open_house, bearer, **{**native, "redirect_uris": ["intent://x"]}).status_code == 400
