"""What an access token opens, for whom, and how it is refused (RFC 6750, OIDC Core §5.3, RFC 9068)."""

import json

import pytest

from oauth2system.protocol.jose import jws
from tests.support.in_process.jwts import Key, hs256, unsigned
from tests.support.in_process.oauth_apps import OPERATOR, App, Clock, House

RESOURCE = "https://api.example/v1"


@pytest.fixture
def jwt_app(house: House) -> App:
    return house.app("JWT", access_token_format="jwt", id_token_signed_response_alg="ES256")


def test_userinfo_tells_what_the_scopes_allow(house: House, c1: App) -> None:
    everything = house.userinfo(house.tokens(c1)["access_token"])
    assert everything.headers["content-type"] == "application/json"
    assert everything.headers["cache-control"] == "no-store"
    assert everything.headers["vary"] == "Authorization"
    told = everything.json()
    assert told.pop("updated_at") > 0
    profile = {"name": "Ada", "preferred_username": "ada"}
    assert told == {"sub": house.ada.id, **profile, "email": "ada@example.org", "email_verified": True}
    assert house.userinfo(house.tokens(c1, scope="openid")["access_token"]).json() == {"sub": house.ada.id}


def test_every_claim_that_discovery_promises_is_one_that_somebody_can_have(house: House, c1: App) -> None:
    house.runner.now(OPERATOR, lambda ctx: ctx.db.run("UPDATE users SET avatar = ?, language = 'de'", "0af"))
    told = house.userinfo(house.tokens(c1)["access_token"]).json()
    assert told["locale"] == "de"
    promised = house.door.get("/.well-known/openid-configuration").json()["claims_supported"]
    of_the_sign_in = {"acr", "amr", "auth_time", "nonce", "sid"}
    assert set(promised) - of_the_sign_in == set(told)


