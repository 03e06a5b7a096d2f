"""How apps prove themselves, and how everything else fails alike (RFC 6749 §2.3, RFC 7523)."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system.runtime import app_log
from oauth2system.storage.database.columns import to_ms
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, runner_on
from tests.support.in_process.jwts import ASSERTION, Key, hs256, unsigned
from tests.support.in_process.oauth_apps import OPERATOR, App, Clock, House, basic

MACHINE = "client_credentials"


def machine(house: House, headers: dict[str, str] | None = None, **fields: str | list[str] | None) -> httpx.Response:
    return house.call("/oauth2/token", None, headers, {"grant_type": MACHINE, **fields})


def asserted(house: House, assertion: str, **fields: str) -> httpx.Response:
    return machine(house, None, client_assertion_type=ASSERTION, client_assertion=assertion, **fields)


@pytest.fixture
def key() -> Key:
    return Key()


@pytest.fixture
def f1(house: House, key: Key) -> App:
    """An app that signs what it says, and is held to FAPI 2.0 in how it does."""
    return house.app("F1", token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)


@pytest.fixture
def strict(house: House, key: Key) -> App:
    return house.app("Strict", token_endpoint_auth_method="private_key_jwt", jwks=key.jwks, profile="fapi2")


def when(clock: Clock) -> float:
    return to_ms(clock.now) / 1000


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_an_app_proves_itself_by_its_secret(house: House, method: str) -> None:
    assert house.token(house.app(token_endpoint_auth_method=method), grant_type=MACHINE).status_code == 200


def test_t034_whatever_is_wrong_the_answer_is_one(house: House, c1: App, p1: App) -> None:
    code = house.code(c1)
    other = house.app("Other")
    wrong: list[tuple[dict[str, str], dict[str, str | None]]] = [
        (basic(c1.id, "ok_" + "A" * 54), {}),
        (basic(c1.id, ""), {}),
        (basic(c1.id, other.secret or ""), {}),
        (basic("999", c1.secret or ""), {}),
        (basic("not a number", c1.secret or ""), {}),
        ({}, {"client_id": c1.id}),
        ({}, {"client_id": p1.id, "client_secret": c1.secret}),
        ({}, {}),
        ({}, {"client_id": "1" * 400}),
    ]
    answers = [
        house.call("/oauth2/token", None, head, {"grant_type": MACHINE, **form, "code": code}) for head, form in wrong
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["error"] == "invalid_client"
    assert all("www-authenticate" in answer.headers for answer in answers)
    assert answers[0].headers["www-authenticate"].startswith("Basic")
    assert house.redeem(c1, code).status_code == 200


def test_t035_basic_is_read_as_it_is_written_in_rfc_6749(house: House, c1: App) -> None:
    def shown(raw: bytes) -> httpx.Response:
        return machine(house, {"authorization": "Basic " + base64.b64encode(raw).decode()})

    assert shown(f"{c1.id}:{c1.secret}".encode()).status_code == 200
    escaped = "".join(f"%{ord(char):02X}" for char in c1.id)
    assert shown(f"{escaped}:{c1.secret}".encode()).status_code == 200
    for raw in (c1.id.encode(), b"", b":", f"{c1.id}:{c1.secret}:".encode(), f"{c1.id}:ü".encode(), b"\xff\xfe:x"):
        assert shown(raw).status_code == 401
    for raw in (f"{c1.id}:%zz".encode(), f"{c1.id}:%".encode(), f"%00{c1.id}:{c1.secret}".encode(), b"a" * 9000):
        assert shown(raw).status_code == 401
    for header in ("Basic", "Basic ", "Basic ****", "Basic YQ", "basic\tYTpi"):
        assert machine(house, {"authorization": header}).status_code == 401


def test_t036_an_app_uses_its_one_method(house: House, c1: App, f1: App, key: Key, clock: Clock) -> None:
    by_post = machine(house, client_id=c1.id, client_secret=c1.secret)
    assert (by_post.status_code, by_post.json()["error"]) == (401, "invalid_client")
    both = machine(house, c1.headers(), client_id=c1.id, client_secret=c1.secret)
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    other_id = machine(house, c1.headers(), client_id=f1.id)
    assert (other_id.status_code, other_id.json()["error"]) == (401, "invalid_client")
    jwt = key.assertion(c1.id, house.base, when(clock))
    assert asserted(house, jwt).status_code == 401
    assert machine(house, c1.headers(), client_assertion_type=ASSERTION, client_assertion=jwt).status_code == 400


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_an_app_proves_itself_by_what_it_signs(house: House, clock: Clock, alg: str) -> None:
    key = Key(alg)
    app = house.app(token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
    assert asserted(house, key.assertion(app.id, house.base, when(clock))).status_code == 200
    assert asserted(house, key.assertion(app.id, f"{house.base}/oauth2/token", when(clock))).status_code == 200
    assert asserted(house, key.assertion(app.id, [house.base, "x"], when(clock))).status_code == 200


def test_an_app_proves_itself_by_signing_with_its_secret(house: House, clock: Clock) -> None:
    app = house.app(token_endpoint_auth_method="client_secret_jwt")
    now = when(clock)
    claims = {"iss": app.id, "sub": app.id, "aud": house.base, "jti": "1", "exp": now + 60, "iat": now}
    assert asserted(house, hs256((app.secret or "").encode(), claims)).status_code == 200
    assert asserted(house, hs256((app.secret or "").encode(), claims)).status_code == 401  # the same jti
    assert asserted(house, hs256(b"ok_" + b"A" * 54, {**claims, "jti": "2"})).status_code == 401
    assert machine(house, basic(app.id, app.secret or "")).status_code == 401


def test_t085_only_a_secret_that_signs_is_kept_readable(house: House) -> None:
    signs, shows = house.app(token_endpoint_auth_method="client_secret_jwt"), house.app()
    query = "SELECT client_id, sealed FROM client_secrets"
    rows = house.runner.now(OPERATOR, lambda ctx: {row[0]: row[1] for row in ctx.db.all(query)})
    assert rows[shows.id] is None
    assert rows[signs.id] is not None
    assert (signs.secret or "").encode() not in bytes(rows[signs.id])


def test_t037_an_assertion_is_for_us_by_them_and_for_now(house: House, strict: App, key: Key, clock: Clock) -> None:
    now, issuer = when(clock), house.base
    wrong: list[tuple[object, dict[str, Any]]] = [
        ("https://other.example", {}),
        ([issuer], {}),
        (f"{issuer}/oauth2/token", {}),
        (f"{issuer}/oauth2/par", {}),
        (None, {}),
        (issuer, {"iss": "999"}),
        (issuer, {"sub": None}),
        (issuer, {"sub": "999"}),
        (issuer, {"exp": now - 11}),
        (issuer, {"exp": now + 86400}),
        (issuer, {"exp": None}),
        (issuer, {"nbf": now + 70}),
        (issuer, {"iat": now + 70}),
        (issuer, {"jti": None}),
        (issuer, {"exp": "soon"}),
    ]
    for audience, claims in wrong:
        refused = asserted(house, key.assertion(strict.id, audience, now, **claims), client_id=strict.id)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), (audience, claims)
    good = key.assertion(strict.id, issuer, now, nbf=now + 8)
    assert asserted(house, good).json()["error"] == "invalid_dpop_proof"  # it is in: FAPI wants a bound token next


def test_t038_an_assertion_counts_once_on_every_node(
    house: House, f1: App, key: Key, clock: Clock, tmp_path: Path
) -> None:
    used = key.assertion(f1.id, house.base, when(clock))
    assert asserted(house, used).status_code == 200
    assert asserted(house, used).status_code == 401
    clock.pass_by(seconds=1)
    assert asserted(house, used).status_code == 401
    with runner_on(house.runner.database.url, tmp_path, clock=clock) as other:
        elsewhere = House(other, house.ada, Door(Web(other)))
        assert asserted(elsewhere, used).status_code == 401
        assert asserted(elsewhere, key.assertion(f1.id, house.base, when(clock))).status_code == 200
    clock.pass_by(seconds=68)  # exp + 9: still within what a slow clock is forgiven
    assert asserted(house, used).status_code == 401


def test_t038_a_refused_assertion_uses_nothing_up(house: House, f1: App, key: Key, clock: Clock) -> None:
    early = key.assertion(f1.id, house.base, when(clock), jti="same", nbf=when(clock) + 70)
    assert asserted(house, early).status_code == 401
    assert asserted(house, key.assertion(f1.id, house.base, when(clock), jti="same")).status_code == 200


def test_t039_keys_and_algorithms_are_never_the_assertions_own(
    house: House, strict: App, key: Key, clock: Clock
) -> None:
    now = when(clock)
    thief = Key(kid="one")
    claims = {"iss": strict.id, "sub": strict.id, "aud": house.base, "jti": "x", "exp": now + 60}
    public = json.dumps(key.public)
    forged = [
        unsigned({"alg": "none"}, claims),
        unsigned({"alg": "None"}, claims),
        unsigned({"alg": "ES256", "kid": "one"}, claims),
        hs256(public.encode(), claims),
        hs256(b"", claims),
        thief.sign(claims),
        thief.sign(claims, jwk=thief.public),
        thief.sign(claims, jku="https://evil.example/jwks"),
        thief.sign(claims, x5u="https://evil.example/cert"),
        key.sign(claims, kid="other"),
        key.sign(claims, kid="../../etc/passwd"),
        key.sign(claims, kid="' OR 1=1 --"),
        unsigned({"alg": "ES256", "crit": ["x"], "x": 1}, claims),
        Key("RS256", "one").sign(claims),
    ]
    for one in forged:
        refused = asserted(house, one, client_id=strict.id)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), one


def test_a_fapi_app_may_not_use_rs256(house: House, clock: Clock) -> None:
    key = Key("RS256")
    app = house.app(token_endpoint_auth_method="private_key_jwt", jwks=key.jwks, profile="fapi2")
    assert asserted(house, key.assertion(app.id, house.base, when(clock))).status_code == 401


def test_t041_a_machine_gets_its_own_scopes_and_no_refresh_token(house: House, c1: App, p1: App) -> None:
    answer = house.token(c1, grant_type=MACHINE, scope="identify").json()
    assert (answer["scope"], "refresh_token" in answer, "id_token" in answer) == ("identify", False, False)
    narrow = house.app(scopes=frozenset({"identify"}))
    assert house.token(narrow, grant_type=MACHINE, scope="email").json()["error"] == "invalid_scope"
    assert house.token(c1, grant_type=MACHINE, scope="openid").json()["error"] == "invalid_scope"
    assert house.token(c1, grant_type=MACHINE, scope="offline_access").json()["error"] == "invalid_scope"
    assert house.token(p1, grant_type=MACHINE).json()["error"] == "unauthorized_client"


def test_a_machine_opens_nobodys_data(house: House, c1: App) -> None:
    token = house.token(c1, grant_type=MACHINE, scope="identify email").json()["access_token"]
    assert house.userinfo(token).status_code == 403
    refused = house.door.get("/api/user", headers={"authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


def test_the_owner_reads_why_and_a_stranger_does_not(house: House, c1: App) -> None:
    wrong = machine(house, basic(c1.id, "ok_" + "A" * 54))
    house.runner.now(OPERATOR, app_log.write)
    noted = house.runner.now(OPERATOR, app_log.list_views, c1.id)
    assert [(one.stage, one.code) for one in noted] == [("token", "invalid_client")]
    assert "secret" in noted[0].detail
    assert "secret" not in wrong.text
