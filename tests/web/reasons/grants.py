"""How each reason is provoked not to exchange a grant for tokens."""

from typing import Any

import httpx

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT
from oauth2system.protocol.reasons.grants import GrantReason as R
from tests.support.in_process.oauth_apps import App
from tests.web.reasons.bench import A_STEP, DEVICE, GRANTS, Bench, Provoked

API, OTHER_API = "https://api.example", "https://other.example"
NO_PKCE = {"code_challenge": None, "code_challenge_method": None}


def redeems(**changes: Any) -> Provoked:
    """Redeem a good code with something changed."""
    return Provoked(lambda b: redeemed(b, b.app(), **changes))


def redeemed(b: Bench, app: App, **changes: Any) -> httpx.Response:
    return b.house.redeem(app, b.house.code(app), **changes)


def machine(b: Bench, app: App | None = None, **fields: Any) -> httpx.Response:
    return b.house.token(app or b.app(), grant_type=CLIENT_CREDENTIALS, **fields)


def another_apps_code(b: Bench) -> httpx.Response:
    return b.house.redeem(b.app(), b.house.code(b.app()))


def a_used_code(b: Bench) -> httpx.Response:
    app = b.app()
    code = b.house.code(app)
    assert b.house.redeem(app, code).status_code == 200
    return b.house.redeem(app, code)


def a_code_of_access_taken_back(b: Bench) -> httpx.Response:
    app = b.app()
    code = b.house.code(app)
    b.run("DELETE FROM consents WHERE client_id = ?", app.id)
    return b.house.redeem(app, code)


def a_verifier_nobody_asked_for(b: Bench) -> httpx.Response:
    app = b.app()
    return b.house.redeem(app, b.house.code(app, **NO_PKCE))


def a_code_for_a_key(b: Bench) -> httpx.Response:
    app = b.app()
    return b.house.redeem(app, b.house.code(app, dpop_jkt=b.holder.key.jkt))


def refresh_of(b: Bench, app: App) -> str:
    return b.house.tokens(app)["refresh_token"]


def another_apps_refresh_token(b: Bench) -> httpx.Response:
    return b.house.refresh(b.app(), refresh_of(b, b.app()))


def a_revoked_refresh_token(b: Bench) -> httpx.Response:
    app = b.app()
    token = refresh_of(b, app)
    b.house.call("/oauth2/revoke", app, None, {"token": token})
    return b.house.refresh(app, token)


def a_rotated_refresh_token(b: Bench) -> httpx.Response:
    app = b.app()
    token = refresh_of(b, app)
    assert b.house.refresh(app, token).status_code == 200
    b.clock.pass_by(minutes=1)
    return b.house.refresh(app, token)


def a_refresh_token_without_its_key(b: Bench) -> httpx.Response:
    app = b.public()
    return b.house.refresh(app, b.holder.tokens(app)["refresh_token"])


def a_successor_for_another_key(b: Bench) -> httpx.Response:
    app, holder = b.app(), b.holder
    token = refresh_of(b, app)
    assert b.house.refresh(app, token).status_code == 200
    return holder.refresh(app, token)


def a_successor_of_another_secret_key(b: Bench) -> httpx.Response:
    app = b.app()
    token = refresh_of(b, app)
    assert b.house.refresh(app, token).status_code == 200
    return b.elsewhere("z" * 40, lambda house: house.refresh(app, token))


def a_wider_refresh(b: Bench) -> httpx.Response:
    app = b.app()
    token = b.house.tokens(app, scope="openid offline_access")["refresh_token"]
    return b.house.refresh(app, token, scope="email")


def scopes_taken_back(b: Bench) -> httpx.Response:
    app = b.app()
    token = refresh_of(b, app)
    b.change(app, scopes=frozenset({"identify"}))
    return b.house.refresh(app, token)


def resources_taken_back(b: Bench) -> httpx.Response:
    app = b.app(resources=(API,))
    token = b.house.tokens(app, resource=API)["refresh_token"]
    b.change(app, resources=())
    return b.house.refresh(app, token)


