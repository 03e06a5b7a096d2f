"""DPoP: tokens that only the holder of a key can use (RFC 9449)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system.protocol.jose import jws
from oauth2system.storage.database.columns import to_ms
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, runner_on
from tests.support.in_process.jwts import Key
from tests.support.in_process.oauth_apps import App, Clock, House

TOKEN, USERINFO, API_USER = "/oauth2/token", "/oauth2/userinfo", "/api/user"


class Holder:
    """A client that holds a key, and knows the nonce it was given last."""

    def __init__(self, house: House, clock: Clock, alg: str = "ES256") -> None:
        self.house, self.clock, self.key = house, clock, Key(alg)
        self.nonce = self.ask_nonce()

    @property
    def now(self) -> float:
        return to_ms(self.clock.now) / 1000

    def ask_nonce(self) -> str:
        proof = self.key.proof("POST", self.house.base + TOKEN, self.now)
        app = self.house.app("Asks for a nonce")
        answer = self.house.token(app, headers={"dpop": proof}, grant_type="client_credentials")
        assert (answer.status_code, answer.json()["error"]) == (400, "use_dpop_nonce")
        return answer.headers["dpop-nonce"]

    def proof(self, method: str = "POST", path: str = TOKEN, **changes: Any) -> dict[str, str]:
        given = {"nonce": self.nonce, **changes}
        return {"dpop": self.key.proof(method, self.house.base + path, self.now, **given)}

    def tokens(self, app: App) -> dict[str, Any]:
        answer = self.house.redeem(app, self.house.code(app), headers=self.proof())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refresh(self, app: App, token: str) -> httpx.Response:
        return self.house.refresh(app, token, headers=self.proof())

    def userinfo(self, shown: str, scheme: str = "DPoP", path: str = USERINFO, **changes: Any) -> httpx.Response:
        headers = self.proof("GET", path, **{"token": shown, **changes})
        return self.house.door.get(path, headers={"authorization": f"{scheme} {shown}", **headers})


@pytest.fixture
def holder(house: House, clock: Clock) -> Holder:
    return Holder(house, clock)


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA", "PS256"])
def test_a_proof_binds_the_token_to_its_key(house: House, clock: Clock, c1: App, alg: str) -> None:
    holder = Holder(house, clock, alg)
    answer = holder.tokens(c1)
    assert answer["token_type"] == "DPoP"
    assert holder.userinfo(answer["access_token"]).json()["sub"] == house.ada.id
    assert house.introspect(c1, answer["access_token"])["cnf"] == {"jkt": holder.key.jkt}
    assert house.introspect(c1, answer["access_token"])["token_type"] == "DPoP"
    assert holder.userinfo(answer["access_token"], path=API_USER).json()["id"] == house.ada.id


def test_a_bound_jwt_names_its_key(house: House, holder: Holder) -> None:
    app = house.app(access_token_format="jwt")
    token = holder.tokens(app)["access_token"]
    assert json.loads(jws.decode(token.split(".")[1]))["cnf"] == {"jkt": holder.key.jkt}
    assert holder.userinfo(token).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"htm": "GET"},
        {"htm": None},
        {"htm": "post"},
        {"htu": "http://localhost:8000/oauth2/par"},
        {"htu": "https://localhost:8000/oauth2/token"},
        {"htu": None},
        {"htu": "not a url"},
        {"iat": None},
        {"iat": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 5000},
        {"exp": 1},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": None}},
        {"header": {"jwk": None}},
        {"header": {"jwk": "a string"}},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
        {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
        {"header": {"b64": False}},
        {"header": {"zip": "DEF"}},
    ],
)
def test_t061_a_proof_that_is_not_right_is_refused(
    house: House, holder: Holder, c1: App, wrong: dict[str, Any]
) -> None:
    code = house.code(c1)
    refused = house.redeem(c1, code, headers=holder.proof(**wrong))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert house.redeem(c1, code, headers=holder.proof()).status_code == 200


@pytest.mark.parametrize(
    ("off", "status"),
    [(-3600, 400), (-61, 400), (-60, 200), (-10, 200), (0, 200), (10, 200), (11, 400), (3600, 400)],
)
def test_t061_clocks_may_differ_a_little(house: House, holder: Holder, c1: App, off: int, status: int) -> None:
    answer = house.redeem(c1, house.code(c1), headers=holder.proof(iat=holder.now + off))
    assert answer.status_code == status


@pytest.mark.parametrize(
    "htu",
    [
        "http://LOCALHOST:8000/oauth2/token",
        "http://localhost:8000/oauth2/token?query=1",
        "http://localhost:8000/oauth2/token#fragment",
        "HTTP://localhost:8000/oauth2/token",
    ],
)
def test_t061_htu_is_compared_as_a_url(house: House, holder: Holder, c1: App, htu: str) -> None:
    assert house.redeem(c1, house.code(c1), headers=holder.proof(htu=htu)).status_code == 200


def test_t061_a_proof_with_a_private_key_in_it_or_signed_by_another_is_refused(
    house: House, holder: Holder, c1: App
) -> None:
    thief = Key()
    private = holder.key.key.as_dict(private=True)
    for header in ({"jwk": private}, {"jwk": thief.public}, {"alg": "none"}):
        made = holder.key.proof("POST", house.base + TOKEN, holder.now, nonce=holder.nonce)
        head, payload, signature = made.split(".")
        changed = {**json.loads(jws.decode(head)), **header}
        forged = f"{jws.encode(json.dumps(changed).encode())}.{payload}.{signature}"
        refused = house.redeem(c1, house.code(c1), headers={"dpop": forged})
        assert refused.json()["error"] == "invalid_dpop_proof"


def test_t061_one_proof_and_not_two(house: House, holder: Holder, c1: App) -> None:
    body = f"grant_type=authorization_code&code={house.code(c1)}".encode()
    proofs = [("dpop", holder.proof()["dpop"]), ("dpop", holder.proof()["dpop"])]

    async def twice() -> httpx.Response:
        transport = httpx.ASGITransport(app=Web(house.runner))
        async with httpx.AsyncClient(transport=transport, base_url=house.base) as client:
            kind = ("content-type", "application/x-www-form-urlencoded")
            return await client.post(TOKEN, content=body, headers=[kind, *c1.headers().items(), *proofs])

    refused = asyncio.run(twice())
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")


def test_t062_a_bound_token_opens_nothing_without_its_key(house: House, holder: Holder, clock: Clock, c1: App) -> None:
    token = holder.tokens(c1)["access_token"]
    as_bearer = house.userinfo(token)
    assert (as_bearer.status_code, as_bearer.json()["error"]) == (401, "invalid_token")
    bare = house.userinfo(token, "DPoP")
    assert (bare.status_code, bare.json()["error"]) == (401, "invalid_token")
    assert bare.headers["www-authenticate"].startswith("DPoP ")
    assert 'algs="' in bare.headers["www-authenticate"]
    assert house.call(USERINFO, None, None, {"access_token": token}).status_code == 401
    thief = Holder(house, clock)
    assert thief.userinfo(token).json()["error"] == "invalid_token"
    wrongs: list[dict[str, Any]] = [{"token": None}, {"ath": "x"}, {"htm": "POST"}, {"htu": house.base + TOKEN}]
    for wrong in wrongs:
        refused = holder.userinfo(token, **wrong)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_dpop_proof"), wrong
        assert refused.headers["www-authenticate"].startswith("DPoP ")
    assert holder.userinfo(token).status_code == 200


def test_an_unbound_token_is_not_a_dpop_token(house: House, holder: Holder, c1: App) -> None:
    token = house.tokens(c1)["access_token"]
    assert holder.userinfo(token).json()["error"] == "invalid_token"
    assert house.works(token)


def test_t063_a_proof_counts_once_on_every_node(
    house: House, holder: Holder, c1: App, clock: Clock, tmp_path: Path
) -> None:
    token = holder.tokens(c1)["access_token"]
    headers = {"authorization": f"DPoP {token}", **holder.proof("GET", USERINFO, token=token)}
    assert house.door.get(USERINFO, headers=headers).status_code == 200
    again = house.door.get(USERINFO, headers=headers)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_dpop_proof")
    with runner_on(house.runner.database.url, tmp_path, clock=clock) as other:
        assert Door(Web(other)).get(USERINFO, headers=headers).status_code == 401
        fresh = {"authorization": f"DPoP {token}", **holder.proof("GET", USERINFO, token=token)}
        assert Door(Web(other)).get(USERINFO, headers=fresh).status_code == 200


def test_t064_a_public_apps_refresh_token_is_bound_to_its_key(
    house: House, holder: Holder, clock: Clock, p1: App
) -> None:
    first = holder.tokens(p1)["refresh_token"]
    assert house.refresh(p1, first).json()["error"] == "invalid_grant"
    assert Holder(house, clock).refresh(p1, first).json()["error"] == "invalid_grant"
    second = holder.refresh(p1, first)
    assert second.status_code == 200
    assert second.json()["token_type"] == "DPoP"
    assert Holder(house, clock).refresh(p1, first).json()["error"] == "invalid_grant"
    assert holder.refresh(p1, first).json()["refresh_token"] == second.json()["refresh_token"]


def test_t065_a_nonce_is_wanted_and_given(house: House, holder: Holder, c1: App, clock: Clock) -> None:
    code = house.code(c1)
    for wrong in (None, "made up"):
        refused = house.redeem(c1, code, headers=holder.proof(nonce=wrong))
        assert (refused.status_code, refused.json()["error"]) == (400, "use_dpop_nonce")
        holder.nonce = refused.headers["dpop-nonce"]
    good = house.redeem(c1, code, headers=holder.proof())
    assert good.status_code == 200
    assert good.headers["dpop-nonce"]
    token = good.json()["access_token"]
    clock.pass_by(seconds=599)
    old = holder.userinfo(token)
    assert (old.status_code, old.json()["error"]) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in old.headers["www-authenticate"]
    assert holder.userinfo(token, nonce=old.headers["dpop-nonce"]).status_code == 200


def test_t065_every_node_gives_and_takes_the_same_nonces(
    house: House, holder: Holder, c1: App, clock: Clock, tmp_path: Path
) -> None:
    with runner_on(house.runner.database.url, tmp_path, clock=clock) as other:
        elsewhere = House(other, house.ada, Door(Web(other)))
        assert elsewhere.redeem(c1, house.code(c1), headers=holder.proof()).status_code == 200


def test_t066_a_code_promised_to_a_key_is_given_to_no_other(
    house: House, holder: Holder, clock: Clock, p1: App
) -> None:
    code = house.code(p1, dpop_jkt=holder.key.jkt)
    assert house.redeem(p1, code).json()["error"] == "invalid_grant"
    thief = Holder(house, clock)
    assert house.redeem(p1, code, headers=thief.proof()).json()["error"] in {"invalid_grant", "invalid_dpop_proof"}
    assert house.redeem(p1, code, headers=holder.proof()).status_code == 200


def test_an_app_that_must_bind_its_tokens_gets_no_others(house: House, holder: Holder) -> None:
    app = house.app(dpop_bound_access_tokens=True)
    code = house.code(app)
    assert house.redeem(app, code).json()["error"] == "invalid_dpop_proof"
    assert house.token(app, grant_type="client_credentials").json()["error"] == "invalid_dpop_proof"
    answer = house.redeem(app, code, headers=holder.proof()).json()
    assert answer["token_type"] == "DPoP"
    # FAPI 2.0 §5.3.2.1: such an app keeps one refresh token.
    again = holder.refresh(app, answer["refresh_token"]).json()
    assert again["refresh_token"] == answer["refresh_token"]
    assert again["access_token"] != answer["access_token"]
    assert holder.refresh(app, answer["refresh_token"]).status_code == 200


def test_a_refresh_token_that_is_kept_lives_on_by_being_used(house: House, holder: Holder, clock: Clock) -> None:
    app = house.app(dpop_bound_access_tokens=True)
    token = holder.tokens(app)["refresh_token"]
    for _ in range(8):
        clock.pass_by(days=11)
        holder.nonce = Holder(house, clock).nonce
        assert holder.refresh(app, token).status_code == 200
    clock.pass_by(days=3)
    holder.nonce = Holder(house, clock).nonce
    assert holder.refresh(app, token).json()["error"] == "invalid_grant"
