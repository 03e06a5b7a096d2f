"""Every place where a JWT is taken, and every JWT that is none: T053, T054 and T059 through the door."""

import shutil
import time
import tracemalloc
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS
from tests.protocol import keys
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import CB, Clock, House, answered
from tests.support.servers.recording_server import Sink, sink
from tests.web.rules.jwt_presenters import SERVER, Desk, Genuine, claims_of
from tests.web.tokens.test_dpop import API_USER, TOKEN, USERINFO

LARGEST_LINE = 2000
PEAK_BYTES = 32 * 1024 * 1024


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """Open one desk for all, on SQLite alone: whether a JWT is one is decided before any database is asked."""
    folder, clock = tmp_path_factory.mktemp("desk"), Clock()
    url = f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'desk.db')}"
    with runner_on(url, folder, clock=clock, FETCH_ALLOW="127.0.0.1", RATE_LIMIT_FACTOR="1000") as runner:
        yield Desk(House.open(runner), clock)


ASKED = {"response_type": "code", "redirect_uri": CB, "scope": "openid"}
BYE = "/oauth2/end_session"


@dataclass(frozen=True)
class Place:
    """Somewhere a JWT is taken: what would be taken, how it is shown, and what a refusal is called."""

    genuine: Callable[[Desk], Genuine]
    show: Callable[[Desk, str], httpx.Response]
    codes: set[str]
    # Forgeries that are none here: a proof brings its key itself, and no kid means anything.
    but: tuple[str, ...] = ()


OWN_KEY = ("T053 key from the header", "T039 unknown kid", "T039 kid with a path", "T039 kid with SQL")
ABSENT = ("empty",)
NO_CLIENT, NO_PROOF = {"invalid_client"}, {"invalid_dpop_proof"}
# A parameter without a value is one that was not sent.
NO_REQUEST, NO_HINT = {"invalid_request_object", "invalid_request"}, {"invalid_request"}

PLACES: dict[str, Place] = {
    "userinfo": Place(
        Desk.access, lambda desk, jwt: desk.get(USERINFO, authorization=f"Bearer {jwt}"),
        {"invalid_token", "invalid_request"},
    ),
    "userinfo, in the body": Place(
        Desk.access, lambda desk, jwt: desk.post(USERINFO, None, access_token=jwt), {"invalid_token"}
    ),
    "api/user": Place(
        Desk.access, lambda desk, jwt: desk.get(API_USER, authorization=f"Bearer {jwt}"),
        {"invalid_token", "invalid_request"},
    ),
    "introspect": Place(
        Desk.access, lambda desk, jwt: desk.post("/oauth2/introspect", desk.shows, token=jwt),
        {"inactive", "invalid_request"},
    ),
    "end_session": Place(
        Desk.hint, lambda desk, jwt: desk.visit(BYE, id_token_hint=jwt, client_id="1"),
        {"page"}, ABSENT,
    ),
    "authorize, a hint": Place(
        Desk.hint, lambda desk, jwt: desk.authorize(desk.shows, **ASKED, id_token_hint=jwt), NO_HINT, ABSENT
    ),
    "par, a hint": Place(
        Desk.hint, lambda desk, jwt: desk.post("/oauth2/par", desk.shows, **ASKED, id_token_hint=jwt), NO_HINT, ABSENT
    ),
    "authorize, a request": Place(Desk.request, lambda desk, jwt: desk.authorize(desk.signs, request=jwt), NO_REQUEST),
    "par, a request": Place(
        Desk.request,
        lambda desk, jwt: desk.asserted("/oauth2/par", desk.assertion().token, request=jwt),
        NO_REQUEST,
    ),
    "token, an assertion": Place(
        Desk.assertion, lambda desk, jwt: desk.asserted(TOKEN, jwt, grant_type=CLIENT_CREDENTIALS), NO_CLIENT
    ),
    "par, an assertion": Place(
        Desk.assertion, lambda desk, jwt: desk.asserted("/oauth2/par", jwt, **ASKED), NO_CLIENT
    ),
    "introspect, an assertion": Place(
        Desk.assertion, lambda desk, jwt: desk.asserted("/oauth2/introspect", jwt, token="x"), NO_CLIENT
    ),
    "revoke, an assertion": Place(
        Desk.assertion, lambda desk, jwt: desk.asserted("/oauth2/revoke", jwt, token="x"), NO_CLIENT
    ),
    "device, an assertion": Place(
        Desk.assertion, lambda desk, jwt: desk.asserted("/oauth2/device_authorization", jwt, scope="openid"), NO_CLIENT
    ),
    "token, a proof": Place(
        lambda desk: desk.proof("POST", TOKEN),
        lambda desk, jwt: desk.post(TOKEN, desk.shows, {"dpop": jwt.encode("latin-1")}, grant_type=CLIENT_CREDENTIALS),
        NO_PROOF, OWN_KEY,
    ),
    "par, a proof": Place(
        lambda desk: desk.proof("POST", "/oauth2/par"),
        lambda desk, jwt: desk.post("/oauth2/par", desk.shows, {"dpop": jwt.encode("latin-1")}, **ASKED),
        NO_PROOF, OWN_KEY,
    ),
    "userinfo, a proof": Place(
        lambda desk: desk.proof("GET", USERINFO, desk.bound),
        lambda desk, jwt: desk.get(USERINFO, authorization=f"DPoP {desk.bound}", dpop=jwt),
        NO_PROOF, OWN_KEY,
    ),
    "api/user, a proof": Place(
        lambda desk: desk.proof("GET", API_USER, desk.bound),
        lambda desk, jwt: desk.get(API_USER, authorization=f"DPoP {desk.bound}", dpop=jwt),
        NO_PROOF, OWN_KEY,
    ),
}  # fmt: skip


