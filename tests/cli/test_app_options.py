"""What an app is made to be by options, and what cannot be (docs/operating.md)."""

from pathlib import Path
from typing import Any

import pytest

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.strict_json import dump
from oauth2system.storage.tables import clients
from tests.cli.conftest import Command
from tests.storage.database.rows import opened

CB = "https://site.example/callback"


@pytest.fixture
def jwks(tmp_path: Path) -> str:
    path = tmp_path / "keys.json"
    path.write_bytes(dump({"keys": [jose.public_jwk(jose.generate("ES256"))]}))
    return str(path)


@pytest.fixture(autouse=True)
def ada(command: Command) -> None:
    assert command("user", "create", "ada", "--email", "ada@example.org", "--confirmed").code == 0


def made(command: Command, url: str, *options: str) -> tuple[Client, dict[str, Any]]:
    told = command("app", "create", "App", "--owner", "ada", "--redirect-uri", CB, "--json", *options).json
    with opened(url) as database, database.transaction() as db:
        found = clients.find(db, told["client_id"])
    assert found is not None
    return found, told


def test_an_app_of_the_plain_kind_is_as_the_pages_make_it(command: Command, database_url: str) -> None:
    client, told = made(command, database_url)
    assert (client.token_endpoint_auth_method, client.require_pkce, client.simple_flow) == (
        "client_secret_basic", True, True,
    )  # fmt: skip
    assert told["client_secret"]


def test_options_reach_the_app(command: Command, database_url: str) -> None:
    client, _told = made(
        command, database_url, "--no-pkce", "--require-par", "--auth-method", "client_secret_post",
        "--grant", "authorization_code", "device_code", "--post-logout-redirect-uri", "https://site.example/bye",
        "--backchannel-logout-uri", "https://site.example/out", "--frontchannel-logout-uri", "https://site.example/f",
        "--optional-scope", "email offline_access", "--homepage", "https://site.example/",
        "--privacy", "https://site.example/privacy", "--terms", "https://site.example/terms",
    )  # fmt: skip
    assert client.optional_scopes == {"email", "offline_access"}
    assert (client.client_uri, client.policy_uri, client.tos_uri) == (
        "https://site.example/", "https://site.example/privacy", "https://site.example/terms",
    )  # fmt: skip
    assert (client.require_pkce, client.require_pushed_authorization_requests) == (False, True)
    assert client.token_endpoint_auth_method == "client_secret_post"
    assert len(client.grant_types) == 2
    assert client.post_logout_redirect_uris == ("https://site.example/bye",)
    assert (client.backchannel_logout_uri, client.frontchannel_logout_uri) == (
        "https://site.example/out", "https://site.example/f",
    )  # fmt: skip


def test_tokens_are_as_the_app_wants_them(command: Command, database_url: str) -> None:
    api = "https://api.example/v1"
    client, _told = made(
        command, database_url, "--access-token-format", "jwt", "--resource", api, "urn:example:mail", api,
        "--id-token-alg", "ES256", "--id-token-claims",
    )  # fmt: skip
    assert (client.access_token_format, client.resources) == ("jwt", (api, "urn:example:mail"))
    assert client.id_token_signed_response_alg == "ES256"
    assert client.id_token_userinfo_claims


def test_an_app_with_keys_of_its_own_has_no_secret(command: Command, database_url: str, jwks: str) -> None:
    client, told = made(command, database_url, "--jwks", jwks)
    assert (client.token_endpoint_auth_method, told["client_secret"]) == ("private_key_jwt", None)
    assert not client.simple_flow


def test_the_fapi2_profile_is_all_of_it(command: Command, database_url: str, jwks: str) -> None:
    client, told = made(command, database_url, "--profile", "fapi2", "--jwks", jwks)
    assert client.is_fapi
    assert client.require_pushed_authorization_requests
    assert client.dpop_bound_access_tokens
    assert client.id_token_signed_response_alg == "PS256"
    assert (client.token_endpoint_auth_method, told["client_secret"]) == ("private_key_jwt", None)
    assert not client.simple_flow


def test_the_fapi2_signed_profile_demands_signed_requests_as_well(
    command: Command, database_url: str, jwks: str
) -> None:
    client, told = made(command, database_url, "--profile", "fapi2-signed", "--jwks", jwks)
    plain, _told = made(command, database_url, "--profile", "fapi2", "--jwks", jwks)
    assert client.is_fapi
    assert client.require_pushed_authorization_requests
    assert (client.token_endpoint_auth_method, told["client_secret"]) == ("private_key_jwt", None)
    assert (client.require_signed_request_object, plain.require_signed_request_object) == (True, False)


def test_the_fapi2_profile_signs_with_its_own_algorithms(command: Command, jwks: str) -> None:
    options = ("--owner", "ada", "--redirect-uri", CB, "--profile", "fapi2", "--jwks", jwks, "--id-token-alg")
    assert command("app", "create", "One", *options, "ES256").code == 0
    refused = command("app", "create", "Two", *options, "RS256")
    assert (refused.code, "RS256 is not possible" in refused.err) == (1, True)


@pytest.mark.parametrize(
    "options",
    [
        ["--profile", "fapi2"],
        ["--profile", "fapi2-signed"],
        ["--auth-method", "private_key_jwt"],
        ["--public", "--auth-method", "client_secret_post"],
        ["--public", "--no-pkce"],
        ["--public", "--grant", "client_credentials"],
        ["--grant", "password"],
        ["--frontchannel-logout-uri", "https://elsewhere.example/"],
        ["--backchannel-logout-uri", "javascript:x"],
        ["--post-logout-redirect-uri", "nonsense"],
        ["--jwks", "/nowhere"],
        ["--resource", "api.example"],
        ["--resource", "https://api.example/#v1"],
    ],
)
def test_what_cannot_be_is_refused_in_one_line(command: Command, options: list[str]) -> None:
    done = command("app", "create", "App", "--owner", "ada", "--redirect-uri", CB, *options)
    assert (done.code, len(done.err.splitlines())) == (1, 1)


def test_an_initial_access_token_is_shown_once(command: Command) -> None:
    told = command("registration-token", "create", "--owner", "ada", "--uses", "3", "--json").json
    assert told["initial_access_token"].startswith("oi_")
    assert (told["uses"], told["days"]) == (3, 30)
    assert command("registration-token", "create", "--owner", "nobody").code == 1
    assert command("registration-token", "create", "--days", "9999").code == 1


def test_an_app_of_ours_that_any_program_could_be_is_announced(command: Command) -> None:
    """RFC 8252 §8.6: `--first-party` would hand a code to whatever program listens on the person's machine."""
    given = ("app", "create", "Ours", "--owner", "ada", "--public", "--first-party", "--redirect-uri")
    assert "People are asked at every sign-in" in command(*given, "http://127.0.0.1/cb").err
    assert "People are asked" not in command(*given, CB).err
