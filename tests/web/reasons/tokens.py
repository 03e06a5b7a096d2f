"""How each reason is provoked not to accept a token, a proof or a value."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.policy import quotas
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS
from oauth2system.protocol.reasons.tokens import TokenReason as R
from tests.support.in_process.oauth_apps import App
from tests.web.reasons.bench import A_STEP, FORM, NO_APP, TOKEN, USER, USERINFO, Bench, Provoked
from tests.web.tokens.test_dpop import Holder


def access(b: Bench, app: App | None = None, **asked: Any) -> str:
    return b.house.tokens(app or b.app(), **asked)["access_token"]


def shown(b: Bench, token: str, path: str = USERINFO, scheme: str = "Bearer", **headers: str) -> httpx.Response:
    return b.house.door.get(path, headers={"authorization": f"{scheme} {token}", **headers})


def in_two_places(b: Bench) -> httpx.Response:
    return b.house.call(USERINFO, None, {"authorization": "Bearer x"}, {"access_token": "x"})


def a_revoked_token(b: Bench) -> httpx.Response:
    app = b.app()
    token = access(b, app)
    b.house.call("/oauth2/revoke", app, None, {"token": token})
    return shown(b, token)


def a_token_for_an_api(b: Bench) -> httpx.Response:
    api = "https://api.example"
    return shown(b, access(b, b.app(resources=(api,)), resource=api))


def a_token_of_nobody(b: Bench) -> httpx.Response:
    answer = b.house.token(b.app(), grant_type=CLIENT_CREDENTIALS, scope="identify")
    return shown(b, answer.json()["access_token"], USER)


def a_public_app_introspects(b: Bench) -> httpx.Response:
    return b.house.call("/oauth2/introspect", b.public(), None, {"token": "x"})


def another_app_revokes(b: Bench) -> httpx.Response:
    return b.house.call("/oauth2/revoke", b.app(), None, {"token": access(b)})


def an_id_token_is_revoked(b: Bench) -> httpx.Response:
    app = b.app()
    return b.house.call("/oauth2/revoke", app, None, {"token": b.house.tokens(app)["id_token"]})


def proven(b: Bench, app: App, headers: dict[str, str]) -> httpx.Response:
    return b.house.token(app, headers=headers, grant_type=CLIENT_CREDENTIALS)


def two_proofs(b: Bench) -> httpx.Response:
    app = b.app()
    proofs = [("dpop", "x"), ("dpop", "y")]
    body = f"grant_type={CLIENT_CREDENTIALS}".encode()
    return b.raw(TOKEN, body, FORM, *app.headers().items(), *proofs)


def a_proof_twice(b: Bench) -> httpx.Response:
    app, proof = b.app(), b.holder.proof()
    assert proven(b, app, proof).status_code == 200
    return proven(b, app, proof)


def a_bound_token_as_bearer(b: Bench) -> httpx.Response:
    return shown(b, b.holder.tokens(b.app())["access_token"])


def a_proof_by_another_key(b: Bench) -> httpx.Response:
    return Holder(b.house, b.clock).userinfo(b.holder.tokens(b.app())["access_token"])


def without_the_value(b: Bench) -> httpx.Response:
    return b.house.door.get(f"{USER}?{urlencode({'client_id': '1', 'client_secret': 'x'})}")


def fetched(b: Bench, change: str = "", app: App | None = None, seconds: int = 0) -> httpx.Response:
    """Fetch a value after something has changed, in the database or in time."""
    app = app or b.app()
    value = b.value(app)
    if change:
        b.run(change, app.id)
    b.clock.pass_by(seconds=seconds)
    return b.fetch(app, value)


def read_twice(b: Bench) -> httpx.Response:
    app = b.app()
    value = b.value(app)
    assert b.fetch(app, value).status_code == 200
    return b.fetch(app, value)


def a_crowded_outbox(b: Bench) -> httpx.Response:
    """Sign out while as many notices wait for the app as may."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotas, "NOTICES_OF_AN_APP", 0)
        return b.notify(200)


