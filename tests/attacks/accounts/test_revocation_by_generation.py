"""T092: the generation alone revokes all access, on both databases, also what no sweep sees.

Every statement that ends or deletes rows of a person is switched off here. So each test shows that one way of revoking
raises the generation, and that one kind of thing is judged by it when it is used.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import device_codes, ephemeral, sessions, tokens
from tests.support.in_process.door import begin_session, runner_on
from tests.support.in_process.oauth_apps import CB, House, answered
from tests.support.in_process.revocations import EVERY_WAY, has_old_password, link, sign_out_everywhere

Works = Callable[[], bool]
GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT})
SWEEPS = (
    (sessions, "end_all"),
    (ephemeral, "drop"),
    (ephemeral, "drop_unused"),
    (device_codes, "drop_of_user"),
    (device_codes, "drop_of_session"),
    (tokens, "revoke_of_user"),
    (tokens, "revoke_of_session"),
)


@pytest.fixture
def house(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[House]:
    def nothing(*_args: Any, **_kwargs: Any) -> int:
        return 0

    def nobody(*_args: Any) -> list[Any]:
        return []

    for module, name in SWEEPS:
        monkeypatch.setattr(module, name, nothing)
    monkeypatch.setattr(sessions, "live_of", nobody)
    with runner_on(database_url, tmp_path) as runner:
        made = House.open(runner)
        has_old_password(made)
        yield made


def session(house: House) -> Works:
    """Sign in; the cookie names somebody on our pages."""

    def works() -> bool:
        def is_there(ctx: Context) -> bool:
            return ctx.session is not None

        return house.runner.now(Caller(cookie=house.ada.cookie.partition("=")[2]), is_there)

    return works


def session_of_a_tab(house: House) -> Works:
    """Open a tab; the handle stands in for the cookie on the event socket."""

    def works() -> bool:
        def is_there(ctx: Context) -> bool:
            return ctx.session is not None

        return house.runner.now(Caller(handle=house.ada.handle), is_there)

    return works


def session_at_authorize(house: House) -> Works:
    """Sign in; a connected app gets a code without a question."""
    app = house.app()
    return lambda: house.authorize(app).headers["location"].startswith(CB)


def code(house: House) -> Works:
    """Get a code."""
    app = house.app()
    value = house.code(app)
    return lambda: house.redeem(app, value).status_code == 200


def simple_value(house: House) -> Works:
    """Get a value of the simple flow."""
    app = house.app(simple_flow=True, simple_redirect_uri=CB)
    answer = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify", cookie=house.ada.cookie)
    given = {"oauth_token": answered(answer)["oauth_token"], "client_id": app.id, "client_secret": app.secret}
    return lambda: house.call("/api/user", None, None, given).status_code == 200


def device(house: House) -> Works:
    """Let a device in that fetches its tokens later."""
    tv = house.public("TV", grant_types=GRANTS)
    begun = house.call("/oauth2/device_authorization", tv, None, {"scope": "openid"}).json()
    form = {"user_code": begun["user_code"], "account": house.ada.id, "decision": "authorize"}
    assert "device_allowed" in house.door.post("/device", cookie=house.ada.cookie, data=form).headers["location"]
    value: str = begun["device_code"]
    return lambda: house.token(tv, grant_type=DEVICE_GRANT, device_code=value).status_code == 200


def access_token(house: House) -> Works:
    """Get an access token."""
    brought = house.tokens(house.app(), scope="openid email")
    return lambda: house.works(brought["access_token"])


def introspected(house: House) -> Works:
    """Get a token that an app introspects."""
    app = house.app()
    brought = house.tokens(app, scope="openid email")
    return lambda: house.introspect(app, brought["access_token"])["active"]


def refreshed(house: House) -> Works:
    """Get a refresh token."""
    app = house.app()
    brought = house.tokens(app, scope="openid offline_access")
    return lambda: house.refresh(app, brought["refresh_token"]).status_code == 200


def decision(house: House) -> Works:
    """Agree on the consent page, and let the browser come back with the decision later."""
    app = house.app("Asks", first_party=False)
    begun = house.authorize(app)
    flow = begun.headers["location"].partition("flow=")[2]
    cookies = f"{house.ada.cookie}; {begun.headers['set-cookie'].partition(';')[0]}"
    form = {"flow": flow, "account": house.ada.id, "decision": "authorize"}
    house.door.post("/consent", cookie=cookies, data=form)

    def works() -> bool:
        anew = house.runner.now(Caller(), begin_session, house.ada.id)
        browser = cookies.replace(house.ada.cookie.partition("=")[2], anew)
        return (
            house.door.get(f"/oauth2/authorize?flow={flow}", cookie=browser).headers.get("location", "").startswith(CB)
        )

    return works


def mail_link(house: House) -> Works:
    """Ask for a mail with a link."""
    value = link(house, Kind.CONFIRM, does="move", email="new@example.org", key="new@example.org")

    def works() -> bool:
        return house.runner.now(Caller(), one_time_links.take, Kind.CONFIRM, value) is not None

    return works


FOUNDERS = (
    session,
    session_of_a_tab,
    session_at_authorize,
    code,
    simple_value,
    device,
    access_token,
    introspected,
    refreshed,
    decision,
    mail_link,
)


# Offline access is meant to outlive a sign-out (OIDC Core §11), and a mail that is on its way is no session.
OUTLIVE_SIGN_OUT = (refreshed, mail_link)


@pytest.mark.parametrize("found", FOUNDERS)
def test_each_of_them_works_until_all_access_is_revoked(house: House, found: Callable[[House], Works]) -> None:
    assert found(house)()


@pytest.mark.parametrize("revoke", EVERY_WAY)
@pytest.mark.parametrize("found", FOUNDERS)
def test_t092_what_was_made_under_another_generation_is_dead(
    house: House, found: Callable[[House], Works], revoke: Callable[[House], None]
) -> None:
    works = found(house)
    revoke(house)
    assert works() is (revoke is sign_out_everywhere and found in OUTLIVE_SIGN_OUT)
