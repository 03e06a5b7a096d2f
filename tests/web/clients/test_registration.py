"""Apps that register themselves and are managed by who registered them (RFC 7591, RFC 7592)."""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system.protocol.jose import keys as jose
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.apps import protocol_settings
from oauth2system.services.clients import registration
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, Clock, House, answered, signing_keys
from tests.support.servers.recording_server import Sink, sink

ASKED: dict[str, Any] = {"client_name": "Robot", "redirect_uris": [CB], "grant_types": ["authorization_code"]}


@pytest.fixture
def mode() -> str:
    return "token"


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock, mode: str) -> Generator[Runner]:
    given = {"DYNAMIC_REGISTRATION": mode, "FETCH_ALLOW": "127.0.0.1"}
    with runner_on(database_url, tmp_path, clock=clock, **given) as running:
        yield running


def token(house: House, uses: int = 10, owner: str | None = None) -> str:
    return house.runner.now(OPERATOR, registration.create_token, owner, uses, 30).value


def call(  # noqa: PLR0913, PLR0917  (a request has these parts)
    house: House, method: str, path: str, bearer: str | None, data: object = None, kind: str = "application/json"
) -> httpx.Response:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    if data is not None:
        headers["content-type"] = kind
    content = None if data is None else json.dumps(data).encode()
    return house.door.ask(method, path, headers=headers, content=content)


def post(house: House, bearer: str | None, **changes: Any) -> httpx.Response:
    data = {name: value for name, value in {**ASKED, **changes}.items() if value is not None}
    return call(house, "POST", "/oauth2/register", bearer, data)


def made(house: House, bearer: str | None = None, **changes: Any) -> dict[str, Any]:
    answer = post(house, bearer or token(house), **changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


def manage(house: House, told: dict[str, Any], method: str = "GET", data: object = None) -> httpx.Response:
    path = told["registration_client_uri"].removeprefix(house.base)
    return call(house, method, path, told["registration_access_token"], data)


def test_a_registered_app_signs_people_in(house: House) -> None:
    answer = post(house, token(house))
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    told = answer.json()
    assert told["client_secret_expires_at"] == 0
    assert told["client_id_issued_at"] > 0
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["registration_client_uri"] == f"{house.base}/oauth2/register/{told['client_id']}"
    app = App(told["client_id"], told["client_secret"])
    asked = house.authorize(app)
    assert asked.headers["location"].startswith("/consent")
    assert house.token(app, grant_type="authorization_code", code="x").json()["error"] == "invalid_grant"


def test_without_a_good_initial_access_token_nothing_is_registered(house: House, clock: Clock) -> None:
    once = token(house, uses=1)
    assert post(house, once).status_code == 201
    late = token(house)
    clock.pass_by(days=31)
    for bad in (None, "x", once, late):
        answer = post(house, bad)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_an_app_belongs_to_whom_the_token_was_made_for(house: House) -> None:
    told = made(house, token(house, owner="ada"))
    rows = house.runner.now(
        OPERATOR, lambda ctx: ctx.db.all("SELECT owner_id FROM clients WHERE id = ?", told["client_id"])
    )
    assert [row[0] for row in rows] == [house.ada.id]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["data:text/html,x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["vbscript:x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["file:///x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://u:p@host.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/cb#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://*.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"client_name": "x\u202ey"}, "invalid_client_metadata"),
        ({"client_name": "x" * 500}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"jwks": {"keys": []}, "jwks_uri": "https://app.example/keys"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"initiate_login_uri": "http://app.example/"}, "invalid_client_metadata"),
        ({"initiate_login_uri": "http://localhost:5000/"}, "invalid_client_metadata"),
        ({"frontchannel_logout_uri": "https://elsewhere.example/"}, "invalid_client_metadata"),
    ],
)
def test_t014_what_cannot_be_registered(house: House, changes: dict[str, Any], code: str) -> None:
    answer = post(house, token(house), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, code), answer.text


