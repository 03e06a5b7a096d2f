"""How each reason is provoked not to believe a client."""

import httpx

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS
from oauth2system.protocol.reasons.clients import ClientReason as R
from oauth2system.services.admin import apps as all_apps
from tests.support.in_process.oauth_apps import OPERATOR, App, basic
from tests.web.reasons.bench import NO_APP, TOKEN, USER, WRONG, Bench, Provoked

MACHINE = {"grant_type": CLIENT_CREDENTIALS}


def shown(b: Bench, headers: dict[str, str], **fields: str) -> httpx.Response:
    """Ask for a token with credentials of the caller's choice."""
    return b.house.call(TOKEN, None, headers, {**MACHINE, **fields})


def disabled(b: Bench) -> App:
    app = b.app()
    b.house.runner.now(OPERATOR, all_apps.disable, app.id)
    return app


def two_methods(b: Bench) -> httpx.Response:
    app = b.app()
    return shown(b, app.headers(), client_id=app.id, client_secret=app.secret or "")


def another_id(b: Bench) -> httpx.Response:
    return shown(b, b.app().headers(), client_id=b.app().id)


def an_assertion_of_a_type_unheard_of(b: Bench) -> httpx.Response:
    app = b.signs()
    return b.asserted(b.key.assertion(app.id, b.house.base, b.now), client_id=app.id, client_assertion_type="x")


def an_assertion_about_another(b: Bench) -> httpx.Response:
    return b.asserted(b.key.assertion(b.signs().id, b.house.base, b.now), client_id=b.signs().id)


def an_assertion_twice(b: Bench) -> httpx.Response:
    jwt = b.key.assertion(b.signs().id, b.house.base, b.now)
    assert b.asserted(jwt).status_code == 200
    return b.asserted(jwt)


def with_keys(b: Bench, jwks: str | None) -> httpx.Response:
    app = b.app(token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    return b.asserted(b.key.assertion(app.id, b.house.base, b.now))


def a_secret_that_cannot_sign(b: Bench) -> httpx.Response:
    app = b.app(token_endpoint_auth_method="client_secret_jwt")
    b.run("UPDATE client_secrets SET sealed = NULL WHERE client_id = ?", app.id)
    return b.asserted(b.key.assertion(app.id, b.house.base, b.now))


def a_secret_of_an_app_that_has_none(b: Bench) -> httpx.Response:
    app = b.app()
    value = b.value(app)
    b.change(app, token_endpoint_auth_method="none", is_public=True)
    return b.fetch(app, value)


def a_disabled_app_fetches(b: Bench) -> httpx.Response:
    app = b.app()
    value = b.value(app)
    b.house.runner.now(OPERATOR, all_apps.disable, app.id)
    return b.fetch(app, value)


def expired(b: Bench) -> App:
    app = b.app()
    b.run("UPDATE client_secrets SET expires_at = created_at WHERE client_id = ?", app.id)
    return app


def a_fetch_with_an_expired_secret(b: Bench) -> httpx.Response:
    app = b.app()
    value = b.value(app)
    b.run("UPDATE client_secrets SET expires_at = created_at WHERE client_id = ?", app.id)
    return b.fetch(app, value)


def another_registration_token(b: Bench) -> httpx.Response:
    told = b.register().json()
    return b.update({**told, "registration_access_token": "x"})


PROVOKED: dict[R, Provoked] = {
    R.TWO_METHODS: Provoked(two_methods),
    R.NO_CREDENTIALS: Provoked(lambda b: shown(b, {}), NO_APP),
    R.BASIC_UNREADABLE: Provoked(lambda b: shown(b, {"authorization": "Basic ***"}, client_id=b.app().id)),
    R.CLIENT_ID_DIFFERS: Provoked(another_id),
    R.CLIENT_ID_EMPTY: Provoked(lambda b: shown(b, basic("", "x")), NO_APP),
    R.UNKNOWN_CLIENT: Provoked(lambda b: shown(b, basic("999", WRONG)), NO_APP),
    R.DISABLED_CLIENT: Provoked(lambda b: shown(b, disabled(b).headers())),
    R.FAPI_NEEDS_KEYS: Provoked(lambda b: shown(b, b.app(profile="fapi2").headers())),
    R.METHOD_DIFFERS: Provoked(lambda b: shown(b, {}, client_id=b.app().id)),
    R.NOT_PUBLIC: Provoked(lambda b: shown(b, {}, client_id=b.app(token_endpoint_auth_method="none").id)),
    R.SECRET_PLACEHOLDER: Provoked(lambda b: shown(b, basic(b.app().id, "None"))),
    R.SECRET_EXPIRED: Provoked(lambda b: shown(b, expired(b).headers())),
    R.SECRET_WRONG: Provoked(lambda b: shown(b, basic(b.app().id, WRONG))),
    R.ASSERTION_TYPE_WRONG: Provoked(an_assertion_of_a_type_unheard_of),
    R.ASSERTION_REFUSED: Provoked(lambda b: b.asserted(b.key.assertion(b.signs().id, "https://other.example", b.now))),
    R.ASSERTION_SUBJECT: Provoked(an_assertion_about_another),
    R.ASSERTION_REPLAYED: Provoked(an_assertion_twice),
    R.CLIENT_KEYS_MISSING: Provoked(lambda b: with_keys(b, None)),
    R.CLIENT_KEYS_UNREADABLE: Provoked(lambda b: with_keys(b, "{")),
    R.SECRET_CANNOT_SIGN: Provoked(a_secret_that_cannot_sign),
    R.SIMPLE_CREDENTIALS_MISSING: Provoked(lambda b: b.house.door.get(f"{USER}?oauth_token=x"), NO_APP),
    R.SIMPLE_BASIC_UNREADABLE: Provoked(
        lambda b: b.house.door.get(f"{USER}?oauth_token=x", headers={"authorization": "Basic ***"}), NO_APP
    ),
    R.SIMPLE_UNKNOWN_CLIENT: Provoked(lambda b: b.fetch(App("999", WRONG), "os_x"), NO_APP),
    R.SIMPLE_DISABLED_CLIENT: Provoked(a_disabled_app_fetches),
    R.SIMPLE_SECRET_PLACEHOLDER: Provoked(lambda b: b.fetch(b.app(), "os_x", client_secret="CLIENT_SECRET")),
    R.SIMPLE_SECRET_EXPIRED: Provoked(a_fetch_with_an_expired_secret),
    R.SIMPLE_SECRET_WRONG: Provoked(lambda b: b.fetch(b.app(), "os_x", client_secret=WRONG)),
    R.SIMPLE_TAKES_NO_SECRET: Provoked(a_secret_of_an_app_that_has_none),
    R.INITIAL_TOKEN_REFUSED: Provoked(lambda b: b.register("x"), NO_APP),
    R.REGISTRATION_TOKEN_REFUSED: Provoked(another_registration_token),
}

CANNOT: dict[R, str] = {
    R.ASSERTION_MISSING: "Credentials that came as an assertion always hold one.",
}
