"""T165: all tokens of an app are revoked at once, also what another transaction makes at that moment."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.tokens import codes
from oauth2system.storage.tables import tokens
from tests.attacks.accounts.test_revocation_races import crossing
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, House, answered

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT})
SCOPE = "openid offline_access"


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    with runner_on(database_url, tmp_path) as runner:
        yield House.open(runner)


def revoke(house: House, app: App) -> int:
    return house.runner.now(OPERATOR, all_apps.revoke_tokens, app.id)


def _revoke(house: House, app: App) -> None:
    revoke(house, app)


def active(house: House, app: App, token: str) -> bool:
    return house.call("/oauth2/introspect", app, None, {"token": token}).json()["active"]


def refreshed(house: House, app: App, token: str) -> int:
    return house.token(app, grant_type="refresh_token", refresh_token=token).status_code


def value_of(house: House, app: App) -> str:
    asked = f"/oauth2/authorize?client_id={app.id}&scope=identify"
    return answered(house.door.get(asked, cookie=house.ada.cookie))["code"]


def fetched(house: House, app: App, value: str) -> int:
    presented = {"oauth_token": value, "client_id": app.id, "client_secret": app.secret}
    return house.call("/api/user", None, None, presented).status_code


def test_every_token_code_and_value_of_the_app_is_dead_and_others_live(house: House) -> None:
    app, other = (
        house.app(require_pkce=False, grant_types=GRANTS, simple_flow=True, simple_redirect_uri=CB, name=name)
        for name in ("Leaked", "Other")
    )
    found, others = house.tokens(app, scope=SCOPE), house.tokens(other, scope=SCOPE)
    machine = house.token(app, grant_type="client_credentials").json()["access_token"]
    code, value = house.code(app), value_of(house, app)
    assert active(house, app, found["access_token"])
    assert active(house, app, machine)
    assert revoke(house, app) == 1
    assert not active(house, app, found["access_token"])
    assert not active(house, app, machine)
    bearer = {"authorization": f"Bearer {found['access_token']}"}
    assert house.call("/oauth2/userinfo", None, bearer, {}).status_code == 401
    assert refreshed(house, app, found["refresh_token"]) == 400
    assert house.redeem(app, code).json()["error"] == "invalid_grant"
    assert fetched(house, app, value) == 401
    assert active(house, other, others["access_token"])
    assert refreshed(house, other, others["refresh_token"]) == 200
    assert revoke(house, app) == 0, "nobody is left"


def test_what_people_allowed_stays_and_brings_new_tokens(house: House) -> None:
    app = house.app(require_pkce=False, grant_types=GRANTS)
    house.tokens(app, scope=SCOPE)
    revoke(house, app)
    again = house.tokens(app, scope=SCOPE)
    assert active(house, app, again["access_token"])
    assert refreshed(house, app, again["refresh_token"]) == 200


@pytest.fixture
def racing(postgresql_url: str, tmp_path: Path) -> Generator[House]:
    with runner_on(postgresql_url, tmp_path) as runner:
        yield House.open(runner)


def test_t165_a_code_that_commits_after_all_tokens_were_revoked_brings_nothing(
    racing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = racing.app(require_pkce=False)
    code = crossing(monkeypatch, (codes, "issue"), lambda: racing.code(app), lambda: _revoke(racing, app))
    assert racing.redeem(app, code).json()["error"] == "invalid_grant"


def test_t165_a_value_that_commits_after_all_tokens_were_revoked_brings_nothing(
    racing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = racing.app(simple_flow=True, simple_redirect_uri=CB)
    assert fetched(racing, app, value_of(racing, app)) == 200
    value = crossing(monkeypatch, (codes, "issue"), lambda: value_of(racing, app), lambda: _revoke(racing, app))
    assert fetched(racing, app, value) == 401


def test_t165_tokens_that_commit_after_all_tokens_were_revoked_are_dead(
    racing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = racing.app(require_pkce=False, grant_types=GRANTS)
    code, old = racing.code(app), racing.tokens(app, scope=SCOPE)

    def redeem() -> Any:
        return racing.redeem(app, code).json()

    def refresh() -> Any:
        return racing.token(app, grant_type="refresh_token", refresh_token=old["refresh_token"]).json()

    def ask() -> Any:
        return racing.token(app, grant_type="client_credentials").json()

    for work in (redeem, refresh, ask):
        with monkeypatch.context() as patch:
            made = crossing(patch, (tokens, "add"), work, lambda: _revoke(racing, app))
        assert not active(racing, app, made["access_token"]), work.__name__
        if "refresh_token" in made:
            assert refreshed(racing, app, made["refresh_token"]) == 400
        old = racing.tokens(app, scope=SCOPE)
