"""The code flow: authorize, redeem once, and what happens to every other attempt (RFC 6749 §4.1)."""

import json

import pytest

from oauth2system.protocol.jose import jws
from oauth2system.runtime.caller import Caller
from oauth2system.services.authorization import connected_apps
from oauth2system.services.tokens import issue
from tests.support.in_process.door import person
from tests.support.in_process.oauth_apps import CB, VERIFIER, App, Clock, House, answered, challenge

OTHER_VERIFIER = "a" * 43


def claims_of(jwt: str) -> dict[str, object]:
    return json.loads(jws.decode(jwt.split(".")[1]))


def test_a_code_brings_an_access_token_a_refresh_token_and_an_id_token(house: House, c1: App) -> None:
    brought = house.tokens(c1)
    assert set(brought) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (brought["token_type"], brought["expires_in"]) == ("Bearer", 600)
    assert brought["scope"] == "openid profile email offline_access"
    told = claims_of(brought["id_token"])
    assert told["iss"] == house.base
    assert (told["sub"], told["aud"], told["nonce"]) == (house.ada.id, c1.id, "no")
    assert (told["acr"], told["amr"]) == ("1", ["pwd"])
    assert "email" not in told  # OIDC Core §5.4: claims of scopes are for userinfo
    assert house.userinfo(brought["access_token"]).json()["email"] == "ada@example.org"


def test_token_answers_are_never_stored(house: House, c1: App) -> None:
    answer = house.redeem(c1, house.code(c1))
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


def test_without_offline_access_openid_brings_no_refresh_token(house: House, c1: App) -> None:
    assert "refresh_token" not in house.tokens(c1, scope="openid email")


def test_a_plain_oauth_request_brings_a_refresh_token_and_no_id_token(house: House, c1: App) -> None:
    brought = house.tokens(c1, scope="identify")
    assert "refresh_token" in brought
    assert "id_token" not in brought


def test_claims_asked_for_by_name_come_in_the_id_token(house: House, c1: App) -> None:
    asked = json.dumps({"id_token": {"email": None, "nickname": None}})
    assert claims_of(house.tokens(c1, claims=asked)["id_token"])["email"] == "ada@example.org"


def test_at_hash_and_sid_tie_the_id_token_to_what_came_with_it(house: House, c1: App) -> None:
    first, second = (claims_of(house.tokens(c1)["id_token"]) for _ in range(2))
    assert first["at_hash"] != second["at_hash"]
    assert first["sid"] == second["sid"]
    assert house.ada.handle not in str(first["sid"])


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_app_chooses_how_its_id_tokens_are_signed(house: House, alg: str) -> None:
    app = house.app(id_token_signed_response_alg=alg)
    header = json.loads(jws.decode(house.tokens(app)["id_token"].split(".")[0]))
    published = house.door.get("/oauth2/jwks").json()["keys"]
    assert header["alg"] == alg
    assert [key["alg"] for key in published if key["kid"] == header["kid"]] == [alg]


def test_t019_iss_is_on_success_denial_and_error(house: House, c1: App) -> None:
    assert answered(house.authorize(c1))["iss"] == house.base
    refused = answered(house.authorize(c1, scope="never-heard-of"))
    assert (refused["error"], refused["iss"], refused["state"]) == ("invalid_scope", house.base, "st")
    third = house.app("Third", first_party=False)
    begun = house.authorize(third)
    flow = begun.headers["location"].partition("flow=")[2]
    browser = begun.headers["set-cookie"].partition(";")[0]
    form = {"flow": flow, "decision": "cancel", "account": house.ada.id}
    denied = house.door.post("/consent", cookie=f"{house.ada.cookie}; {browser}", data=form)
    assert (answered(denied)["error"], answered(denied)["iss"]) == ("access_denied", house.base)


@pytest.mark.parametrize("state", [None, "", "a b&c%d+e", "ä→", "s" * 2000])
def test_t021_state_comes_back_as_it_was_or_not_at_all(house: House, c1: App, state: str | None) -> None:
    assert answered(house.authorize(c1, state=state)).get("state") == (state or None)


