"""Two server processes on one database: what may happen once happens once (T048, T047 for flows)."""

import httpx
import pytest

from tests.support.browsers.visitor import Visitor, member, query, signed_in
from tests.support.servers.two_servers import PARALLEL, Pair

pytestmark = [pytest.mark.timeout(180)]

CALLBACK = "https://site.example/cb"


def test_t048_of_twenty_fetches_at_two_servers_exactly_one_gets_the_user(pair: Pair) -> None:
    ada = member(pair.one, "ada")
    made = pair.one.ask("app", "create", "Poetry", "--owner", "ada", "--redirect-uri", CALLBACK)
    rereading = pair.one.ask("app", "create", "Prose", "--owner", "ada", "--redirect-uri", CALLBACK, "--reread", "60")
    with signed_in(pair.one, "ada") as visitor:
        for app, winners in ((made, 1), (rereading, PARALLEL)):
            for _ in range(3):
                answers = _fetch_at_once(pair, visitor, ada, app)
                assert sum(answer.status_code == 200 for answer in answers) == winners
                assert {answer.status_code for answer in answers} <= {200, 401}


def _fetch_at_once(pair: Pair, visitor: Visitor, user_id: str, app: dict[str, str]) -> list[httpx.Response]:
    link = f"/oauth2/authorize?client_id={app['client_id']}&scope=identify+email"
    value = query(visitor.come_back(user_id, link))["oauth_token"]
    fields = {"oauth_token": value, "client_id": app["client_id"], "client_secret": app["client_secret"]}
    return pair.at_once(lambda number: httpx.post(f"{pair.url(number)}/api/user", data=fields, timeout=30))


def test_t047_of_twenty_tabs_at_two_servers_that_finish_one_flow_exactly_one_gets_a_value(pair: Pair) -> None:
    grace = member(pair.one, "grace")
    app = pair.one.ask("app", "create", "Poetry", "--owner", "grace", "--redirect-uri", CALLBACK)
    with signed_in(pair.one, "grace") as visitor:
        asked = visitor.http.get(f"/oauth2/authorize?client_id={app['client_id']}&scope=identify")
        onward = visitor.agree(grace, asked)
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
        answers = pair.at_once(
            lambda number: httpx.get(f"{pair.url(number)}{onward}", headers={"cookie": cookies}, timeout=30)
        )
    places = sorted(answer.headers["location"] for answer in answers)
    ended = f"/login?flow={query(asked.headers['location'])['flow']}"
    assert places[:-1] == [ended] * (PARALLEL - 1), "the page that says how the request ended"
    assert places[-1].startswith(f"{CALLBACK}?code=os_")


def test_t116_what_ends_at_one_server_has_ended_at_the_other(pair: Pair) -> None:
    joan = member(pair.one, "joan")
    app = pair.one.ask("app", "create", "Poetry", "--owner", "joan", "--redirect-uri", CALLBACK, "--reread", "60")
    link = f"/oauth2/authorize?client_id={app['client_id']}&scope=identify"
    with signed_in(pair.one, "joan") as visitor:
        value = query(visitor.come_back(joan, link))["code"]
        fields = {"oauth_token": value, "client_id": app["client_id"], "client_secret": app["client_secret"]}
        assert [httpx.post(f"{pair.url(at)}/api/user", data=fields).status_code for at in range(2)] == [200, 200]
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
        visitor.post("/session/end")
    answer = httpx.get(f"{pair.two.url}{link}", headers={"cookie": cookies})
    assert answer.headers["location"].startswith("/login?")
    pair.one.ask("user", "disable", "joan")
    assert [httpx.post(f"{pair.url(at)}/api/user", data=fields).status_code for at in range(2)] == [401, 401]
