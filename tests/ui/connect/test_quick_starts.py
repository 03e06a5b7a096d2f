"""Every quick start is whole, says what is known about it, and can be used as it stands; only the secret is missing."""

import ast
import configparser
import io
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from oauth2system.protocol.clients.redirect_uris import check_redirect_uri
from oauth2system.ui.docs import snippets
from oauth2system.ui.docs.quick_starts.catalog import ALL
from oauth2system.ui.docs.quick_starts.start import (
    ID,
    PATH,
    PORT,
    SECRET,
    SITE,
    Filled,
    Proof,
    fill,
    read_path,
    read_site,
)
from tests.support.clients import clients_page

HERE, APP, THERE = "https://login.example.com", "184467440737095", "https://garden.example.com:8443"
ASKED_FOR = {
    *("curl", "flask", "django", "fastapi", "express", "next", "go", "php", "spring", "page", "desktop"),
    *("grafana", "gitea", "nextcloud", "oauth2-proxy", "apache", "home-assistant", "jellyfin", "immich"),
}


def filled(name: str) -> Filled:
    return fill(ALL[name], HERE, APP, THERE)


def text_of(name: str) -> str:
    return "\n".join(part.text for part in filled(name).parts)


def check_ini(text: str) -> None:
    found = configparser.ConfigParser(interpolation=None)
    found.read_string(text)
    assert found["auth.generic_oauth"]["client_id"] == APP
    assert found["server"]["root_url"] == THERE


def check_shell(text: str) -> None:
    done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert any(APP in word for word in shlex.split(text.replace("\\\n", " ")))


def check_toml(text: str) -> None:
    found = tomllib.loads(text)
    assert (found["oidc_issuer_url"], found["client_id"], found["code_challenge_method"]) == (HERE, APP, "S256")
    assert found["redirect_url"] == f"{THERE}/oauth2/callback"


def check_home(text: str) -> None:
    assert yaml.safe_load(text)["auth_oidc"]["client_id"] == APP


def check_json(text: str) -> None:
    assert json.loads(text)["oauth"]["clientId"] == APP


def check_spring(text: str) -> None:
    del text
    _gradle, settings = filled("spring").parts
    client = yaml.safe_load(settings.text)["spring"]["security"]["oauth2"]["client"]
    assert client["registration"]["oauth2system"]["client-id"] == APP
    assert client["provider"]["oauth2system"]["issuer-uri"] == HERE


def check_next(text: str) -> None:
    del text
    auth, route, _page = filled("next").parts
    program = str(Path(sys.executable).parent / "node")
    for part in (auth, route):
        command = [program, "--input-type=module", "--check"]
        done = subprocess.run(command, input=part.text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


# How each quick start that does not run here is read.
READERS: dict[str, Callable[[str], None]] = {
    "grafana": check_ini,
    "gitea": check_shell,
    "nextcloud": check_shell,
    "oauth2-proxy": check_toml,
    "home-assistant": check_home,
    "immich": check_json,
    "spring": check_spring,
    "next": check_next,
}
NOT_TRIED = {"jellyfin"}


def test_what_is_promised_is_there() -> None:
    assert ASKED_FOR - ALL.keys() == set()


def test_each_quick_start_runs_is_read_or_says_that_it_was_not_tried() -> None:
    """What runs is listed in tests/journeys/test_quick_starts.py."""
    by_proof = {proof: {name for name, start in ALL.items() if start.proof is proof} for proof in Proof}
    assert by_proof[Proof.READ] == READERS.keys()
    assert by_proof[Proof.NOT_TRIED] == NOT_TRIED


@pytest.mark.parametrize("name", READERS)
def test_a_text_that_does_not_run_here_is_well_formed(name: str) -> None:
    READERS[name](text_of(name))


def test_each_program_in_python_can_be_parsed() -> None:
    programs = [part for name in ALL for part in filled(name).parts if part.title.endswith(".py")]
    assert len(programs) == 5
    for part in programs:
        ast.parse(part.text, part.title)


@pytest.mark.parametrize("name", ALL)
def test_nothing_of_our_examples_is_left_but_the_word_for_the_secret(name: str) -> None:
    found = filled(name)
    text = "\n".join([found.install, *(part.text for part in found.parts), found.run])
    assert re.findall(rf"\b{ID}\b|{SITE}|\b{PORT}\b|id\.example\.org", text) == []
    assert APP in text
    assert HERE in text
    public = ALL[name].is_public
    assert (SECRET in text) is not public
    assert not re.search(r"ok_[A-Za-z0-9]", text), "a secret of ours"


@pytest.mark.parametrize("name", ALL)
def test_the_address_of_a_quick_start_can_be_registered(name: str) -> None:
    for uri in filled(name).returns:
        assert check_redirect_uri(uri, allow_http=False, plain_schemes=False) is None


@pytest.mark.parametrize("name", [name for name, start in ALL.items() if not start.is_public])
def test_the_page_can_say_where_the_secret_goes(name: str) -> None:
    in_environment = ALL[name].reads_environment or "environ" in text_of(name) or "getenv" in text_of(name)
    assert in_environment or SECRET in text_of(name)


def test_the_settings_of_apache_are_those_that_the_tests_run() -> None:
    (part,) = fill(ALL["apache"], snippets.ORIGIN, ID, "https://site.example.org").parts
    assert part.text == clients_page.block("Apache", "apache").rstrip("\n")


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("https://garden.example", "https://garden.example"),
        ("  http://localhost:3000/callback?x=1 ", "http://localhost:3000"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("garden.example", ""),
        ("javascript:alert(1)", ""),
        ('https://garden.example";import os', ""),
        ("https://garden.example'", ""),
        ("https://a@garden.example", ""),
        ("https://garden.example\nx", ""),
        ("https://garden.example$(id)", ""),
        ("https://garden.example`id`", ""),
        ("", ""),
    ],
)
def test_an_address_that_could_end_a_string_is_no_address_of_a_site(typed: str, site: str) -> None:
    assert read_site(typed) == site


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("https://garden.example/signed-in", "/signed-in"),
        ("https://garden.example/auth/v1.0/back", "/auth/v1.0/back"),
        ("https://garden.example/", PATH),
        ("https://garden.example/sign-in", PATH),
        ("https://garden.example/a?b=c", PATH),
        ('https://garden.example/a";import os', PATH),
        ("https://garden.example/a'", PATH),
        ("https://garden.example/../a", PATH),
        ("org.example.garden:/signed-in", PATH),
        ("", PATH),
    ],
)
def test_a_path_that_could_end_a_string_is_no_path_of_a_program(uri: str, path: str) -> None:
    assert read_path(uri) == path


@pytest.mark.parametrize("name", [name for name, start in ALL.items() if start.may_be_called_back_anywhere])
def test_a_program_that_is_called_back_elsewhere_says_so_everywhere(name: str) -> None:
    found = fill(ALL[name], HERE, APP, THERE, "/auth/back")
    assert found.returns == (f"{THERE}/auth/back",)
    assert not any(PATH in part.text for part in found.parts)


def test_the_env_file_is_read_by_what_reads_env_files() -> None:
    assert dotenv_values(stream=io.StringIO(snippets.env(HERE, APP))) == {
        "OIDC_ISSUER": HERE,
        "OIDC_DISCOVERY_URL": f"{HERE}/.well-known/openid-configuration",
        "CLIENT_ID": APP,
        "CLIENT_SECRET": "CLIENT_SECRET",
        "OIDC_SCOPES": "openid profile email",
    }
