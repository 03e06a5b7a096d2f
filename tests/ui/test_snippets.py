"""What an app's page gives for libraries can be used as it stands; only the secret is left to put in."""

import ast
import io
import tomllib
from collections.abc import Callable

import pytest
from dotenv import dotenv_values

from oauth2system.ui.docs import snippets

HERE, APP = "https://login.example.org", "184467440737095"


def test_the_env_file_is_read_by_what_reads_env_files() -> None:
    assert dotenv_values(stream=io.StringIO(snippets.env(HERE, APP))) == {
        "OIDC_ISSUER": HERE,
        "OIDC_DISCOVERY_URL": f"{HERE}/.well-known/openid-configuration",
        "CLIENT_ID": APP,
        "CLIENT_SECRET": "CLIENT_SECRET",
        "OIDC_SCOPES": "openid profile email",
    }


def test_the_settings_of_oauth2_proxy_are_toml_with_pkce() -> None:
    found = tomllib.loads(snippets.oauth2_proxy(HERE, APP))
    assert (found["provider"], found["oidc_issuer_url"], found["client_id"]) == ("oidc", HERE, APP)
    assert found["code_challenge_method"] == "S256"
    assert found["redirect_url"].endswith("/oauth2/callback")


def test_the_authlib_site_is_the_guides_program_with_real_ids() -> None:
    text = snippets.authlib(HERE, APP)
    called = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    given = {word.arg: ast.unparse(word.value) for call in called for word in call.keywords}
    assert given["client_id"] == f"'{APP}'"
    assert given["client_secret"] == "os.environ['CLIENT_SECRET']"
    assert given["server_metadata_url"] == f"'{HERE}/.well-known/openid-configuration'"
    assert "S256" in given["client_kwargs"]


@pytest.mark.parametrize(
    "snippet", [snippets.env, snippets.authlib, snippets.oauth2_proxy, snippets.curl, snippets.link]
)
def test_no_stand_in_is_left_but_the_secrets(snippet: Callable[[str, str], str]) -> None:
    text = snippet(HERE, APP)
    assert snippets.ORIGIN not in text
    assert "CLIENT_ID" not in text.replace("CLIENT_ID=", "")
