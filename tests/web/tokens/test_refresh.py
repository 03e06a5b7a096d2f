"""Refresh tokens: rotated, reused, bound, narrowed, ended (RFC 6749 §6, RFC 9700 §4.14)."""

from dataclasses import replace

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.admin import people
from oauth2system.services.delivery import messages
from oauth2system.services.tokens import issue
from oauth2system.storage.tables import outbox
from tests.support.in_process.oauth_apps import OPERATOR, App, Clock, House


def brought(house: House, app: App, scope: str = "openid profile email offline_access") -> tuple[str, str]:
    answer = house.tokens(app, scope=scope)
    return answer["access_token"], answer["refresh_token"]


def test_a_refresh_token_is_replaced_by_its_successor(house: House, p1: App) -> None:
    _access, first = brought(house, p1)
    answer = house.refresh(p1, first)
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    second = answer.json()
    assert second["refresh_token"] != first
    assert house.works(second["access_token"])
    assert house.refresh(p1, second["refresh_token"]).status_code == 200


def test_an_id_token_comes_with_a_refresh_only_when_asked_for(house: House, c1: App) -> None:
    _access, first = brought(house, c1)
    second = house.refresh(c1, first).json()
    assert "id_token" not in second
    assert "id_token" in house.refresh(c1, second["refresh_token"], scope="openid profile").json()


def test_a_lost_answer_brings_the_same_successor_again(house: House, p1: App, clock: Clock) -> None:
    _access, first = brought(house, p1)
    second = house.refresh(p1, first).json()
    clock.pass_by(seconds=10)
    again = house.refresh(p1, first)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == second["refresh_token"]
    assert again.json()["access_token"] == second["access_token"]
    assert again.json()["expires_in"] == second["expires_in"] - 10
    assert house.refresh(p1, second["refresh_token"]).status_code == 200


def test_t045_an_old_token_after_the_grace_ends_the_family(house: House, p1: App, clock: Clock) -> None:
    _access, first = brought(house, p1)
    second = house.refresh(p1, first).json()
    clock.pass_by(seconds=10.001)
    refused = house.refresh(p1, first)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert not house.works(second["access_token"])
    assert house.refresh(p1, second["refresh_token"]).json()["error"] == "invalid_grant"
    waiting = house.runner.now(OPERATOR, lambda ctx: outbox.count_backlog(ctx.db).waiting)
    assert waiting == 1  # its person is told
    order = {"mail": "access_ended", "user_id": house.ada.id, "app": "P1"}
    mail = house.runner.now(OPERATOR, messages.write, order)
    assert mail is not None
    assert "P1" in mail.words.subject


def test_t045_a_reuse_that_is_wrong_in_anything_else_ends_nothing(house: House, clock: Clock) -> None:
    app, stranger = house.app(), house.app("Other")
    _access, first = brought(house, app)
    second = house.refresh(app, first).json()
    clock.pass_by(seconds=60)
    assert house.refresh(App(app.id, "ok_" + "A" * 54), first).status_code == 401
    assert house.refresh(stranger, first).json()["error"] == "invalid_grant"
    assert house.refresh(app, second["refresh_token"]).status_code == 200


def test_a_refresh_token_of_one_app_is_nothing_to_another(house: House, c1: App, c2: App) -> None:
    _access, first = brought(house, c1)
    assert house.refresh(c2, first).json()["error"] == "invalid_grant"
    assert house.refresh(c1, first).status_code == 200


def test_t049_a_refresh_narrows_and_never_widens(house: House, c1: App) -> None:
    _access, first = brought(house, c1, scope="openid email offline_access")
    assert house.refresh(c1, first, scope="openid email profile").json()["error"] == "invalid_scope"
    narrow = house.refresh(c1, first, scope="openid").json()
    assert narrow["scope"] == "openid"
    assert "email" not in house.userinfo(narrow["access_token"]).json()
    # RFC 6749 §6: the refresh token itself keeps the scope it was granted.
    assert "email" in house.refresh(c1, narrow["refresh_token"]).json()["scope"]