def verdict(answer: httpx.Response) -> str:
    """Return what an answer calls its refusal; empty when the JWT was taken."""
    if answer.status_code == 303:
        return answered(answer).get("error", "")
    if answer.headers.get("content-type", "").startswith("text/html"):
        return "page" if answer.status_code == 400 else ""
    if answer.status_code == 413:
        return "too large"
    told: dict[str, Any] = answer.json() if answer.content else {}
    return "inactive" if told.get("active") is False else told.get("error", "")


@pytest.mark.parametrize("name", PLACES)
def test_t053_t054_no_forged_or_odd_jwt_is_taken_anywhere(desk: Desk, name: str) -> None:
    place = PLACES[name]
    genuine = place.genuine(desk)
    for title, forged in genuine.forgeries().items():
        if title in place.but or "T059" in title:
            continue
        answer = place.show(desk, forged)
        assert answer.status_code < 500, title
        assert verdict(answer) in place.codes, (title, answer.status_code, answer.text[:200])
    # The very one they were made of is good, so nothing above was refused for another reason.
    taken = {"end_session": "page", "introspect, an assertion": "inactive"}.get(name, "")
    assert verdict(place.show(desk, genuine.token)) == taken


@pytest.mark.parametrize("name", PLACES)
def test_t059_a_monstrous_jwt_is_refused_at_once_everywhere(
    desk: Desk, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = PLACES[name]
    genuine = place.genuine(desk)
    monsters = {title: jwt for title, jwt in genuine.forgeries().items() if "T059" in title}
    assert len(monsters) == 4
    capsys.readouterr()
    tracemalloc.start()
    for title, jwt in monsters.items():
        began = time.process_time()
        answer = place.show(desk, jwt)
        assert time.process_time() - began < 1, title
        assert verdict(answer) in place.codes | {"too large", "page", "invalid_request"}, (title, answer.text[:200])
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < PEAK_BYTES
    assert max((len(line) for line in capsys.readouterr().out.splitlines()), default=0) < LARGEST_LINE


def test_t053_t054_a_token_is_not_revoked_by_a_forged_one(desk: Desk) -> None:
    token = desk.house.tokens(desk.shows)["access_token"]
    for title, forged in Genuine(claims_of(token), SERVER, "at+jwt").forgeries().items():
        answer = desk.post("/oauth2/revoke", desk.shows, token=forged)
        assert answer.status_code in {200, 400, 413}, title
    assert desk.house.works(token)
    assert desk.post("/oauth2/revoke", desk.shows, token=token).status_code == 200
    assert not desk.house.works(token)


@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt", "Application/AT+JWT"])
def test_t054_a_typ_is_read_in_any_letter_case(desk: Desk, typ: str) -> None:
    assert verdict(PLACES["userinfo"].show(desk, desk.access()._replace(typ=typ).token)) == ""


KINDS: dict[str, Callable[[Desk], Genuine]] = {
    "an access token": Desk.access,
    "an ID token": Desk.hint,
    "an assertion": Desk.assertion,
    "a request": Desk.request,
    "a proof": lambda desk: desk.proof("POST", TOKEN),
}


@pytest.mark.parametrize("kind", KINDS)
def test_t053_one_kind_of_jwt_is_none_of_another(desk: Desk, kind: str) -> None:
    for name, place in PLACES.items():
        mine, shown = place.genuine(desk), KINDS[kind](desk)
        if (mine.typ, mine.key) != (shown.typ, shown.key):
            assert verdict(place.show(desk, shown.token)) in place.codes, name


def test_t039_an_address_in_a_header_is_never_visited(desk: Desk, place: Sink) -> None:
    for name, found in PLACES.items():
        genuine = found.genuine(desk)
        for member in ("jku", "x5u"):
            header = {"alg": "ES256", "typ": genuine.typ, "kid": keys.OTHER.kid, member: f"{place.url}/keys"}
            thief = keys.raw_jws(header, genuine.claims, keys.OTHER)
            assert verdict(found.show(desk, thief)) in found.codes, (name, member)
    assert place.seen == []
