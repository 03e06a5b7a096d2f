"""Whatever is sent, door one answers it: never a fault, never twice in two ways (hypothesis, over HTTP)."""

import json
import shutil
from base64 import b64encode
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import CB, App, Clock, House, answered
from tests.web.rules.jwt_presenters import Desk

FEW = settings(max_examples=30)
PATHS = ("/oauth2/token", "/oauth2/par", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/device_authorization")
NAMES = st.sampled_from([
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret",
    "client_assertion", "client_assertion_type", "token", "token_type_hint", "device_code", "resource", "request",
    "request_uri", "response_type", "state", "nonce", "prompt", "max_age", "claims", "acr_values", "id_token_hint",
    "response_mode", "code_challenge", "code_challenge_method", "dpop_jkt", "login_hint", "ui_locales", "x",
])  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["authorization_code", "refresh_token", "client_credentials", "code", "openid", CB, "none", "{}"]),
    st.sampled_from(["S256", "A" * 43, "0", "-1", "9" * 30, "\u0661", "urn:ietf:params:oauth:request_uri:op_x"]),
)
CLAIMS = st.sampled_from([
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "htm", "htu", "ath", "nonce", "state", "scope", "resource",
    "response_type", "redirect_uri", "max_age", "claims", "client_id", "prompt",
])  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """Open one desk for all; what storage cannot keep is tried on PostgreSQL by the tests that end with `kept`."""
    folder, clock = tmp_path_factory.mktemp("any"), Clock()
    url = f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'any.db')}"
    given_settings = {"RATE_LIMIT_FACTOR": "100000", "DYNAMIC_REGISTRATION": "open"}
    with runner_on(url, folder, clock=clock, **given_settings) as runner:
        yield Desk(House.open(runner), clock)


def is_answer(answer: httpx.Response) -> bool:
    """Tell whether this is an answer of the protocol and no fault; of two, it is one."""
    return answer.status_code < 500 and answer.headers.get("location", "").isascii()


@pytest.mark.parametrize("path", PATHS)
def test_t022_any_form_is_answered(desk: Desk, path: str) -> None:
    @FEW
    @given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=8), shows=st.booleans())
    def check(pairs: list[tuple[str, str]], shows: bool) -> None:
        answer = post(desk.house, path, urlencode(pairs).encode(), desk.shows if shows else None)
        assert is_answer(answer)
        names = [name for name, value in pairs if value and name != "resource"]
        if shows and len(names) != len(set(names)):
            assert answer.status_code in {400, 401}

    check()


def post(house: House, path: str, body: bytes, app: App | None = None, **headers: str) -> httpx.Response:
    kind = {"content-type": "application/x-www-form-urlencoded", **(app.headers() if app else {}), **headers}
    return house.door.ask("POST", path, headers=kind, content=body)


@pytest.mark.parametrize("path", PATHS)
def test_t010_any_bytes_are_answered(desk: Desk, path: str) -> None:
    @FEW
    @given(body=st.binary(max_size=80) | st.text("%&=+;0aAfF\0é", max_size=40).map(str.encode))
    def check(body: bytes) -> None:
        assert is_answer(post(desk.house, path, body, desk.shows))

    check()


def test_t022_any_link_is_answered_and_leads_nowhere_else(desk: Desk) -> None:
    @settings(max_examples=60)
    @given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=8), known=st.booleans(), bytes_=st.binary(max_size=6))
    def check(pairs: list[tuple[str, str]], known: bool, bytes_: bytes) -> None:
        start = {"client_id": desk.shows.id, "response_type": "code", "scope": "openid"} if known else {}
        query = f"{urlencode([*start.items(), *pairs])}&y={quote(bytes_)}"
        answer = desk.house.door.get(f"/oauth2/authorize?{query}", cookie=desk.house.ada.cookie)
        assert is_answer(answer)
        location = answer.headers.get("location", "/")
        assert location.startswith((f"{CB}?", f"{CB}#", "/login?", "/consent?", "/registration?", "/")), location
        assert not location.startswith("//")

    check()


@pytest.mark.parametrize("path", ["/oauth2/end_session", "/oauth2/authorize"])
def test_any_posted_request_is_answered_and_comes_back_as_it_was(desk: Desk, path: str) -> None:
    @FEW
    @given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=6))
    def check(pairs: list[tuple[str, str]]) -> None:
        mine = [(name, value) for name, value in pairs if name != "client_id"]
        fields = urlencode([("client_id", desk.shows.id), *mine])
        kept = post(desk.house, path, fields.encode())
        assert is_answer(kept)
        if kept.status_code == 303:
            direct = desk.house.door.get(f"{path}?{fields}")
            later = desk.house.door.get(kept.headers["location"])
            assert (later.status_code, sorted(_outside(later))) == (direct.status_code, sorted(_outside(direct)))

    check()


def _outside(answer: httpx.Response) -> list[str]:
    """Return what an answer says apart from fresh handles."""
    found = answered(answer) if "location" in answer.headers else {}
    return [f"{name}={value}" for name, value in found.items() if name not in {"flow", "code"}]