def test_t049_a_scope_taken_from_the_app_is_gone_at_the_next_refresh(house: House, c1: App) -> None:
    _access, first = brought(house, c1)

    def cut(ctx: Context) -> None:
        from oauth2system.storage.tables import clients  # noqa: PLC0415  (what this one test needs)

        known = clients.find(ctx.db, c1.id)
        assert known is not None
        clients.save(ctx.db, replace(known, scopes=frozenset({"openid", "offline_access"})), ctx.now)

    house.runner.now(OPERATOR, cut)
    assert house.refresh(c1, first).json()["scope"] == "openid offline_access"


def test_t049_a_deleted_app_can_refresh_nothing(house: House, c1: App) -> None:
    access, first = brought(house, c1)
    house.runner.now(OPERATOR, all_apps.delete, c1.id)
    assert (house.refresh(c1, first).status_code, house.works(access)) == (401, False)


def test_t050_a_disabled_person_loses_everything_at_once(house: House, c1: App) -> None:
    access, first = brought(house, c1)
    code = house.code(c1)
    house.runner.now(OPERATOR, people.disable, "ada")
    assert not house.works(access)
    assert house.introspect(c1, access) == {"active": False}
    assert house.refresh(c1, first).json()["error"] == "invalid_grant"
    assert house.redeem(c1, code).json()["error"] == "invalid_grant"


def test_t050_a_disabled_app_loses_everything_at_once(house: House, c1: App, c2: App) -> None:
    access, first = brought(house, c1)
    machine = house.token(c1, grant_type="client_credentials").json()["access_token"]
    house.runner.now(OPERATOR, all_apps.disable, c1.id)
    assert not house.works(access)
    assert house.refresh(c1, first).status_code == 401
    assert house.token(c1, grant_type="client_credentials").status_code == 401
    assert house.introspect(c2, machine) == {"active": False}


def test_t052_no_rotation_outlives_the_family(house: House, p1: App, clock: Clock) -> None:
    _access, token = brought(house, p1)
    for _ in range(8):
        clock.pass_by(days=11)
        answer = house.refresh(p1, token)
        assert answer.status_code == 200, answer.text
        token = answer.json()["refresh_token"]
    clock.pass_by(days=2.001)
    assert house.refresh(p1, token).json()["error"] == "invalid_grant"


def test_a_refresh_token_that_lies_idle_ends(house: House, p1: App, clock: Clock) -> None:
    _access, token = brought(house, p1)
    clock.pass_by(days=14)
    assert house.refresh(p1, token).json()["error"] == "invalid_grant"


def test_t051_a_clock_set_back_revives_nothing(house: House, c1: App, clock: Clock) -> None:
    access, first = brought(house, c1)
    house.call("/oauth2/revoke", c1, None, {"token": first})
    clock.pass_by(hours=-1)
    assert not house.works(access)
    assert house.refresh(c1, first).json()["error"] == "invalid_grant"


def test_t046_the_successor_of_many_parallel_refreshes_is_one(house: House, p1: App) -> None:
    _access, first = brought(house, p1)
    answers = [house.refresh(p1, first) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len({answer.json()["access_token"] for answer in answers}) == 1


def test_t092_a_refresh_token_ends_with_the_password(house: House, c1: App) -> None:
    access, first = brought(house, c1)
    house.runner.now(Caller(system=True), issue.revoke_of_user, house.ada.id, "password changed")
    assert not house.works(access)
    assert house.refresh(c1, first).json()["error"] == "invalid_grant"


def test_t085_no_token_stands_in_the_database(house: House, c1: App) -> None:
    answer = house.tokens(c1)
    second = house.refresh(c1, answer["refresh_token"]).json()
    values = [answer["access_token"], answer["refresh_token"], second["access_token"], second["refresh_token"]]

    def everything(ctx: Context) -> str:
        return repr([ctx.db.all(f"SELECT * FROM {table}") for table in ("tokens", "families", "ephemeral", "audit")])

    stored = house.runner.now(OPERATOR, everything)
    assert not [value for value in values if value in stored or value[14:] in stored]


@pytest.mark.parametrize("token", ["", "or_", "or_" + "A" * 54, "x" * 5000, "oa_" + "A" * 54])
def test_what_is_no_refresh_token_is_refused(house: House, c1: App, token: str) -> None:
    refused = house.refresh(c1, token)
    assert refused.status_code == 400
    assert refused.json()["error"] == ("invalid_grant" if token else "invalid_request")