def test_what_is_no_json_object_is_refused(house: House) -> None:
    bearer = token(house)
    bodies: list[tuple[Any, str]] = [([], "application/json"), ("x", "application/json"), (ASKED, "text/plain")]
    for data, kind in bodies:
        answer = call(house, "POST", "/oauth2/register", bearer, data, kind)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_t058_no_app_chooses_its_id_and_none_is_a_persons(house: House) -> None:
    told = made(house, client_id=house.ada.id, client_secret="mine", owner_id=house.ada.id, first_party=True)
    assert told["client_id"] != house.ada.id
    assert int(told["client_id"]) % 2 == 1
    assert int(house.ada.id) % 2 == 0
    assert told["client_secret"] != "mine"
    assert house.authorize(App(told["client_id"], None)).headers["location"].startswith("/consent")


def test_a_public_app_has_no_secret(house: House) -> None:
    told = made(house, token_endpoint_auth_method="none")
    assert "client_secret" not in told
    assert "client_secret_expires_at" not in told


def test_the_record_is_read_changed_and_deleted_by_its_token(house: House) -> None:
    told = made(house)
    shown = manage(house, told)
    assert shown.status_code == 200
    assert shown.json()["client_name"] == "Robot"
    other = "https://app.example/other"
    data = {**ASKED, "client_id": told["client_id"], "client_name": "Robot 2", "redirect_uris": [other]}
    changed = manage(house, told, "PUT", data)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["client_name"], changed.json()["redirect_uris"]) == ("Robot 2", [other])
    assert house.authorize(App(told["client_id"], None)).status_code == 400  # the old address is not registered now
    assert manage(house, told, "DELETE").status_code == 204
    assert manage(house, told).status_code == 401


def test_what_an_update_may_not_say(house: House) -> None:
    told = made(house)
    good = {**ASKED, "client_id": told["client_id"]}
    bad: list[dict[str, Any]] = [
        {**good, "client_id": "1"}, {**good, "registration_access_token": "x"}, {**good, "client_id_issued_at": 1},
        {**good, "client_secret": "chosen"}, {**good, "redirect_uris": ["javascript:x"]},
    ]  # fmt: skip
    for data in bad:
        assert manage(house, told, "PUT", data).status_code == 400
    assert manage(house, told, "PUT", {**good, "client_secret": told["client_secret"]}).status_code == 200


def test_a_new_method_that_needs_a_secret_brings_one(house: House) -> None:
    told = made(house, token_endpoint_auth_method="none")
    data = {**ASKED, "client_id": told["client_id"], "token_endpoint_auth_method": "client_secret_post"}
    assert manage(house, told, "PUT", data).json()["client_secret"]


def test_a_new_method_that_signs_with_a_secret_brings_one_that_can(house: House) -> None:
    told = made(house)
    data = {**ASKED, "client_id": told["client_id"], "token_endpoint_auth_method": "client_secret_jwt"}
    fresh = manage(house, told, "PUT", data).json()["client_secret"]
    assert fresh != told["client_secret"]
    assert "client_secret" not in manage(house, told, "PUT", data).json()


def test_an_update_leaves_alone_what_only_the_owner_decides(house: House) -> None:
    told = made(house, token(house, owner="ada"))
    ada = Caller(cookie=house.ada.cookie.partition("=")[2])
    house.runner.now(ada, protocol_settings.change, told["client_id"], {"access_token_format": "jwt"})
    assert manage(house, told, "PUT", {**ASKED, "client_id": told["client_id"]}).status_code == 200
    assert house.runner.now(ada, protocol_settings.view, told["client_id"]).settings["access_token_format"] == "jwt"


