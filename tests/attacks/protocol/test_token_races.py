"""Codes, refresh tokens and assertions, used many times at once at two servers on one database."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.support.browsers.visitor import Visitor, member, query, signed_in
from tests.support.in_process.jwts import ASSERTION, Key
from tests.support.in_process.oauth_apps import VERIFIER, challenge
from tests.support.servers.two_servers import PARALLEL, Pair

pytestmark = [pytest.mark.timeout(180)]

CALLBACK = "https://site.example/cb"
ROUNDS = 3


@dataclass(frozen=True)
class Site:
    """A public app and a person who uses it."""

    pair: Pair
    client_id: str
    visitor: Visitor

    def code(self) -> str:
        """Come back with a fresh code."""
        asked = {
            "client_id": self.client_id, "redirect_uri": CALLBACK, "response_type": "code",
            "scope": "openid email offline_access", "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }  # fmt: skip
        answer = self.visitor.http.get(f"/oauth2/authorize?{urlencode(asked)}")
        return query(answer.headers["location"])["code"]

    def token(self, number: int, fields: Mapping[str, str]) -> httpx.Response:
        """Call the token endpoint of one of the servers."""
        sent = {"client_id": self.client_id, **fields}
        return httpx.post(f"{self.pair.url(number)}/oauth2/token", data=sent, timeout=30)

    def redeem(self, number: int, code: str) -> httpx.Response:
        """Exchange a code."""
        fields = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.token(number, {"grant_type": "authorization_code", **fields})

    def refresh(self, number: int, token: str) -> httpx.Response:
        """Use a refresh token."""
        return self.token(number, {"grant_type": "refresh_token", "refresh_token": token})

    def works(self, number: int, token: str) -> bool:
        """Tell whether an access token opens anything."""
        headers = {"authorization": f"Bearer {token}"}
        return httpx.get(f"{self.pair.url(number)}/oauth2/userinfo", headers=headers, timeout=30).status_code == 200


@contextmanager
def site(pair: Pair, name: str) -> Generator[Site]:
    member(pair.one, name)
    app = ("app", "create", "Site", "--owner", name, "--redirect-uri", CALLBACK, "--public", "--first-party")
    with signed_in(pair.one, name) as visitor:
        yield Site(pair, pair.one.ask(*app)["client_id"], visitor)


def test_t047_of_twenty_redemptions_of_one_code_at_two_servers_exactly_one_succeeds(pair: Pair) -> None:
    with site(pair, "barbara") as app:
        for code in [app.code() for _ in range(ROUNDS)]:
            answers = pair.at_once(lambda number, code=code: app.redeem(number, code))
            assert sorted(answer.status_code for answer in answers) == [200] + [400] * (PARALLEL - 1)
            assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
            (won,) = [answer.json() for answer in answers if answer.status_code == 200]
            # RFC 6749 §4.1.2: nineteen right replays end what the first one brought.
            assert [app.works(number, won["access_token"]) for number in range(2)] == [False, False]


def test_t046_of_twenty_refreshes_of_one_token_at_two_servers_one_branch_survives(pair: Pair) -> None:
    with site(pair, "frances") as app:
        token = app.redeem(0, app.code()).json()["refresh_token"]
        for _ in range(ROUNDS):
            answers = pair.at_once(lambda number, token=token: app.refresh(number, token))
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.json()["refresh_token"] for answer in answers}) == 1
            assert len({answer.json()["access_token"] for answer in answers}) == 1
            token = answers[0].json()["refresh_token"]
            assert [app.works(number, answers[0].json()["access_token"]) for number in range(2)] == [True, True]


def test_t038_of_twenty_uses_of_one_assertion_at_two_servers_exactly_one_counts(pair: Pair, tmp_path: Path) -> None:
    member(pair.one, "radia")
    key = Key()
    (tmp_path / "jwks.json").write_text(key.jwks)
    made = pair.one.ask(
        *("app", "create", "Machine", "--owner", "radia", "--grant", "client_credentials"),
        *("--auth-method", "private_key_jwt", "--jwks", str(tmp_path / "jwks.json")),
    )
    issuers = [httpx.get(f"{pair.url(at)}/.well-known/openid-configuration").json()["issuer"] for at in range(2)]
    assertion = key.assertion(made["client_id"], issuers, time.time())
    fields = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    answers = pair.at_once(lambda number: httpx.post(f"{pair.url(number)}/oauth2/token", data=fields, timeout=30))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (PARALLEL - 1)


def test_t162_both_servers_publish_the_same_keys(pair: Pair) -> None:
    first, second = (httpx.get(f"{pair.url(at)}/oauth2/jwks").json()["keys"] for at in range(2))
    assert first == second
    assert len(first) == 4


def test_t057_what_is_revoked_at_one_server_is_dead_at_the_other(pair: Pair) -> None:
    with site(pair, "margaret") as app:
        brought = app.redeem(0, app.code()).json()
        assert [app.works(number, brought["access_token"]) for number in range(2)] == [True, True]
        fields = {"client_id": app.client_id, "token": brought["refresh_token"]}
        assert httpx.post(f"{pair.url(1)}/oauth2/revoke", data=fields).status_code == 200
        assert [app.works(number, brought["access_token"]) for number in range(2)] == [False, False]