def test_a_claim_asked_for_by_name_is_told_and_no_other(house: House, c1: App) -> None:
    asked = json.dumps({"userinfo": {"email": {"essential": True}, "phone_number": None}})
    token = house.tokens(c1, scope="openid", claims=asked)["access_token"]
    assert house.userinfo(token).json() == {"sub": house.ada.id, "email": "ada@example.org"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_letter_case(house: House, c1: App, scheme: str) -> None:
    assert house.userinfo(house.tokens(c1)["access_token"], scheme).status_code == 200


def test_userinfo_answers_a_post_with_the_token_in_header_or_body_but_never_in_the_query(house: House, c1: App) -> None:
    token = house.tokens(c1)["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert house.call("/oauth2/userinfo", None, bearer).json()["sub"] == house.ada.id
    assert house.call("/oauth2/userinfo", None, None, {"access_token": token}).json()["sub"] == house.ada.id
    assert house.call("/oauth2/userinfo", None, bearer, {"access_token": token}).status_code == 400
    assert house.door.get(f"/oauth2/userinfo?access_token={token}").status_code == 401


def test_no_token_wrong_token_and_missing_scope_are_three_refusals(house: House, c1: App) -> None:
    none = house.door.get("/oauth2/userinfo")
    assert (none.status_code, none.headers["www-authenticate"]) == (401, 'Bearer realm="oauth2"')
    wrong = house.userinfo("oa_" + "A" * 54)
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    poor = house.userinfo(house.tokens(c1, scope="email")["access_token"])
    assert poor.status_code == 403
    assert 'error="insufficient_scope"' in poor.headers["www-authenticate"]
    assert 'scope="openid"' in poor.headers["www-authenticate"]


def test_a_token_lives_ten_minutes(house: House, c1: App, clock: Clock) -> None:
    token = house.tokens(c1)["access_token"]
    clock.pass_by(seconds=599)
    assert house.works(token)
    clock.pass_by(seconds=1)
    assert not house.works(token)


def test_api_user_answers_an_access_token_with_the_simple_flows_json(house: House, c1: App) -> None:
    token = house.tokens(c1, scope="identify email")["access_token"]
    expected = {
        "id": house.ada.id, "username": "ada", "user_name": "ada", "display_name": "Ada", "avatar": None,
        "email": "ada@example.org", "email_verified": True,
    }  # fmt: skip
    bearer = {"authorization": f"Bearer {token}"}
    assert house.door.get("/api/user", headers=bearer).json() == expected
    assert house.call("/api/user", None, bearer).json() == expected
    assert house.door.ask("HEAD", "/api/user", headers=bearer).status_code == 200
    with_profile = house.tokens(c1, scope="openid profile")["access_token"]
    told = house.door.get("/api/user", headers={"authorization": f"Bearer {with_profile}"}).json()
    assert "email" not in told
    assert told["username"] == "ada"


def test_api_user_wants_a_scope_that_is_about_a_person(house: House, c1: App) -> None:
    token = house.tokens(c1, scope="openid")["access_token"]
    refused = house.door.get("/api/user", headers={"authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_userinfo_is_signed_for_an_app_that_wants_it(house: House, alg: str) -> None:
    app = house.app(userinfo_signed_response_alg=alg)
    answer = house.userinfo(house.tokens(app)["access_token"])
    header, payload, _signature = answer.text.split(".")
    assert answer.headers["content-type"] == "application/jwt"
    assert json.loads(jws.decode(header))["alg"] == alg
    told = json.loads(jws.decode(payload))
    assert (told["iss"], told["aud"], told["sub"]) == (house.base, app.id, house.ada.id)


def test_a_jwt_access_token_says_what_rfc_9068_wants(house: House, jwt_app: App) -> None:
    token = house.tokens(jwt_app)["access_token"]
    header, claims = (json.loads(jws.decode(part)) for part in token.split(".")[:2])
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "auth_time"} <= claims.keys()
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (house.base, house.base, jwt_app.id)
    assert claims["exp"] - claims["iat"] == 600
    assert house.userinfo(token).json()["sub"] == house.ada.id
    assert house.introspect(jwt_app, token)["active"]


def test_a_machines_jwt_names_the_app_itself(house: House, jwt_app: App) -> None:
    token = house.token(jwt_app, grant_type="client_credentials").json()["access_token"]
    assert json.loads(jws.decode(token.split(".")[1]))["sub"] == jwt_app.id


def test_t057_a_jwt_ends_with_its_grant(house: House, jwt_app: App) -> None:
    answer = house.tokens(jwt_app)
    house.call("/oauth2/revoke", jwt_app, None, {"token": answer["access_token"]})
    assert not house.works(answer["access_token"])
    second = house.refresh(jwt_app, answer["refresh_token"]).json()
    assert house.works(second["access_token"])
    house.call("/oauth2/revoke", jwt_app, None, {"token": second["refresh_token"]})
    assert not house.works(second["access_token"])


def test_a_lost_answer_brings_the_same_jwt_again(house: House, jwt_app: App) -> None:
    answer = house.tokens(jwt_app)
    first, again = (house.refresh(jwt_app, answer["refresh_token"]).json() for _ in range(2))
    jtis = {json.loads(jws.decode(one["access_token"].split(".")[1]))["jti"] for one in (first, again)}
    assert len(jtis) == 1
    assert house.works(again["access_token"])


def forgeries(house: House, token: str) -> list[str]:
    header, payload, signature = token.split(".")
    claims = json.loads(jws.decode(payload))
    public = json.dumps(house.door.get("/oauth2/jwks").json()["keys"][0])
    thief = Key()
    return [
        unsigned({"alg": "none", "typ": "at+jwt"}, claims),
        unsigned({"alg": "None", "typ": "at+jwt"}, claims),
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.x.y",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{header}.{payload}.{signature}=",
        f"{header}.{payload}\t.{signature}",
        hs256(public.encode(), claims),
        hs256(b"", claims),
        thief.sign(claims, typ="at+jwt"),
        thief.sign(claims, typ="at+jwt", jwk=thief.public),
        f"{unsigned({'alg': 'ES256', 'typ': 'at+jwt', 'crit': ['x'], 'x': 1}, claims)}{signature}",
        f"{header}.{jws.encode(json.dumps({**claims, 'sub': '1'}).encode())}.{signature}",
        "." * 2000,
        "a." * 400,
        claims["jti"],
    ]


def test_t053_t054_forged_and_odd_jwts_open_nothing(house: House, jwt_app: App) -> None:
    token = house.tokens(jwt_app)["access_token"]
    for forged in forgeries(house, token):
        refused = house.userinfo(forged)
        assert refused.status_code in {400, 401}, forged
        assert house.introspect(jwt_app, forged) == {"active": False}
        assert house.call("/oauth2/revoke", jwt_app, None, {"token": forged}).status_code in {200, 400}
    assert house.works(token)


def test_t059_huge_and_bottomless_jwts_are_refused_quickly(house: House, jwt_app: App) -> None:
    nested = f'{{"a":{"[" * 5000}{"]" * 5000}}}'
    for token in ("a" * 30_000 + ".b.c", f"{jws.encode(nested.encode())}.e30.AA", ".".join(["e30"] * 5)):
        assert house.userinfo(token).status_code == 401


def test_an_id_token_is_no_access_token(house: House, c1: App) -> None:
    answer = house.tokens(c1)
    assert not house.works(answer["id_token"])
    assert house.introspect(c1, answer["id_token"]) == {"active": False}


def test_t055_a_token_for_one_resource_opens_no_other(house: House) -> None:
    app = house.app(resources=(RESOURCE, "https://other.example"))
    for_api = house.tokens(app, resource=RESOURCE)
    assert not house.works(for_api["access_token"])
    refused = house.door.get("/api/user", headers={"authorization": f"Bearer {for_api['access_token']}"})
    assert refused.status_code == 401
    assert house.introspect(app, for_api["access_token"])["aud"] == RESOURCE


def test_t055_a_resource_may_be_narrowed_and_never_added(house: House) -> None:
    app = house.app(resources=(RESOURCE, "https://other.example"), access_token_format="jwt")
    code = house.code(app, resource=RESOURCE)
    added = house.redeem(app, code, resource="https://other.example")
    assert added.json()["error"] == "invalid_target"
    both = house.door.get(
        f"/oauth2/authorize?response_type=code&client_id={app.id}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb"
        f"&scope=identify&resource={RESOURCE}&resource=https%3A%2F%2Fother.example"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        cookie=house.ada.cookie,
    )
    code = both.headers["location"].partition("code=")[2].partition("&")[0]
    answer = house.redeem(app, code, resource=RESOURCE).json()
    assert json.loads(jws.decode(answer["access_token"].split(".")[1]))["aud"] == RESOURCE
    wide = house.refresh(app, answer["refresh_token"]).json()
    assert json.loads(jws.decode(wide["access_token"].split(".")[1]))["aud"] == [RESOURCE, "https://other.example"]


@pytest.mark.parametrize("resource", ["relative", "https://api.example/#f", "https://unknown.example", "not a uri"])
def test_t070_an_unknown_resource_is_refused(house: House, resource: str) -> None:
    app = house.app(resources=(RESOURCE,))
    assert "error=invalid_target" in house.authorize(app, resource=resource).headers["location"]
    refused = house.token(app, grant_type="client_credentials", resource=resource)
    assert refused.json()["error"] == "invalid_target"


def test_t070_fifty_resources_are_too_many(house: House) -> None:
    app = house.app(resources=(RESOURCE,))
    many = [f"https://api.example/{number}" for number in range(50)]
    assert house.token(app, grant_type="client_credentials", resource=many).json()["error"] == "invalid_target"