@pytest.mark.parametrize("kind", ["token", "id_token", "code token", "none", "CODE"])
def test_t023_no_token_ever_comes_from_the_authorization_endpoint(house: House, c1: App, kind: str) -> None:
    location = house.authorize(c1, response_type=kind).headers["location"]
    assert "error=unsupported_response_type" in location
    assert "code=" not in location
    assert "token=" not in location.replace("response_type", "")


@pytest.mark.parametrize("verifier", [None, ""])
def test_t028_a_challenge_that_was_sent_is_enforced(house: House, c1: App, verifier: str | None) -> None:
    code = house.code(c1)
    refused = house.redeem(c1, code, code_verifier=verifier)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert house.redeem(c1, code).status_code == 200


def test_t029_a_verifier_nobody_asked_for_is_a_downgrade(house: House, c1: App) -> None:
    code = house.code(c1, code_challenge=None, code_challenge_method=None)
    refused = house.redeem(c1, code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_t027_a_public_app_cannot_leave_pkce_out(house: House, p1: App) -> None:
    refused = house.authorize(p1, code_challenge=None, code_challenge_method=None)
    assert answered(refused)["error"] == "invalid_request"


@pytest.mark.parametrize("verifier", ["a" * 42, "a" * 129, "a" * 42 + "="])
def test_t031_a_verifier_of_the_wrong_shape_is_refused(house: House, p1: App, verifier: str) -> None:
    assert house.redeem(p1, house.code(p1), code_verifier=verifier).json()["error"] == "invalid_grant"


def test_t032_the_verifier_of_one_flow_opens_no_other(house: House, p1: App) -> None:
    mine = house.code(p1)
    stolen = house.code(p1, code_challenge=challenge(OTHER_VERIFIER))
    assert house.redeem(p1, stolen).json()["error"] == "invalid_grant"
    assert house.redeem(p1, mine).status_code == 200
    assert house.redeem(p1, stolen, code_verifier=OTHER_VERIFIER).status_code == 200


@pytest.mark.parametrize("uri", ["https://app.example/other", CB + "/", CB + "?x=1"])
def test_the_redirect_uri_of_the_exchange_must_be_the_one_of_the_request(house: House, c1: App, uri: str) -> None:
    assert house.redeem(c1, house.code(c1), redirect_uri=uri).json()["error"] == "invalid_grant"


def test_without_pkce_the_redirect_uri_must_be_repeated(house: House, c1: App) -> None:
    code = house.code(c1, code_challenge=None, code_challenge_method=None)
    refused = house.redeem(c1, code, redirect_uri=None, code_verifier=None)
    assert refused.json()["error"] == "invalid_grant"


def test_t040_a_code_of_one_app_is_nothing_to_another(house: House, c1: App, c2: App) -> None:
    code = house.code(c1)
    assert house.redeem(c2, code).json()["error"] == "invalid_grant"
    assert house.redeem(c1, code).status_code == 200


@pytest.mark.parametrize("grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer"])
def test_t042_grants_we_do_not_offer_are_refused(house: House, c1: App, grant: str) -> None:
    refused = house.token(c1, grant_type=grant, username="ada", password="x")
    assert refused.json()["error"] == "unsupported_grant_type"


def test_t042_a_grant_the_app_is_not_registered_for_is_refused(house: House) -> None:
    app = house.app(grant_types=frozenset({"authorization_code"}))
    assert house.token(app, grant_type="client_credentials").json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("wait", [0, 30, 300])
def test_t043_a_replayed_code_ends_all_it_brought(house: House, c1: App, clock: Clock, wait: int) -> None:
    code = house.code(c1)
    brought = house.redeem(c1, code).json()
    clock.pass_by(seconds=wait)
    assert house.redeem(c1, code).json()["error"] == "invalid_grant"
    assert not house.works(brought["access_token"])
    assert house.refresh(c1, brought["refresh_token"]).json()["error"] == "invalid_grant"


