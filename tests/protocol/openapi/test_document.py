"""The OpenAPI document: valid, true to what is offered, with examples that are what they say (OpenAPI 3.1)."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from oauth2system.protocol import errors
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import CODE_GRANT, REFRESH_GRANT
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.openapi import document
from oauth2system.protocol.openapi.error_codes import CODES
from tests.support.in_process.openapi_contract import Contract

ISSUER = "https://id.example.org"
FULL = Offer(ISSUER, registration=True)
BARE = Offer(ISSUER, request_objects=False, grant_types=(CODE_GRANT, REFRESH_GRANT))
# Where the standards have a code and this server never comes to say it.
NEVER_SAID = {
    "invalid_request_uri",  # a page says so: nothing proves where else it might go
    "request_not_supported",  # signed requests are offered
    "invalid_software_statement",
    "invalid_authorization_details",
}


def built(offer: Offer = FULL) -> dict[str, Any]:
    """Return the document as it is sent."""
    return json.loads(json.dumps(document.build(offer, "1.2.3")))


def walk(part: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object in the document with its place."""
    if isinstance(part, dict):
        found = cast("dict[str, Any]", part)
        yield place, found
        for name, inner in found.items():
            yield from walk(inner, f"{place}/{name}")
    elif isinstance(part, list):
        for number, inner in enumerate(cast("list[Any]", part)):
            yield from walk(inner, f"{place}/{number}")


def _names(values: Any) -> list[str]:
    return cast("list[str]", values) if isinstance(values, list) else []


@pytest.mark.parametrize("offer", [FULL, BARE])
def test_the_document_is_valid(offer: Offer) -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(built(offer)).iter_errors()] == []


def test_it_says_which_server_and_which_version() -> None:
    written = built()
    assert (written["openapi"][:4], written["info"]["version"]) == ("3.1.", "1.2.3")
    assert written["servers"] == [{"url": ISSUER}]


def test_t020_what_is_off_is_not_described() -> None:
    full, bare = json.dumps(built()), json.dumps(built(BARE))
    for word in (
        "/oauth2/register",
        "/oauth2/device_authorization",
        "device_code",
        "client_credentials",
        "AppMetadata",
    ):
        assert word in full
        assert word not in bare, word
    fields = {one["name"] for one in built(BARE)["paths"]["/oauth2/authorize"]["get"]["parameters"]}
    assert "request" not in fields


def test_each_grant_has_its_own_fields() -> None:
    written = built()
    asked = written["paths"]["/oauth2/token"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    mapping: dict[str, str] = asked["schema"]["discriminator"]["mapping"]
    assert list(mapping) == list(FULL.grant_types)
    for grant, place in mapping.items():
        fields = written["components"]["schemas"][place.rpartition("/")[2]]["properties"]
        assert fields["grant_type"] == {"const": grant}
        assert {"client_id", "client_secret", "client_assertion"} <= fields.keys()


def test_every_example_is_what_its_schema_describes() -> None:
    written = built()
    contract, seen = Contract(written), 0
    for place, part in walk(written):
        examples: list[Any] = part["examples"] if isinstance(part.get("examples"), list) else []
        schema = part
        if "schema" in part and "example" in part:
            examples, schema = [part["example"]], part["schema"]
        for example in examples:
            seen += 1
            assert [error.message for error in contract.errors(schema, example)] == [], place
    assert seen > 150


def test_examples_name_only_hosts_that_are_for_documentation() -> None:
    hosts = re.findall(r"https?://([a-z0-9.-]+)", json.dumps(built()))
    assert {host for host in hosts if not host.endswith((".example", "example.org"))} == set()
    assert not re.search(r"@(?!example\.org)", json.dumps(built()))


def test_every_code_is_explained_and_every_explanation_is_needed() -> None:
    ours = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OAuthError)}
    assert ours - NEVER_SAID <= CODES.keys()
    assert CODES.keys().isdisjoint(NEVER_SAID)
    named = {code for _place, part in walk(built()) for code in _names(part.get("enum"))}
    assert CODES.keys() <= named, "explained, and never said anywhere"


def test_everything_that_is_pointed_at_is_there_and_nothing_is_left_over() -> None:
    written = built()
    pointed = {part["$ref"] for _place, part in walk(written) if "$ref" in part}
    there = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "headers")
        for name in written["components"][kind]
    }
    assert pointed == there


def test_every_operation_has_words_and_its_own_name() -> None:
    operations = [told for path in built()["paths"].values() for name, told in path.items() if name != "parameters"]
    assert all(told["summary"] and told["responses"] for told in operations)
    assert len({told["operationId"] for told in operations}) == len(operations) > 30


def test_every_way_of_proving_who_calls_is_named() -> None:
    written = built()
    token = written["paths"]["/oauth2/token"]["post"]
    assert {"client_secret_basic": []} in token["security"]
    assert token["x-client-authentication"] == [
        "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none",
    ]  # fmt: skip
    assert "none" not in written["paths"]["/oauth2/introspect"]["post"]["x-client-authentication"]
    assert written["components"]["securitySchemes"].keys() == {
        "client_secret_basic", "bearer", "dpop", "registration_token", "oauth2",
    }  # fmt: skip
    flows = written["components"]["securitySchemes"]["oauth2"]["flows"]
    assert flows["authorizationCode"]["tokenUrl"] == f"{ISSUER}/oauth2/token"
    assert flows["clientCredentials"]["tokenUrl"] == f"{ISSUER}/oauth2/token"
