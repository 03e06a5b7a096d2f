"""Requests made up from /openapi.json, by strangers and by those who may: never a 5xx, always what is promised.

Schemathesis makes them, good and bad ones, with a fixed seed; half of them carry what is real: an app's
credentials, a person's tokens and session, so that they get past the first check.
"""

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks as general
from schemathesis.specs.openapi import checks as conformance

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.openapi import document
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, person
from tests.support.in_process.oauth_apps import CB, GRANTS, VERIFIER, App, House, answered, basic, challenge
from tests.support.servers.event_server import running_lab

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("any-request")]

EXAMPLES, OF_NOTHING = 12, 2
LENIENT: dict[str, Any] = {"suppress_health_check": list(HealthCheck)}
# The library does not tell its types in full.
GENERAL: Any = general
CONFORMANCE: Any = conformance
LOADER: Any = schemathesis.openapi
CHECKS: list[Any] = [
    GENERAL.not_a_server_error,
    CONFORMANCE.status_code_conformance,
    CONFORMANCE.content_type_conformance,
    CONFORMANCE.response_headers_conformance,
    CONFORMANCE.response_schema_conformance,
    CONFORMANCE.allow_header_conformance,
]
DOCUMENT: Any = orjson.loads(orjson.dumps(document.build(Offer("http://localhost", registration=True), "0")))
SCHEMA: Any = LOADER.from_dict(DOCUMENT)
OPERATIONS: dict[str, Any] = {
    operation.label: operation for found in SCHEMA.get_all_operations() for operation in [found.ok()]
}
Values = Mapping[str, list[str]]
GOOD = {200, 201, 204, 303}
NOBODY = "nobody"
EVERY = GRANTS | {DEVICE_GRANT}
# What an honest request of the fixed seed has no good value for, and what it keeps as it was made up.
DOUBTFUL = {"resource", "request", "request_uri", "dpop_jkt", "claims", "acr_values", "oauth_token"}
KEPT = {"grant_type", "response_type", "state", "nonce", "code_challenge_method", "token_type_hint", "display"}
ALWAYS: dict[str, Any] = {"response_type": "code", "redirect_uri": CB, "redirect_uris": [CB], "scope": "openid email"}
PROOFS = {"client_id", "client_secret", "client_assertion", "client_assertion_type"}


@dataclass(frozen=True, slots=True)
class Target:
    """A running server, what is real there by the name of its field, and whom a request may come from."""

    url: str
    real: Values
    callers: Mapping[str, Mapping[str, str]]
    web: requests.Session


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Generator[Target]:
    var = tmp_path_factory.mktemp("any")
    generous: dict[str, str] = {"RATE_LIMIT_FACTOR": "100000", "DYNAMIC_REGISTRATION": "open"}
    with running_lab(var, f"sqlite:///{var / 'oauth2system.db'}", **generous) as lab, requests.Session() as web:
        web.trust_env = False
        house = House(lab.runner, person(lab.runner, "ada"), Door(Web(lab.runner)))
        app = house.app("Every", grant_types=EVERY, require_pkce=False, simple_flow=True, simple_redirect_uri=CB)
        tokens = house.tokens(app)
        made = web.post(f"{lab.url}/oauth2/register", json={"redirect_uris": [CB]}, timeout=30).json()
        callers = {
            NOBODY: {"cookie": house.ada.cookie},
            "client_secret_basic": basic(app.id, app.secret or ""),
            "bearer": {"authorization": f"Bearer {tokens['access_token']}"},
            "registration_token": {"authorization": f"Bearer {made['registration_access_token']}"},
        }
        yield Target(lab.url, _real(house, app, tokens) | {"id in the path": [made["client_id"]]}, callers, web)
        assert '"crashed"' not in lab.log, lab.log[-3000:]