def test_t035_any_basic_header_is_answered(desk: Desk) -> None:
    header = st.one_of(
        st.binary(max_size=60).map(lambda raw: "Basic " + b64encode(raw).decode()),
        st.text(st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=40).map("Basic {}".format),
        st.tuples(st.text(max_size=20), st.text(max_size=20)).map(
            lambda pair: "basic " + b64encode(f"{quote(pair[0])}:{quote(pair[1])}".encode()).decode()
        ),
    )

    @settings(max_examples=50)
    @given(header=header)
    def check(header: str) -> None:
        for path in ("/oauth2/token", "/api/user?oauth_token=x"):
            raw: dict[str, Any] = {"authorization": header.encode("latin-1")}
            answer = desk.house.door.ask("POST", path, headers=raw, content=b"")
            assert (answer.status_code, answer.json()["error"]) in {(401, "invalid_client"), (400, "invalid_request")}

    check()


NAMED = st.sampled_from(["sub", "acr", "email"])


def test_t012_any_claims_parameter_is_answered(desk: Desk) -> None:
    @settings(max_examples=50)
    @given(
        asked=JSON
        | st.fixed_dictionaries({"id_token": st.dictionaries(st.sampled_from(["sub", "acr", "email"]), JSON)})
    )
    def check(asked: object) -> None:
        text = json.dumps(asked)
        answer = desk.authorize(desk.shows, response_type="code", scope="openid", claims=text)
        assert is_answer(answer)
        assert "code" in answered(answer) or "error" in answered(answer)

    check()


@pytest.mark.parametrize("kind", ["assertion", "request", "proof"])
def test_t054_any_claims_in_a_well_signed_jwt_are_answered(desk: Desk, kind: str) -> None:
    @settings(max_examples=40)
    @given(changes=st.dictionaries(CLAIMS, JSON, min_size=1, max_size=3))
    def check(changes: dict[str, Any]) -> None:
        match kind:
            case "assertion":
                good = desk.assertion()
                jwt = good._replace(claims={**good.claims, **changes}).token
                answer = desk.asserted("/oauth2/token", jwt, grant_type="client_credentials")
            case "request":
                good = desk.request()
                jwt = good._replace(claims={**good.claims, **changes}).token
                answer = desk.authorize(desk.signs, request=jwt)
            case _:
                good = desk.proof("POST", "/oauth2/token")
                jwt = good._replace(claims={**good.claims, **changes}).token
                answer = desk.post("/oauth2/token", desk.shows, {"dpop": jwt}, grant_type="client_credentials")
        assert is_answer(answer)

    check()


def test_t053_no_changed_character_of_a_jwt_opens_anything(desk: Desk) -> None:
    token = desk.brought["access_token"]

    @settings(max_examples=40)
    @given(place=st.integers(0, len(token) - 1), sign=st.characters(min_codepoint=33, max_codepoint=126))
    def check(place: int, sign: str) -> None:
        changed = token[:place] + sign + token[place + 1 :]
        assert desk.house.works(changed) is (changed == token)

    check()


def test_t014_any_metadata_are_answered_and_no_bad_address_is_kept(desk: Desk) -> None:
    members = st.sampled_from([
        "client_name", "redirect_uris", "grant_types", "response_types", "scope", "contacts", "jwks", "jwks_uri",
        "default_max_age", "default_acr_values", "token_endpoint_auth_method", "client_uri", "application_type",
        "post_logout_redirect_uris", "backchannel_logout_uri", "software_id", "require_pkce", "subject_type",
    ])  # fmt: skip

    @settings(max_examples=60)
    @given(data=st.dictionaries(members, JSON | st.lists(st.text(max_size=30), max_size=2), max_size=4))
    def check(data: dict[str, Any]) -> None:
        body = json.dumps({"redirect_uris": [CB], **data}).encode()
        kind = {"content-type": "application/json"}
        answer = desk.house.door.ask("POST", "/oauth2/register", headers=kind, content=body)
        assert answer.status_code in {201, 400}, answer.text
        if answer.status_code == 201:
            assert all(uri.startswith(("https://", "http://")) or "." in uri for uri in answer.json()["redirect_uris"])

    check()


@pytest.mark.parametrize("text", ["\u0000", "a\u0000b", "\u202e", "\ufffe", "\U0001f600", "\u0661"])
def test_what_no_database_keeps_is_refused_or_kept(house: House, c1: App, text: str) -> None:
    """PostgreSQL keeps no NUL: whatever gets as far as the database must fit in there."""
    claims = json.dumps({"id_token": {"sub": {"value": text}}})
    assert is_answer(house.authorize(house.app("Asks", first_party=False, require_pkce=False), claims=claims))
    assert is_answer(house.authorize(c1, login_hint=text, state=text, acr_values=text))
    for path in (*PATHS, "/api/user"):
        for name in ("client_id", "code", "token", "scope", "grant_type", "login_hint", "oauth_token", "device_code"):
            assert is_answer(house.call(path, c1, None, {"response_type": "code", "redirect_uri": CB, name: text}))
    assert is_answer(house.door.get(f"/oauth2/register/{quote(text)}", headers={"authorization": "Bearer og_x"}))
    assert is_answer(house.door.post("/consent", cookie=house.ada.cookie, data={"flow": text, "decision": "cancel"}))
    assert is_answer(house.door.post("/device", cookie=house.ada.cookie, data={"user_code": text}))
