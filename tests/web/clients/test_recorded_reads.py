"""Which answers are recorded as reads: userinfo, /api/user and ID tokens, under the person's own id."""

import asyncio
from typing import Any

from oauth2system.runtime.caller import Caller
from oauth2system.services.authorization import connected_apps
from oauth2system.services.clients import reads
from oauth2system.storage.database.statements import Db
from tests.support.in_process.oauth_apps import OPERATOR, App, House, basic

ID_TOKEN = ("id_token", "sub")
USERINFO = "sub name preferred_username updated_at email email_verified"


def recorded(house: House) -> list[tuple[Any, ...]]:
    asyncio.run(reads.save(house.runner))
    sql = "SELECT endpoint, fields, times FROM reads WHERE user_id = ? ORDER BY endpoint, fields"
    return house.runner.now(OPERATOR, lambda ctx: [tuple(row) for row in ctx.db.all(sql, house.ada.id)])


def as_ada(house: House) -> Caller:
    return Caller(cookie=house.ada.cookie.partition("=")[2])


def test_userinfo_and_the_id_token_of_the_sign_in_are_recorded(house: House, c1: App) -> None:
    token = house.tokens(c1)["access_token"]
    assert house.userinfo(token).status_code == 200
    house.userinfo(token)
    assert recorded(house) == [(*ID_TOKEN, 1), ("userinfo", USERINFO, 2)]


def test_a_sign_in_without_an_id_token_reads_nothing(house: House, c1: App) -> None:
    house.tokens(c1, scope="identify")
    assert recorded(house) == []


def test_an_app_with_names_of_its_own_is_recorded_under_the_persons_own_id(house: House) -> None:
    app = house.app("Pairwise", require_pkce=False, subject_type="pairwise")
    token = house.tokens(app, scope="openid identify email")["access_token"]
    house.userinfo(token)
    house.door.get("/api/user", headers={"authorization": f"Bearer {token}"})
    assert [one[0] for one in recorded(house)] == ["api/user", "id_token", "userinfo"]


def test_what_an_app_wants_in_its_id_token_is_recorded_with_it(house: House) -> None:
    app = house.app("Old library", id_token_userinfo_claims=True)
    house.tokens(app, scope="openid email")
    assert recorded(house) == [("id_token", "sub email email_verified", 1)]


def test_the_next_read_with_a_revoked_token_is_recorded_as_refused(house: House, c1: App) -> None:
    token = house.tokens(c1)["access_token"]
    house.userinfo(token)
    house.runner.now(as_ada(house), connected_apps.revoke, c1.id)
    assert house.userinfo(token).status_code == 401
    access = {"authorization": f"Bearer {token}"}
    assert house.door.get("/api/user", headers=access).status_code == 401
    assert [one for one in recorded(house) if not one[1]] == [("api/user", "", 1), ("userinfo", "", 1)]


def test_a_wrong_or_expired_token_of_a_connected_app_is_no_refused_read(house: House, c1: App) -> None:
    token = house.tokens(c1, scope="openid")["access_token"]
    house.userinfo(token + "x")
    house.door.get("/api/user", headers={"authorization": f"Bearer {token}"})  # without the scope
    assert recorded(house) == [(*ID_TOKEN, 1)]


def test_recording_asks_the_database_nothing_on_the_way(house: House, c1: App, monkeypatch: Any) -> None:
    token = house.tokens(c1)["access_token"]
    asked: list[str] = []
    run = Db._run  # pyright: ignore[reportPrivateUsage]  (a test may look inside)

    def noted(db: Db, sql: str, args: tuple[object, ...]) -> object:
        asked.append(sql.split(maxsplit=1)[0])
        return run(db, sql, args)

    monkeypatch.setattr(Db, "_run", noted)
    house.userinfo(token)
    # What else SQLite is asked for is its lock, which the reads of one turn of the loop share.
    assert [word for word in asked if word not in {"BEGIN", "COMMIT"}] == ["SELECT"]


def test_t049_unticking_offline_access_ends_what_was_to_outlive_the_sign_out(house: House, c1: App) -> None:
    brought = house.tokens(c1)
    house.runner.now(as_ada(house), connected_apps.narrow, c1.id, "offline_access")
    assert house.refresh(c1, brought["refresh_token"]).json()["error"] == "invalid_grant"
    assert house.userinfo(brought["access_token"]).status_code == 401


def test_t049_unticking_narrows_every_token_at_once(house: House, c1: App) -> None:
    brought = house.tokens(c1)
    house.runner.now(as_ada(house), connected_apps.narrow, c1.id, "email")
    assert "email" not in house.userinfo(brought["access_token"]).json()
    assert "email" not in house.introspect(c1, brought["access_token"])["scope"].split()
    assert "email" not in house.refresh(c1, brought["refresh_token"]).json()["scope"].split()


def introspect(house: House, app: App, token: str) -> dict[str, Any]:
    return house.door.post("/oauth2/introspect", data={"token": token}, headers=basic(app.id, app.secret or "")).json()


def test_an_introspection_that_names_a_person_is_recorded(house: House, c1: App) -> None:
    token = house.tokens(c1, scope="identify")["access_token"]
    assert introspect(house, c1, token)["username"] == "ada"
    assert introspect(house, c1, token + "x") == {"active": False}
    house.runner.now(as_ada(house), connected_apps.revoke, c1.id)
    assert introspect(house, c1, token) == {"active": False}
    assert recorded(house) == [("introspect", "sub username", 1)]


def test_a_pairwise_app_that_introspects_is_recorded_under_the_persons_own_id(house: House) -> None:
    app = house.app("Pairwise", require_pkce=False, subject_type="pairwise")
    token = house.tokens(app, scope="identify")["access_token"]
    assert introspect(house, app, token)["active"] is True
    assert recorded(house) == [("introspect", "sub username", 1)]


def test_a_head_brings_no_field_and_is_no_read(house: House, c1: App) -> None:
    token = house.tokens(c1, scope="identify")["access_token"]
    access = {"authorization": f"Bearer {token}"}
    assert house.door.ask("HEAD", "/api/user", headers=access).status_code == 200
    assert recorded(house) == []
    assert house.door.get("/api/user", headers=access).status_code == 200
    assert [one[0] for one in recorded(house)] == ["api/user"]