def _real(house: House, app: App, tokens: Mapping[str, str]) -> dict[str, list[str]]:
    simple = house.door.get(f"/oauth2/authorize?client_id={app.id}&scope=identify+email", cookie=house.ada.cookie)
    return {
        "client_id": [app.id],
        "client_secret": [app.secret or ""],
        "redirect_uri": [CB],
        "redirect_uris": [CB],
        "scope": ["openid email", "identify", "openid profile email offline_access"],
        "code": [house.code(app), house.code(app)],
        "code_verifier": [VERIFIER],
        "code_challenge": [challenge(VERIFIER)],
        "refresh_token": [tokens["refresh_token"]],
        "token": [tokens["access_token"], tokens["refresh_token"], tokens["id_token"]],
        "access_token": [tokens["access_token"]],
        "oauth_token": [answered(simple)["oauth_token"]],
        "id_token_hint": [tokens["id_token"]],
        "login": [house.ada.username],
    }


@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_promised(target: Target, label: str) -> None:
    statuses: Counter[int] = Counter()
    told = DOCUMENT["paths"][OPERATIONS[label].path][OPERATIONS[label].method]
    most = EXAMPLES if told.keys() & {"parameters", "requestBody"} or "{" in label else OF_NOTHING

    @seed(20261124)
    @settings(max_examples=most, derandomize=True, database=None, deadline=None, phases=[Phase.generate], **LENIENT)
    @given(case=OPERATIONS[label].as_strategy(), data=st.data())
    def send(case: Any, data: st.DataObject) -> None:
        caller = _as_it_should_be(case, target, data) if data.draw(st.booleans()) else _anybody(case, target, data)
        response = case.call(base_url=target.url, session=target.web, headers=dict(caller), allow_redirects=False)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    send()
    assert statuses.keys() & GOOD, f"it never got past the first check: {dict(statuses)}"


def _anybody(case: Any, target: Target, data: st.DataObject) -> Mapping[str, str]:
    """Send what was made up, some of it replaced by what is real, as somebody."""
    for fields in _fields(case):
        for name in sorted(fields.keys() & target.real.keys()):
            if data.draw(st.booleans()):
                fields[name] = data.draw(st.sampled_from(target.real[name]))
    return target.callers[data.draw(st.sampled_from(sorted(target.callers)))]


def _as_it_should_be(case: Any, target: Target, data: st.DataObject) -> Mapping[str, str]:
    """Send it as an honest caller would: everything that can be real is, and nothing that was made up besides."""
    told = DOCUMENT["paths"][case.operation.path][case.operation.method]
    ways = [way for alternative in told["security"] for way in alternative]
    for fields in _fields(case):
        for name in [name for name in fields if name in DOUBTFUL or name not in target.real.keys() | KEPT]:
            del fields[name]
        if ways == ["client_secret_basic"]:
            for name in fields.keys() & PROOFS:
                del fields[name]
        for name in fields.keys() & target.real.keys():
            value = data.draw(st.sampled_from(target.real[name]))
            fields[name] = [value] if name.endswith("s") else value
        fields |= {name: value for name, value in ALWAYS.items() if name in _taken(told)}
    if case.path_parameters:
        case.path_parameters["client_id"] = target.real["id in the path"][0]
        for fields in _fields(case):
            fields["client_id"] = case.path_parameters["client_id"]
    is_open = {} in told["security"] and ways == ["registration_token"]
    return target.callers[NOBODY if is_open else next((way for way in ways if way in target.callers), NOBODY)]


def _taken(told: dict[str, Any]) -> set[str]:
    """Return the names an operation takes in its body."""
    bodies: list[Any] = list(told.get("requestBody", {"content": {}})["content"].values())
    names = [body["schema"].get("$ref", "").rpartition("/")[2] for body in bodies]
    schemas = [
        DOCUMENT["components"]["schemas"].get(name, body["schema"]) for name, body in zip(names, bodies, strict=True)
    ]
    return {name for schema in schemas for name in schema.get("properties", ())}


def _fields(case: Any) -> list[dict[str, Any]]:
    case.headers.pop("Sec-Purpose", None)
    case.headers.pop("DPoP", None)
    sent: list[Any] = [case.query, case.body]
    return [fields for fields in sent if isinstance(fields, dict)]
