"""T059: JSON that is nested deeper than its writers bear is a refusal at every door that takes JSON, never a fault."""

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import registration
from tests.support.in_process.door import runner_on
from tests.support.in_process.jwts import ASSERTION, Key, b64
from tests.support.in_process.oauth_apps import CB, OPERATOR, Clock, House
from tests.support.servers.recording_server import Sink, sink

DEPTHS = (40, 900, 1000, 5000)


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


@pytest.fixture
def runner(migrated_sqlite: Path, tmp_path: Path, clock: Clock) -> Generator[Runner]:
    url = f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'nested.db')}"
    with runner_on(url, tmp_path, clock=clock, FETCH_ALLOW="127.0.0.1") as running:
        yield running


def deep(depth: int) -> str:
    return "[" * depth + "]" * depth


def jwt_of(header: str, claims: str) -> str:
    return f"{b64(header.encode())}.{b64(claims.encode())}.AA"


def sent(house: House, method: str, path: str, body: str, bearer: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    return house.door.ask(method, path, headers=headers, content=body.encode())


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("member", ["jwks", "client_name", "redirect_uris", "unheard_of", "default_max_age"])
def test_t059_a_nested_description_of_an_app_is_refused(house: House, member: str, depth: int) -> None:
    token = house.runner.now(OPERATOR, registration.create_token, None, 10, 30).value
    given = {"client_name": "Robot", "redirect_uris": [CB]}
    made = sent(house, "POST", "/oauth2/register", json.dumps(given), token).json()
    for value in (deep(depth), f'{{"keys": {deep(depth)}}}'):
        fields = {**{name: json.dumps(known) for name, known in given.items()}, member: value}
        body = "{" + ", ".join(f'"{name}": {text}' for name, text in fields.items()) + "}"
        own = body[:-1] + f', "client_id": "{made["client_id"]}"' + "}"
        path = made["registration_client_uri"].removeprefix(house.base)
        for answer in (
            sent(house, "POST", "/oauth2/register", body, token),
            sent(house, "PUT", path, own, made["registration_access_token"]),
        ):
            assert answer.status_code == 400, answer.text
            assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


def test_t059_a_number_that_could_not_be_answered_again_is_refused(house: House) -> None:
    token = house.runner.now(OPERATOR, registration.create_token, None, 10, 30).value
    keys = json.loads(Key().jwks)
    keys["keys"][0]["x-serial"] = 1 << 70
    body = json.dumps({"client_name": "Robot", "redirect_uris": [CB], "jwks": keys})
    assert sent(house, "POST", "/oauth2/register", body, token).status_code == 400


@pytest.mark.parametrize("depth", DEPTHS)
def test_t059_nested_keys_that_are_fetched_prove_nothing(house: House, place: Sink, depth: int) -> None:
    place.body = f'{{"keys": {deep(depth)}}}'.encode()
    app = house.app("Signs", jwks_uri=place.url, token_endpoint_auth_method="private_key_jwt")
    claims = {"iss": app.id, "sub": app.id, "aud": house.base}
    fields = {"client_assertion_type": ASSERTION, "client_assertion": Key().sign(claims), "client_id": app.id}
    answer = house.call("/oauth2/token", None, None, {**fields, "grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert place.seen


@pytest.mark.parametrize("depth", DEPTHS)
def test_t059_a_nested_jwt_or_parameter_is_refused(house: House, depth: int) -> None:
    key = Key()
    app = house.app("Signs", jwks=key.jwks, token_endpoint_auth_method="private_key_jwt", require_pkce=False)
    plain = house.app("Plain", require_pkce=False)
    in_header = jwt_of('{"alg": "ES256", "jwk": ' + deep(depth) + "}", "{}")
    in_claims = jwt_of('{"alg": "ES256", "kid": "one"}', '{"claims": ' + deep(depth) + "}")
    refused: list[httpx.Response] = []
    for jwt in (in_header, in_claims):
        fields: dict[str, Any] = {"client_assertion_type": ASSERTION, "client_assertion": jwt, "client_id": app.id}
        refused += [
            house.call("/oauth2/token", None, None, {**fields, "grant_type": "client_credentials"}),
            house.call("/oauth2/token", plain, {"dpop": jwt}, {"grant_type": "client_credentials"}),
            house.call("/oauth2/par", plain, None, {"request": jwt}),
        ]
        back = house.authorize(app, request=jwt)
        assert back.status_code in {303, 400}, back.text
        assert back.status_code == 400 or "error=" in back.headers["location"]
    asked = {"response_type": "code", "redirect_uri": CB, "scope": "openid"}
    claims = '{"id_token": {"sub": ' + deep(depth) + "}}"
    refused.append(house.call("/oauth2/par", plain, None, {**asked, "claims": claims}))
    assert {answer.status_code for answer in refused} <= {400, 401}, [answer.text for answer in refused]
