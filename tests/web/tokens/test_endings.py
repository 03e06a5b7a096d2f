"""Every way in which access ends, and that it has ended everywhere at once (T057)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from oauth2system.policy import lifetimes
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import revoke_access
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.admin import people
from oauth2system.services.authorization import connected_apps
from oauth2system.services.keys import keyring, signing_keys
from oauth2system.services.sessions import password_hashing, sessions
from oauth2system.services.tokens import issue
from oauth2system.storage.tables import tokens, users
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, runner_on
from tests.support.in_process.oauth_apps import OPERATOR, App, Clock, House

PASSWORD = "correct horse battery staple"
Way = Callable[[House, App, dict[str, str]], object]


def as_ada(house: House) -> Caller:
    return Caller(cookie=house.ada.cookie.partition("=")[2])


def revoked_by_the_app(house: House, app: App, brought: dict[str, str]) -> object:
    return house.call("/oauth2/revoke", app, None, {"token": brought["refresh_token"]})


def revoked_on_the_connections_page(house: House, app: App, _brought: dict[str, str]) -> object:
    return house.runner.now(as_ada(house), connected_apps.revoke, app.id)


def disabled_by_an_administrator(house: House, _app: App, _brought: dict[str, str]) -> object:
    return house.runner.now(OPERATOR, people.disable, "ada")


def deleted_by_its_owner(house: House, app: App, _brought: dict[str, str]) -> object:
    return house.runner.now(OPERATOR, all_apps.delete, app.id)


def app_disabled(house: House, app: App, _brought: dict[str, str]) -> object:
    return house.runner.now(OPERATOR, all_apps.disable, app.id)


def password_reset(house: House, _app: App, _brought: dict[str, str]) -> object:
    return house.runner.now(OPERATOR, revoke_access.revoke_all, house.ada.id, "password reset")


def password_changed(house: House, _app: App, _brought: dict[str, str]) -> object:
    kept = password_hashing.hash_password(PASSWORD)
    house.runner.now(OPERATOR, lambda ctx: users.update(ctx.db, house.ada.id, password_hash=kept))
    fields = {"current_password": PASSWORD, "password": "another long password of ours"}
    answer = house.door.post("/account/password", cookie=house.ada.cookie, data=fields)
    assert "notice=password_changed" in answer.headers["location"]
    return answer


def replayed(house: House, app: App, brought: dict[str, str]) -> object:
    return house.redeem(app, brought["code"])


WAYS = (
    revoked_by_the_app,
    revoked_on_the_connections_page,
    disabled_by_an_administrator,
    deleted_by_its_owner,
    app_disabled,
    password_reset,
    password_changed,
    replayed,
)


@pytest.mark.parametrize("way", WAYS)
def test_t057_access_that_ended_has_ended_everywhere(house: House, c1: App, c2: App, way: Way) -> None:
    code = house.code(c1)
    brought = {**house.redeem(c1, code).json(), "code": code}
    assert house.works(brought["access_token"])
    way(house, c1, brought)
    assert not house.works(brought["access_token"])
    bearer = {"authorization": f"Bearer {brought['access_token']}"}
    assert house.door.get("/api/user", headers=bearer).status_code == 401
    assert house.refresh(c1, brought["refresh_token"]).status_code in {400, 401}
    told = house.call("/oauth2/introspect", c1, None, {"token": brought["access_token"]})
    assert told.status_code == 401 or told.json() == {"active": False}
    assert house.introspect(c2, brought["access_token"]) == {"active": False}


def test_t057_a_sign_out_ends_what_was_not_meant_to_outlive_it(house: House, c1: App) -> None:
    session_bound = house.tokens(c1, scope="openid")
    offline = house.tokens(c1, scope="openid offline_access")
    house.runner.now(as_ada(house), sessions.end)
    assert not house.works(session_bound["access_token"])
    assert house.works(offline["access_token"])
    assert house.refresh(c1, offline["refresh_token"]).status_code == 200


def test_who_took_part_in_a_session_is_known_for_as_long_as_it_may_live(house: House, c1: App, clock: Clock) -> None:
    house.tokens(c1, scope="openid")

    def took_part(ctx: Context) -> list[str]:
        (sid,) = {row[0] for row in ctx.db.all("SELECT sid FROM families")}
        return tokens.of_session(ctx.db, house.ada.id, sid)

    clock.pass_by(days=30)
    house.runner.now(OPERATOR, issue.purge, 100)
    house.runner.now(OPERATOR, issue.purge_families, 100)
    assert house.runner.now(OPERATOR, took_part) == [c1.id]


def test_a_purge_takes_what_is_over_and_nothing_else(house: House, c1: App, clock: Clock) -> None:
    machine = house.token(c1, grant_type="client_credentials").json()["access_token"]
    lasting = house.tokens(c1)

    def counted(ctx: Context) -> tuple[int, ...]:
        return tuple(ctx.db.all(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("tokens", "families"))

    assert house.runner.now(OPERATOR, counted) == (2, 1)
    clock.pass_by(minutes=71)
    assert house.introspect(c1, machine) == {"active": False}
    assert house.runner.now(OPERATOR, issue.purge, 100) == 1
    assert house.runner.now(OPERATOR, issue.purge_families, 100) == 0
    assert house.refresh(c1, lasting["refresh_token"]).status_code == 200
    clock.pass_by(days=14)
    clock.pass_by(days=90 + 31)
    house.runner.now(OPERATOR, issue.purge, 100)
    house.runner.now(OPERATOR, issue.purge_families, 100)
    assert house.runner.now(OPERATOR, counted) == (0, 0)


def test_t163_a_node_that_is_behind_learns_of_a_new_key_from_the_first_token(
    house: House, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifetimes, "KEYRING_RETRY", Lifetime(seconds=0))
    app = house.app(access_token_format="jwt", id_token_signed_response_alg="ES256")
    with runner_on(house.runner.database.url, tmp_path, clock=clock) as other:
        behind = House(other, house.ada, Door(Web(other)))
        before = house.tokens(app)["access_token"]
        assert behind.works(before)
        keyring.rotate(house.runner, at_once=True)
        house.runner.now(OPERATOR, signing_keys.require_readable)
        monkeypatch.setattr(
            lifetimes, "KEYRING_FRESH", Lifetime(seconds=0)
        )  # this node looks again; the other need not
        after = house.tokens(app)["access_token"]
        monkeypatch.setattr(lifetimes, "KEYRING_FRESH", Lifetime(seconds=3600))
        assert before.partition(".")[0] != after.partition(".")[0]
        for node in (house, behind):
            assert node.works(before)
            assert node.works(after)
