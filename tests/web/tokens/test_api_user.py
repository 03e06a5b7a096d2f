"""/api/user over HTTP: every way in, every refusal of decision 0017, and the headers of each answer."""

from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote, urlencode

import httpx
import pytest

from oauth2system.policy import budgets
from oauth2system.services.admin import apps as all_apps
from tests.support.in_process.story import App, Member, Story


def basic(app: App) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{app.client_id}:{app.secret}".encode()).decode()}


def bearer(value: str) -> dict[str, str]:
    return {"authorization": f"Bearer {value}"}


def credentials(app: App) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.secret}


Way = Callable[[Story, App, str], httpx.Response]

WAYS: dict[str, Way] = {
    "as the founding text prints it": lambda story, app, value: story.fetch(app, value),
    "a form": lambda story, app, value: story.site(
        "POST", "/api/user", data={"oauth_token": value, **credentials(app)}
    ),
    "Basic and the query": lambda story, app, value: story.site(
        "GET", f"/api/user?oauth_token={value}", headers=basic(app)
    ),
    "Basic and a form": lambda story, app, value: story.site(
        "POST", "/api/user", data={"oauth_token": value}, headers=basic(app)
    ),
    "Bearer and the query": lambda story, app, value: story.site(
        "GET", f"/api/user?{urlencode(credentials(app))}", headers=bearer(value)
    ),
    "Bearer and a form": lambda story, app, value: story.site(
        "POST", "/api/user", data=credentials(app), headers=bearer(value)
    ),
    "the value in the query, the credentials in a form": lambda story, app, value: story.site(
        "POST", f"/api/user?oauth_token={value}", data=credentials(app)
    ),
    "an empty field beside the right one": lambda story, app, value: story.site(
        "POST", "/api/user?oauth_token=&client_id=", data={"oauth_token": value, **credentials(app)}
    ),
    "a POST with everything in the query": lambda story, app, value: story.fetch(app, value, method="POST"),
    "a field nobody knows": lambda story, app, value: story.fetch(app, value, format="json"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_user_is_told_whichever_way_the_site_asks(story: Story, ada: Member, app: App, way: str) -> None:
    answer = WAYS[way](story, app, ada.value(app))
    assert answer.status_code == 200
    found = answer.json()
    picture = found["avatar"].removeprefix("http://localhost:8000")
    assert (story.site("GET", picture).status_code, picture[:9], picture[-5:]) == (200, "/avatars/", ".webp")
    assert found == {
        "id": ada.user_id,
        "username": "ada",
        "user_name": "ada",
        "display_name": "Ada",
        "avatar": found["avatar"],
        "email": "ada@example.org",
        "email_verified": True,
    }


def test_the_answer_is_for_this_site_alone(story: Story, ada: Member, app: App) -> None:
    answers = [story.fetch(app, ada.value(app)), story.fetch(app, "os_nothing"), story.site("GET", "/api/user")]
    for answer in answers:
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["pragma"] == "no-cache"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answers[0].headers["vary"] == "Authorization"


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert list(body) == ["error", "error_description"]
    assert body["error_description"]
    return answer.status_code, body["error"]


def test_nothing_sent_is_challenged(story: Story) -> None:
    answer = story.site("GET", "/api/user")
    assert refused(answer) == (401, "invalid_request")
    assert answer.headers["www-authenticate"] == 'Bearer realm="api"'


def test_a_request_without_the_value_is_challenged_and_says_so(story: Story, app: App) -> None:
    answer = story.site("GET", f"/api/user?{urlencode(credentials(app))}")
    assert refused(answer) == (401, "invalid_request")
    assert "oauth_token" in answer.json()["error_description"]
    assert answer.headers["www-authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_a_request_without_credentials_says_what_to_send(story: Story, ada: Member, app: App, missing: str) -> None:
    value = ada.value(app)
    answer = story.fetch(app, value, **{missing: ""})
    assert refused(answer) == (401, "invalid_client")
    assert "client_secret" in answer.json()["error_description"]
    assert story.fetch(app, value).status_code == 200


def test_an_unknown_app_a_wrong_secret_and_a_disabled_app_are_told_alike(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    answers = [story.fetch(app, value, client_id="1"), story.fetch(app, value, client_secret="ok_no")]
    story.ask(all_apps.disable, app.client_id)
    answers.append(story.fetch(app, value))
    story.ask(all_apps.disable, app.client_id, disabled=False)
    assert {refused(answer) for answer in answers} == {(401, "invalid_client")}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["www-authenticate"] for answer in answers}) == 1
    assert story.fetch(app, value).status_code == 200, "none of them used the value up"


def test_basic_is_challenged_with_basic(story: Story, ada: Member, app: App) -> None:
    answer = story.site(
        "GET", "/api/user?oauth_token=os_x", headers={"authorization": "Basic " + b64encode(b"1:2").decode()}
    )
    assert refused(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="api", charset="UTF-8"'


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + b64encode(b"no colon").decode(),
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic " + b64encode(b"%00:x").decode(),
        "Basic " + b64encode(b":").decode(),
        "Basic " + b64encode(b"1:").decode(),
        "Basic \xe9\xe9",
        "Basic " + "A" * 20_000,
    ],
)
def test_t035_a_basic_header_that_cannot_be_read_is_a_refusal_and_no_fault(story: Story, header: str) -> None:
    answer = story.site("GET", "/api/user?oauth_token=os_x", headers={"authorization": header.encode("latin-1")})
    assert refused(answer) == (401, "invalid_client")


def test_t035_basic_is_form_encoded_as_the_standard_says(story: Story, ada: Member, app: App) -> None:
    header = b64encode(f"{quote(app.client_id)}:{quote(app.secret, safe='').replace('_', '%5F')}".encode()).decode()
    answer = story.site("GET", f"/api/user?oauth_token={ada.value(app)}", headers={"authorization": f"basic {header}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("scheme", ["Digest x", "Token x", "x", "", "Basic", "MAC id=1"])
def test_another_scheme_is_no_way_in(story: Story, scheme: str) -> None:
    answer = story.site("GET", "/api/user", headers={"authorization": scheme})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["oauth_token", "client_id", "client_secret"])
def test_a_parameter_that_came_twice_is_refused_even_if_both_are_the_same(
    story: Story, ada: Member, app: App, name: str
) -> None:
    fields = {"oauth_token": ada.value(app), **credentials(app)}
    once = urlencode(fields)
    twice = f"{once}&{urlencode({name: fields[name]})}"
    assert refused(story.site("GET", f"/api/user?{twice}")) == (400, "invalid_request")
    assert refused(story.site("POST", f"/api/user?{urlencode({name: fields[name]})}", data=fields)) == (
        400,
        "invalid_request",
    )
    assert story.site("GET", f"/api/user?{once}").status_code == 200


def test_two_ways_at_once_are_refused(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    both = f"/api/user?{urlencode({'oauth_token': value, **credentials(app)})}"
    for headers in (basic(app), bearer(value)):
        assert refused(story.site("GET", both, headers=headers)) == (400, "invalid_request")
    two = httpx.Headers([("authorization", f"Bearer {value}"), ("authorization", basic(app)["authorization"])])
    assert refused(story.site("GET", "/api/user", headers=two)) == (400, "invalid_request")
    assert story.fetch(app, value).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_a_body_of_another_type_is_refused(story: Story, ada: Member, app: App, kind: str) -> None:
    value = ada.value(app)
    body = urlencode({"oauth_token": value, **credentials(app)})
    answer = story.site("POST", "/api/user", content=body, headers={"content-type": kind})
    assert refused(answer) == (400, "invalid_request")
    assert story.fetch(app, value).status_code == 200


@pytest.mark.parametrize("raw", ["%", "oauth_token=%00", "oauth_token=%FF", "a=%zz"])
def test_a_query_that_cannot_be_read_is_refused(story: Story, raw: str) -> None:
    assert refused(story.site("GET", f"/api/user?{raw}")) == (400, "invalid_request")


def test_a_body_that_is_too_large_is_refused(story: Story) -> None:
    answer = story.site(
        "POST",
        "/api/user",
        content=b"a=" + b"x" * 70_000,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert refused(answer) == (413, "invalid_request")


def test_head_says_whether_a_get_would_succeed_and_uses_nothing_up(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    for _ in range(3):
        answer = story.fetch(app, value, method="HEAD")
        assert (answer.status_code, answer.content) == (200, b"")
    assert story.fetch(app, value).status_code == 200
    assert story.fetch(app, value, method="HEAD").status_code == 401


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_use_nothing_up(story: Story, ada: Member, app: App, method: str) -> None:
    value = ada.value(app)
    answer = story.fetch(app, value, method=method)
    assert answer.status_code == (204 if method == "OPTIONS" else 405)
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert story.fetch(app, value).status_code == 200


def test_a_method_override_is_not_listened_to(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    fields = urlencode({"oauth_token": value, **credentials(app)})
    story.site("HEAD", f"/api/user?{fields}", headers={"x-http-method-override": "GET"})
    assert story.fetch(app, value).status_code == 200


def test_what_fails_too_often_is_told_to_wait_and_what_is_right_is_not(
    story: Story, ada: Member, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "API_FAILURES", budgets.Budget("api_failures", 2, 60_000))
    value = ada.value(app)
    answers = [story.fetch(app, "os_no", method=method) for method in ("GET", "HEAD", "POST", "GET")]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert int(answers[-1].headers["retry-after"]) <= 60
    assert refused(answers[-1]) == (429, "temporarily_unavailable")
    assert story.fetch(app, value).status_code == 200


def test_a_cookie_changes_nothing(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    cookie = f"{story.settings.session_cookie}={ada.session}"
    assert story.site("GET", "/api/user", headers={"cookie": cookie}).status_code == 401
    answer = story.site(
        "GET", f"/api/user?{urlencode({'oauth_token': value, **credentials(app)})}", headers={"cookie": cookie}
    )
    assert answer.json()["id"] == ada.user_id
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/api/user/", "/api/users", "/api/user;x", "//api/user", "/API/user", "/api/%75ser/x"]
)
def test_only_the_one_path_answers(story: Story, ada: Member, app: App, path: str) -> None:
    value = ada.value(app)
    answer = story.site("GET", f"{path}?{urlencode({'oauth_token': value, **credentials(app)})}")
    assert answer.status_code == 404
    assert story.fetch(app, value).status_code == 200