def test_t044_a_replay_that_is_wrong_in_anything_else_ends_nothing(house: House, c1: App, c2: App) -> None:
    code = house.code(c1)
    brought = house.redeem(c1, code).json()
    wrong = App(c1.id, "ok_" + "A" * 54)
    assert house.redeem(wrong, code).status_code == 401
    assert house.redeem(c1, code, code_verifier=OTHER_VERIFIER).json()["error"] == "invalid_grant"
    assert house.redeem(c1, code, redirect_uri="https://app.example/other").json()["error"] == "invalid_grant"
    assert house.redeem(c2, code).json()["error"] == "invalid_grant"
    assert house.works(brought["access_token"])
    assert house.refresh(c1, brought["refresh_token"]).status_code == 200


def test_a_code_lives_sixty_seconds(house: House, c1: App, clock: Clock) -> None:
    late, just = house.code(c1), house.code(c1)
    clock.pass_by(seconds=59)
    assert house.redeem(c1, just).status_code == 200
    clock.pass_by(seconds=1)
    assert house.redeem(c1, late).json()["error"] == "invalid_grant"


def test_t050_a_code_is_worth_nothing_once_its_person_took_the_access_back(house: House, c1: App) -> None:
    code = house.code(c1)
    ada = Caller(cookie=house.ada.cookie.partition("=")[2])
    house.runner.now(ada, connected_apps.revoke, c1.id)
    assert house.redeem(c1, code).json()["error"] == "invalid_grant"


def test_t057_what_was_revoked_stays_revoked_when_the_person_agrees_anew(house: House, c1: App) -> None:
    brought = house.tokens(c1)
    ada = Caller(cookie=house.ada.cookie.partition("=")[2])
    house.runner.now(ada, connected_apps.revoke, c1.id)
    assert not house.works(brought["access_token"])
    again = house.tokens(c1)
    assert house.works(again["access_token"])
    assert not house.works(brought["access_token"])
    assert house.refresh(c1, brought["refresh_token"]).json()["error"] == "invalid_grant"


def test_t081_the_simple_value_and_the_code_do_not_stand_in_for_each_other(house: House) -> None:
    app = house.app(simple_flow=True)
    value = answered(house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify", cookie=house.ada.cookie))[
        "code"
    ]
    code = house.code(app)
    assert house.redeem(app, value).json()["error"] == "invalid_grant"
    fetch = f"/api/user?client_id={app.id}&client_secret={app.secret}&oauth_token="
    assert house.door.get(fetch + code).json()["error"] == "invalid_token"
    assert house.door.get("/api/user", headers={"authorization": f"Bearer {code}"}).json()["error"] == "invalid_token"
    assert house.redeem(app, code).status_code == 200
    assert house.door.get(fetch + value).status_code == 200


@pytest.mark.parametrize("name", ["code", "grant_type", "redirect_uri", "code_verifier"])
def test_t022_a_parameter_that_comes_twice_is_refused(house: House, c1: App, name: str) -> None:
    code = house.code(c1)
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CB, "code_verifier": VERIFIER}
    refused = house.call("/oauth2/token", c1, None, {**fields, name: [fields[name], fields[name]]})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert house.redeem(c1, code).status_code == 200


def test_the_token_endpoint_reads_forms_and_nothing_else(house: House, c1: App) -> None:
    code = house.code(c1)
    as_json = {"content-type": "application/json", **c1.headers()}
    body = json.dumps({"grant_type": "authorization_code", "code": code}).encode()
    refused = house.door.ask("POST", "/oauth2/token", headers=as_json, content=body)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert house.door.get(f"/oauth2/token?grant_type=authorization_code&code={code}").status_code == 405
    in_query = house.call(f"/oauth2/token?client_id={c1.id}&client_secret={c1.secret}", fields={"code": code})
    assert in_query.json()["error"] == "invalid_client"


def test_everything_a_person_granted_ends_at_once(house: House, c1: App, c2: App) -> None:
    eve = person(house.runner, "eve")
    first, second, other = house.tokens(c1), house.tokens(c2), house.tokens(c1, eve)
    in_flight = house.code(c1)
    house.runner.now(Caller(system=True), issue.revoke_of_user, house.ada.id, "password changed")
    assert not house.works(first["access_token"])
    assert not house.works(second["access_token"])
    assert house.redeem(c1, in_flight).json()["error"] == "invalid_grant"
    assert house.works(other["access_token"])