def test_a_token_manages_its_own_app_and_nothing_tells_which_exist(house: House, c1: App) -> None:
    told, other = made(house), made(house)
    bearer = told["registration_access_token"]
    for client_id in (other["client_id"], c1.id, "1", "x"):
        answer = call(house, "GET", f"/oauth2/register/{client_id}", bearer)
        assert answer.status_code in {401, 404}
        assert client_id == "x" or answer.json()["error"] == "invalid_token"
    for bad in (None, "x", other["registration_access_token"], told.get("client_secret")):
        assert call(house, "GET", f"/oauth2/register/{told['client_id']}", bad).status_code == 401
    assert call(house, "POST", f"/oauth2/register/{told['client_id']}", bearer, ASKED).status_code == 405


def test_a_sector_must_name_every_address(house: House, place: Sink) -> None:
    two = [CB, "https://b.example/cb"]
    asked: dict[str, Any] = {
        "redirect_uris": two,
        "subject_type": "pairwise",
        "sector_identifier_uri": f"{place.url}/sector",
    }
    place.body = json.dumps(two).encode()
    assert made(house, **asked)["subject_type"] == "pairwise"
    for body in (json.dumps([CB]).encode(), b"{}", b"x"):
        place.body = body
        assert post(house, token(house), **asked).json()["error"] == "invalid_client_metadata"
    place.status = 500
    assert post(house, token(house), **asked).json()["error"] == "invalid_client_metadata"


def test_t128_no_address_inside_is_visited_for_anybody(house: House, place: Sink) -> None:
    asked: dict[str, Any] = {"subject_type": "pairwise", "sector_identifier_uri": "https://127.0.0.2/sector"}
    assert post(house, token(house), **asked).json()["error"] == "invalid_client_metadata"
    seen: dict[str, Any] = {"sector_identifier_uri": f"{place.url}/sector"}
    assert post(house, None, **seen).status_code == 401
    assert place.seen == []


Push = Callable[..., httpx.Response]


@pytest.fixture
def push(house: House, place: Sink, clock: Clock) -> Push:
    """Push requests as an app whose keys are at its jwks_uri."""
    key = next(key for key in signing_keys() if key.alg == "ES256")
    place.body = json.dumps({"keys": [jose.public_jwk(key)]}).encode()
    told = made(
        house, token_endpoint_auth_method="private_key_jwt", jwks_uri=f"{place.url}/keys",
        grant_types=["authorization_code"],
    )  # fmt: skip
    now = int(clock.now.timestamp())

    def push(jti: str, with_key: jose.SigningKey = key) -> httpx.Response:
        claims = {"iss": told["client_id"], "sub": told["client_id"], "aud": house.base, "exp": now + 60, "jti": jti}
        fields = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jose.sign(with_key, claims), "response_type": "code", "redirect_uri": CB,
            "scope": "openid", "nonce": "n",
        }  # fmt: skip
        return house.call("/oauth2/par", None, None, fields)

    return push


def test_keys_at_a_jwks_uri_prove_an_app(push: Push, place: Sink) -> None:
    assert push("1").status_code == 201
    assert push("2").status_code == 201
    assert len(place.seen) == 1


def test_t133_unknown_keys_cause_one_fetch_a_minute_and_known_ones_keep_working(push: Push, place: Sink) -> None:
    assert push("1").status_code == 201
    unknown = jose.generate("ES256")
    assert {push(f"u{number}", unknown).status_code for number in range(50)} == {401}
    assert len(place.seen) == 1
    place.status = 500
    assert push("2").status_code == 201


@pytest.mark.parametrize("mode", ["open"])
def test_open_registration_vouches_for_nobody(house: House) -> None:
    told = post(house, None).json()
    app = App(told["client_id"], told["client_secret"])
    refused = house.authorize(app, scope="unheard-of")
    assert (refused.status_code, "location" in refused.headers) == (400, False)
    assert answered(house.authorize(app, prompt="none"))["error"] == "consent_required"


@pytest.mark.parametrize("mode", ["off"])
def test_t020_switched_off_it_is_not_there(house: House) -> None:
    assert post(house, None).status_code == 404
    assert call(house, "GET", "/oauth2/register/1", "x").status_code == 404
    assert "registration_endpoint" not in house.door.get("/.well-known/openid-configuration").json()
