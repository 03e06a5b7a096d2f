"""What comes in an authorization link is read one way only, and what goes out of it is never the sender's to shape."""

import asyncio
import re
from urllib.parse import quote, urlencode

import httpx
import pytest

from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import CALLBACK, App, Member, Story


@pytest.fixture
def app(story: Story, ada: Member) -> App:
    made = story.app(ada)
    ada.value(made)  # from here on links are answered at once
    return made


def is_page(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and "location" not in answer.headers and "<h1" in answer.text


STATES = [
    "x",
    " ",
    "a b",
    "a+b",
    "a&b=c",
    "100%",
    "%41",
    "ü€😀",
    "#",
    '"><script>alert(1)</script>',
    "x" * 2048,
    "?code=forged",
]


@pytest.mark.parametrize("state", STATES)
def test_t021_state_comes_back_as_it_was_sent(ada: Member, app: App, state: str) -> None:
    for scope in ("identify", "nonsense"):  # a success, and an error of the standard path
        answer = ada.get(
            f"/oauth2/authorize?client_id={app.client_id}&scope={scope}&state={quote(state, safe='')}"
            + ("" if scope == "identify" else f"&redirect_uri={quote(CALLBACK, safe='')}&response_type=code")
        )
        assert answer.headers["location"].startswith(f"{CALLBACK}?")
        assert query(answer)["state"] == state
        assert answer.headers["location"].isascii()
        assert not re.search(r"[\s\"<>]", answer.headers["location"])


@pytest.mark.parametrize("sent", ["", "&state=", "&state", "&=x"])
def test_t021_a_state_that_was_not_sent_is_not_invented(ada: Member, app: App, sent: str) -> None:
    answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&scope=identify{sent}")
    assert list(query(answer)) == ["code", "oauth_token"]


STANDARD = f"&redirect_uri={quote(CALLBACK, safe='')}&response_type=code"


@pytest.mark.parametrize("standard", ["", STANDARD, f"{STANDARD}&response_mode=form_post", f"{STANDARD}&prompt=none"])
@pytest.mark.parametrize(
    "state", ["state=" + "x" * 2049, "state=" + "x" * 30_000, "state=s&state=t", "state=s&state=s"]
)
def test_t021_no_answer_goes_to_a_site_without_the_state_that_it_sent(
    story: Story, ada: Member, app: App, state: str, standard: str
) -> None:
    """A site compares the state: an answer without it says that the request was somebody else's (R023)."""
    link = f"/oauth2/authorize?client_id={app.client_id}&scope=identify&{state}{standard}"
    assert is_page(ada.get(link))
    assert is_page(story.stranger().get(link))
    assert is_page(ada.get(link.replace("scope=identify", "scope=nonsense"))), "a refusal goes nowhere either"


@pytest.mark.parametrize("name", ["scope", "nonsense", "response_type"])
@pytest.mark.parametrize("second", ["same", "other"])
def test_t022_a_parameter_that_came_twice_is_refused(ada: Member, app: App, name: str, second: str) -> None:
    known = {"scope": "identify", "state": "s", "nonsense": "x", "response_type": "code"}
    again = known[name] if second == "same" else "email"
    fields = [(key, value) for key, value in known.items() if key != "response_type" or name == key]
    extra = [("redirect_uri", CALLBACK)] if name == "response_type" else []
    answer = ada.get("/oauth2/authorize?" + urlencode([("client_id", app.client_id), *fields, *extra, (name, again)]))
    assert query(answer)["error"] == "invalid_request"
    assert "code" not in query(answer)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_t022_who_asks_and_where_it_leads_come_once_or_end_on_a_page(ada: Member, app: App, name: str) -> None:
    twice = {"client_id": app.client_id, "redirect_uri": CALLBACK}[name]
    for second in (twice, "1"):
        fields = [("client_id", app.client_id), ("redirect_uri", CALLBACK), ("scope", "identify"), (name, second)]
        assert is_page(ada.get("/oauth2/authorize?" + urlencode(fields)))


@pytest.mark.parametrize(
    "smuggled",
    [
        "scope=identify;state=x",
        "scope=identify&scope[]=email",
        "scope=identify&a[]=b",
        "scope=identify&filename*=x",
        "scope=identify&state.x=1",
    ],
)
def test_t022_other_spellings_smuggle_nothing_in(story: Story, ada: Member, app: App, smuggled: str) -> None:
    answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&{smuggled}")
    if answer.status_code == 303 and "code" in query(answer):
        assert "state" not in query(answer)
        assert "email" not in story.fetch(app, query(answer)["code"]).json()
    else:
        assert is_page(answer) or "error" in query(answer)


def test_t024_the_password_is_not_forwarded(story: Story, app: App) -> None:
    visitor = story.stranger()
    flow = query(visitor.authorize(app))["flow"]
    answer = visitor.sign_in("ada", flow=flow)
    assert (answer.status_code, answer.content) == (303, b"")
    onward = visitor.get(answer.headers["location"])
    assert (onward.status_code, onward.content) == (303, b"")
    assert onward.headers["location"].startswith(f"{CALLBACK}?code=os_")
    assert "correct" not in onward.headers["location"]


ALTERED = {
    "scope": "identify email openid",
    "client_id": "1",
    "redirect_uri": "https://evil.tld",
    "response_type": "token",
    "state": "forged",
    "user": "1",
    "user_id": "1",
    "consented": "true",
}


@pytest.mark.parametrize("name", ALTERED)
def test_t025_what_is_altered_on_the_way_is_ignored(story: Story, ada: Member, app: App, name: str) -> None:
    grace = story.member("grace")
    asked = grace.authorize(app, "identify", state="true one")
    decided = grace.decide(asked, **{name: ALTERED[name]})
    location = decided.headers["location"]
    answer = grace.get(f"{location}&{urlencode({name: ALTERED[name]})}")
    if name == "client_id":  # beside a client_id, `flow` is a parameter nobody knows
        assert is_page(answer)
        answer = grace.get(location)
    assert answer.headers["location"].startswith(f"{CALLBACK}?code=os_")
    assert query(answer)["state"] == "true one"
    user = story.fetch(app, query(answer)["code"]).json()
    assert (user["id"], "email" in user) == (grace.user_id, False)


def test_t025_a_sign_in_for_one_flow_goes_on_with_that_flow(story: Story, ada: Member, app: App) -> None:
    other = story.app(ada, "Prose", redirect_uri="https://prose.example/cb")
    visitor = story.stranger()
    flow = query(visitor.authorize(app))["flow"]
    answer = visitor.sign_in("ada", flow=flow, client_id=other.client_id, next="/admin", scope="email")
    assert answer.headers["location"] == f"/oauth2/authorize?flow={flow}"
    assert path(visitor.get(answer.headers["location"])) == "/callback"


HOSTILE = ['"\r\n<script>alert(1)</script>\\', "\u2028\u202e\x1b[31m", "é" * 50, "x" * 20_000]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_t026_an_error_never_repeats_what_was_sent(ada: Member, app: App, hostile: str) -> None:
    sent = quote(hostile, safe="")
    redirect_uri = f"redirect_uri={quote(CALLBACK, safe='')}"
    for rest in (
        f"scope={sent}&response_type=code&{redirect_uri}",
        f"scope=identify&response_type={sent}&{redirect_uri}",
        f"scope=identify&response_type=code&prompt={sent}&{redirect_uri}",
        f"scope=identify&response_type=code&max_age={sent}&{redirect_uri}",
        f"scope=identify&response_type=code&code_challenge={sent}&{redirect_uri}",
        f"scope=identify&x={sent}&x={sent}",
        f"scope=identify&redirect_uri={sent}",
        f"scope=identify&{sent}=1&{sent}=2",
    ):
        answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&{rest}")
        assert b"<script>alert" not in answer.content, rest[:60]
        if is_page(answer):
            assert hostile not in answer.text
            continue
        description = query(answer).get("error_description", "")
        assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]*", description), rest[:60]
        assert hostile not in description


def test_t026_api_user_never_repeats_what_was_sent(story: Story, app: App) -> None:
    for hostile in HOSTILE[:3]:
        for fields in ({"oauth_token": hostile}, {"client_id": hostile}, {"client_secret": hostile}):
            answer = story.fetch(app, "os_x", **fields)
            assert answer.status_code == 401
            assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]*", answer.json()["error_description"])
            assert hostile not in answer.text
            assert answer.headers["www-authenticate"].isascii()


@pytest.mark.parametrize("name", ["scope", "client_id", "state"])
def test_t022_a_field_in_the_body_is_nothing_beside_the_query(ada: Member, app: App, name: str) -> None:
    body = {"client_id": app.client_id, "scope": "identify", "state": "s"}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = asyncio.run(
        ada.send("POST", f"/oauth2/authorize?{urlencode({name: 'other'})}", content=urlencode(body), headers=headers)
    )
    if answer.status_code == 303:
        onward = ada.get(answer.headers["location"])
        assert is_page(onward) or "code" not in query(onward), "the simple flow is a GET"