def late(b: Bench) -> httpx.Response:
    app = b.app()
    code = b.device(app)
    b.clock.pass_by(minutes=11)
    return b.poll(app, code)


def impatient(b: Bench) -> httpx.Response:
    app = b.app()
    code = b.device(app)
    b.poll(app, code)
    return b.poll(app, code)


def denied(b: Bench) -> httpx.Response:
    app = b.app()
    return b.poll(app, b.device(app, "cancel"))


def pending(b: Bench) -> httpx.Response:
    app = b.app()
    return b.poll(app, b.device(app))


PROVOKED: dict[R, Provoked] = {
    R.GRANT_UNSUPPORTED: Provoked(lambda b: b.house.token(b.app(), grant_type="password")),
    R.GRANT_NOT_ALLOWED: Provoked(lambda b: machine(b, b.app(grant_types=frozenset({CODE_GRANT})))),
    R.GRANT_NEEDS_CONFIDENTIAL: Provoked(lambda b: machine(b, b.public())),
    R.CODE_PLACEHOLDER: Provoked(lambda b: b.house.redeem(b.app(), "undefined")),
    R.CODE_UNKNOWN: Provoked(lambda b: b.house.redeem(b.app(), "x")),
    R.CODE_OF_ANOTHER_APP: Provoked(another_apps_code),
    R.CODE_USED: Provoked(a_used_code),
    R.CODE_ACCESS_REVOKED: Provoked(a_code_of_access_taken_back),
    R.REDIRECT_URI_DIFFERS: redeems(redirect_uri="https://app.example/other"),
    R.VERIFIER_UNEXPECTED: Provoked(a_verifier_nobody_asked_for),
    R.VERIFIER_MISSING: redeems(code_verifier=None),
    R.VERIFIER_WRONG: redeems(code_verifier="B" * 43),
    R.CODE_BOUND: Provoked(a_code_for_a_key),
    R.REFRESH_PLACEHOLDER: Provoked(lambda b: b.house.refresh(b.app(), "null")),
    R.REFRESH_UNKNOWN: Provoked(lambda b: b.house.refresh(b.app(), "x")),
    R.REFRESH_OF_ANOTHER_APP: Provoked(another_apps_refresh_token),
    R.REFRESH_ENDED: Provoked(a_revoked_refresh_token),
    R.REFRESH_REUSED: Provoked(a_rotated_refresh_token),
    R.REFRESH_BOUND: Provoked(a_refresh_token_without_its_key),
    R.SUCCESSOR_DIFFERS: Provoked(a_successor_for_another_key),
    R.SUCCESSOR_LOST: Provoked(a_successor_of_another_secret_key),
    R.SCOPE_WIDENED: Provoked(a_wider_refresh),
    R.SCOPE_TAKEN_BACK: Provoked(scopes_taken_back),
    R.SCOPE_NOT_FOR_ITSELF: Provoked(lambda b: machine(b, scope="openid")),
    R.RESOURCE_NOT_GRANTED: redeems(resource=OTHER_API),
    R.RESOURCE_TAKEN_BACK: Provoked(resources_taken_back),
    R.RESOURCE_MALFORMED: Provoked(lambda b: machine(b, resource="relative")),
    R.DEVICE_NOT_ALLOWED: Provoked(
        lambda b: b.house.call(DEVICE, b.app(grant_types=GRANTS - {DEVICE_GRANT}), None, {"scope": "openid"})
    ),
    R.DEVICE_SCOPE: Provoked(lambda b: b.house.call(DEVICE, b.app(), None, {"scope": "unheard_of"})),
    R.DEVICE_CODE_UNKNOWN: Provoked(lambda b: b.poll(b.app(), "x")),
    R.DEVICE_CODE_EXPIRED: Provoked(late),
    R.DEVICE_DENIED: Provoked(denied),
    R.POLLED_TOO_FAST: Provoked(impatient),
    R.DEVICE_PENDING: Provoked(pending, A_STEP),
}

CANNOT: dict[R, str] = {
    R.CODE_EXPIRED: "A code that has expired is not looked up any more: it is answered as an unknown one.",
    R.CODE_TAKEN: "Only of two exchanges of one code at the same instant does one read this.",
}
