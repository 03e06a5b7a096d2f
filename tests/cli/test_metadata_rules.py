"""Client metadata are judged by one set of rules: a command, a page and a program are refused alike (RFC 7591)."""

import asyncio
import json
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Invalid
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.reasons.metadata import MetadataReason as Why
from oauth2system.services.apps import protocol_settings
from tests.cli.conftest import Command
from tests.protocol import keys
from tests.support.in_process.story import CALLBACK, Member, Story

SECRET_KEY = "k" * 64
PRIVATE = {**jose.public_jwk(keys.EC), "d": "c2VjcmV0"}
SYMMETRIC = {"kty": "oct", "k": "c2VjcmV0"}
ENCRYPTS = {**jose.public_jwk(keys.EC), "use": "enc"}
# (why it is refused, the options that ask for it, the same as metadata)
REFUSED: list[tuple[Why, list[str], dict[str, Any]]] = [
    (Why.NOT_TEXT, ["NAME:a\u202eb"], {"client_name": "a\u202eb"}),
    (Why.NOT_TEXT, ["NAME:" + "a" * 81], {"client_name": "a" * 81}),
    (Why.NONE_OF, ["--grant", "password"], {"grant_types": ["password"]}),
    (Why.GRANTS_BEGIN_NOTHING, ["--grant", "refresh_token"], {"grant_types": ["refresh_token"], "response_types": []}),
    (Why.GRANT_NEEDS_SECRET, ["--public", "--grant", "client_credentials"], {
        "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"], "response_types": [],
    }),
    (Why.METHOD_NEEDS_KEYS, ["--auth-method", "private_key_jwt"], {"token_endpoint_auth_method": "private_key_jwt"}),
    (Why.REDIRECT_URI_REFUSED, ["--redirect-uri", "http://site.example/"], {
        "redirect_uris": [CALLBACK, "http://site.example/"],
    }),
    (Why.REDIRECT_URI_REFUSED, ["--redirect-uri", "javascript:x"], {"redirect_uris": [CALLBACK, "javascript:x"]}),
    (Why.REDIRECT_URI_REFUSED, ["--redirect-uri", "https://site.example/#x"], {
        "redirect_uris": [CALLBACK, "https://site.example/#x"],
    }),
    (Why.REDIRECT_URI_REFUSED, ["--post-logout-redirect-uri", "nonsense"], {
        "post_logout_redirect_uris": ["nonsense"],
    }),
    (Why.NOT_LINK, ["--backchannel-logout-uri", "javascript:x"], {"backchannel_logout_uri": "javascript:x"}),
    (Why.NOT_LINK, ["--frontchannel-logout-uri", "com.example:/x"], {"frontchannel_logout_uri": "com.example:/x"}),
    (Why.FRAME_FOREIGN, ["--frontchannel-logout-uri", "https://elsewhere.example/"], {
        "frontchannel_logout_uri": "https://elsewhere.example/",
    }),
    (Why.KEYS_NOT_OBJECT, ["JWKS:[]"], {"jwks": []}),
    (Why.KEYS_SYMMETRIC, ["JWKS:" + json.dumps({"keys": [SYMMETRIC]})], {"jwks": {"keys": [SYMMETRIC]}}),
    (Why.KEYS_REFUSED, ["JWKS:" + json.dumps({"keys": [PRIVATE]})], {"jwks": {"keys": [PRIVATE]}}),
    (Why.KEYS_UNUSABLE, ["JWKS:" + json.dumps({"keys": [ENCRYPTS]})], {"jwks": {"keys": [ENCRYPTS]}}),
    (Why.KEYS_TOO_LONG, ["JWKS:" + json.dumps({"keys": ["a" * 40_000]})], {"jwks": {"keys": ["a" * 40_000]}}),
]  # fmt: skip


@pytest.fixture
def story(settings: Callable[..., None], database_url: str, tmp_path: Path) -> Generator[Story]:
    settings(SECRET_KEY=SECRET_KEY)
    made = Story(database_url, tmp_path, DYNAMIC_REGISTRATION="open")
    yield made
    made.close()


def fits(template: str, said: str) -> bool:
    """Return whether this is the sentence of a reason, whatever stands in its placeholders."""
    parts = re.split(r"\{\w+\}", template)
    return re.fullmatch(".+".join(re.escape(part) for part in parts), said, re.DOTALL) is not None


def command_line(options: list[str], folder: Path) -> list[str]:
    """Write the options of a row as they are typed: a name of its own, and a key set in a file."""
    name = next((text.removeprefix("NAME:") for text in options if text.startswith("NAME:")), "App")
    line = ["app", "create", name, "--owner", "ada", "--redirect-uri", CALLBACK]
    for text in options:
        if text.startswith("JWKS:"):
            path = folder / "keys.json"
            path.write_text(text.removeprefix("JWKS:"))
            line += ["--jwks", str(path)]
        elif not text.startswith("NAME:"):
            line.append(text)
    return line


@pytest.mark.parametrize(("why", "options", "metadata"), REFUSED, ids=lambda value: getattr(value, "name", ""))
def test_a_command_a_page_and_a_program_are_refused_for_the_same_reason(  # noqa: PLR0913, PLR0917  (the facts of one thing)
    command: Command, story: Story, ada: Member, tmp_path: Path, why: Why, options: list[str], metadata: dict[str, Any]
) -> None:
    document = {"client_name": "App", "redirect_uris": [CALLBACK], **metadata}
    answer = asyncio.run(story.browser().send("POST", "/oauth2/register", json=document))
    assert (answer.status_code, answer.json()["error"]) == (400, why.error)
    said = answer.json()["error_description"]
    assert fits(why.public, said)

    with pytest.raises(Invalid) as caught:
        ada.do(protocol_settings.change, story.app(ada).client_id, metadata)
    [sentence] = caught.value.problems.values()
    assert fits(why.field, sentence)

    done = command(*command_line(options, tmp_path))
    assert (done.code, done.err) == (1, f"oauth2system: {said}\n")


def test_r024_no_command_and_no_page_makes_an_app_without_any_scope_of_ours(
    command: Command, story: Story, ada: Member
) -> None:
    done = command("app", "create", "App", "--owner", "ada", "--redirect-uri", CALLBACK, "--scope", "agent:tools")
    assert (done.code, done.err.startswith("oauth2system: scope ")) == (1, True)
    with pytest.raises(Invalid) as caught:
        ada.do(protocol_settings.change, story.app(ada).client_id, {"scope": "agent:tools"})
    assert caught.value.problems.keys() == {"scope"}


def test_a_command_does_not_leave_out_what_a_program_would_be_answered_without(command: Command, ada: Member) -> None:
    del ada
    for options, member in (
        (["--scope", "identify", "everything"], "scope"),
        (["--grant", "authorization_code", "password"], "grant_types"),
        (["--public", "--no-pkce"], "require_pkce"),
    ):
        done = command("app", "create", "App", "--owner", "ada", "--redirect-uri", CALLBACK, *options)
        assert (done.code, done.err.startswith(f"oauth2system: {member}: ")) == (1, True)


def test_a_command_makes_an_app_with_a_scheme_of_its_own_native(command: Command, story: Story, ada: Member) -> None:
    del ada
    done = command(
        "app", "create", "App", "--owner", "ada", "--public", "--redirect-uri", "com.example.app:/cb", "--json"
    )
    assert done.json["client_secret"] is None
    assert story.look("SELECT metadata LIKE '%native%' FROM clients") in ([(1,)], [(True,)])