PROVOKED: dict[R, Provoked] = {
    R.TOKEN_MISSING: Provoked(lambda b: b.house.door.get(USERINFO), NO_APP),
    R.TOKEN_TWO_WAYS: Provoked(in_two_places, NO_APP),
    R.TOKEN_EMPTY: Provoked(lambda b: shown(b, " "), NO_APP),
    R.TOKEN_UNKNOWN: Provoked(lambda b: shown(b, "x"), NO_APP),
    R.TOKEN_ENDED: Provoked(a_revoked_token),
    R.TOKEN_FOR_ANOTHER_RESOURCE: Provoked(a_token_for_an_api),
    R.SCOPE_MISSING: Provoked(lambda b: shown(b, access(b, scope="identify"))),
    R.NO_PERSON: Provoked(a_token_of_nobody),
    R.INTROSPECTION_NEEDS_CONFIDENTIAL: Provoked(a_public_app_introspects),
    R.REVOKED_BY_ANOTHER_APP: Provoked(another_app_revokes),
    R.NOT_REVOCABLE: Provoked(an_id_token_is_revoked),
    R.PROOF_REQUIRED: Provoked(lambda b: proven(b, b.app(dpop_bound_access_tokens=True), {})),
    R.PROOFS_SEVERAL: Provoked(two_proofs),
    R.PROOF_REFUSED: Provoked(lambda b: proven(b, b.app(), {"dpop": "x"})),
    R.PROOF_REPLAYED: Provoked(a_proof_twice),
    R.PROOF_NONCE: Provoked(lambda b: proven(b, b.app(), b.holder.proof(nonce=None)), A_STEP),
    R.TOKEN_NOT_BOUND: Provoked(lambda b: b.holder.userinfo(access(b))),
    R.TOKEN_SENT_AS_BEARER: Provoked(a_bound_token_as_bearer),
    R.TOKEN_BOUND: Provoked(a_proof_by_another_key),
    R.VALUE_AND_CREDENTIALS_MISSING: Provoked(lambda b: b.house.door.get(USER), NO_APP),
    R.VALUE_MISSING: Provoked(without_the_value, NO_APP),
    R.SENT_TWO_WAYS: Provoked(
        lambda b: b.house.call(f"{USER}?oauth_token=x", None, None, {"oauth_token": "x"}), NO_APP
    ),
    R.VALUE_UNKNOWN: Provoked(lambda b: b.fetch(b.app(), "os_x")),
    R.VALUE_PLACEHOLDER: Provoked(lambda b: b.fetch(b.app(), "None")),
    R.VALUE_OF_ANOTHER_APP: Provoked(lambda b: b.fetch(b.app(), b.value(b.app()))),
    R.VALUE_ACCESS_REVOKED: Provoked(lambda b: fetched(b, "DELETE FROM consents WHERE client_id = ?")),
    R.VALUE_ENDED_WITH_TOKENS: Provoked(
        lambda b: fetched(b, "UPDATE clients SET generation = generation + 1 WHERE id = ?")
    ),
    R.VALUE_EXPIRED: Provoked(lambda b: fetched(b, seconds=121)),
    R.VALUE_READ_BEFORE: Provoked(read_twice),
    R.VALUE_WITHOUT_SCOPE: Provoked(lambda b: fetched(b, "UPDATE consents SET scopes = 'openid' WHERE client_id = ?")),
    R.LOGOUT_NOT_REACHED: Provoked(lambda b: b.notify(None), is_answered=False),
    R.LOGOUT_TOO_MANY_WAIT: Provoked(a_crowded_outbox, is_answered=False),
    R.LOGOUT_REFUSED: Provoked(lambda b: b.notify(400), is_answered=False),
    R.LOGOUT_NOT_ACCEPTED: Provoked(lambda b: b.notify(503), is_answered=False),
}

_UNKNOWN = "What is wrong with a JWT access token is not said: any of it is answered as an unknown token."
CANNOT: dict[R, str] = {R.TOKEN_REFUSED: _UNKNOWN, R.TOKEN_OF_ANOTHER_ISSUER: _UNKNOWN}
