"""/oauth2/authorize over HTTP: where the browser is sent, what it is told, and what it is given to keep."""

import asyncio

import httpx
import pytest

from oauth2system.policy import budgets
from oauth2system.services.apps import apps
from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import CALLBACK, App, Member, Story


def is_page(answer: httpx.Response) -> bool:
    """Tell whether this is an error page in plain words, and no way anywhere."""
    return (
        answer.status_code == 400
        and answer.headers["content-type"] == "text/html; charset=utf-8"
        and "location" not in answer.headers
        and answer.headers["cache-control"] == "no-store"
        and answer.headers["referrer-policy"] == "no-referrer"
        and "<h1" in answer.text
    )


def test_the_founding_texts_link_leads_to_the_sign_in_and_back(story: Story, app: App) -> None:
    visitor = story.stranger()
    answer = visitor.authorize(app)
    assert (answer.status_code, path(answer)) == (303, "/login")
    flow = query(answer)["flow"]
    story.member("grace")
    signed_in = visitor.sign_in("grace", flow=flow)
    assert signed_in.headers["location"] == f"/oauth2/authorize?flow={flow}"
    assert path(visitor.get(signed_in.headers["location"])) == "/consent"


@pytest.mark.parametrize(
    "scope", ["identify+email", "identify%20email", "identify%2Bemail", "identify%2bemail", "email+identify"]
)
def test_scopes_are_joined_in_every_way_that_is_in_the_wild(ada: Member, story: Story, app: App, scope: str) -> None:
    assert len(story.fetch(app, ada.value(app, scope)).json()) == 7


def test_one_value_comes_back_under_both_names(ada: Member, app: App) -> None:
    answer = ada.agree(ada.authorize(app))
    assert answer.status_code == 303
    assert list(query(answer)) == ["code", "oauth_token"]
    assert query(answer)["code"] == query(answer)["oauth_token"]


def test_a_query_of_the_registered_address_is_kept(story: Story, ada: Member) -> None:
    app = story.app(ada, redirect_uri=f"{CALLBACK}?a=1&b=%20")
    ada.value(app)
    answer = ada.authorize(app, state="s")
    assert answer.headers["location"].startswith(f"{CALLBACK}?a=1&b=%20&code=os_")
    assert list(query(answer)) == ["a", "b", "code", "oauth_token", "state"]


def test_a_native_apps_address_works_too(story: Story, ada: Member) -> None:
    app = story.app(ada, redirect_uri="com.example.app:/cb")
    answer = ada.agree(ada.authorize(app))
    assert answer.headers["location"].startswith("com.example.app:/cb?code=os_")


def test_a_new_browser_is_tied_to_its_flow_by_a_cookie_of_its_session(story: Story, app: App) -> None:
    visitor = story.stranger()
    (cookie,) = visitor.authorize(app).headers.get_list("set-cookie")
    assert cookie.startswith("oauth2system_browser=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert "set-cookie" not in visitor.authorize(app).headers, "the same cookie serves all flows of this browser"


def test_behind_tls_the_cookie_is_bound_to_the_host(
    database_url: str, tmp_path: object, story: Story, app: App
) -> None:
    del tmp_path
    house = Story(database_url, story.settings.var, PUBLIC_URL="https://id.example")
    (cookie,) = house.stranger().authorize(app).headers.get_list("set-cookie")
    assert cookie.startswith("__Host-browser=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")
    house.close()


def test_an_answer_that_leaves_sets_no_cookie_and_is_not_stored(ada: Member, app: App) -> None:
    ada.value(app)
    answer = ada.authorize(app)
    assert path(answer) == "/callback"
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.content == b""


def test_a_browser_cookie_that_came_twice_is_none(story: Story, ada: Member, app: App) -> None:
    visitor = story.stranger()
    answer = visitor.authorize(app)
    value = visitor.cookies["oauth2system_browser"]
    twice = f"oauth2system_browser={value}; oauth2system_browser={value}"
    visitor.cookies.clear()
    found = visitor.get(f"/oauth2/authorize?flow={query(answer)['flow']}", cookie=twice)
    assert is_page(found)
    assert "another browser" in found.text


def test_a_link_for_no_app_is_a_page(story: Story) -> None:
    visitor = story.stranger()
    for rest in (
        "",
        "?",
        "?scope=identify",
        "?client_id=&scope=identify",
        "?client_id=1&scope=identify",
        "?client_id=%F0%9F%92%A9",
    ):
        assert is_page(visitor.get(f"/oauth2/authorize{rest}")), rest


def test_a_simple_link_of_an_app_without_an_address_is_a_page_and_its_owner_learns_why(
    story: Story, ada: Member
) -> None:
    made = ada.do(apps.create, "Poetry")
    answer = story.stranger().get(f"/oauth2/authorize?client_id={made.client_id}&scope=identify")
    assert is_page(answer)
    assert "not set up" in answer.text


@pytest.mark.parametrize("flow", ["", "of_", "of_" + "A" * 54, "x" * 5000, "%00", "%FF", "%"])
def test_a_flow_that_is_none_is_a_page(story: Story, flow: str) -> None:
    assert is_page(story.stranger().get(f"/oauth2/authorize?flow={flow}"))


def test_a_page_that_is_only_prepared_issues_nothing(story: Story, ada: Member, app: App) -> None:
    ada.value(app)
    story.run("DELETE FROM ephemeral")
    for purpose in ("prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"):
        answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&scope=identify", **{"sec-purpose": purpose})
        assert (answer.status_code, answer.headers.get("location")) == (204, None)
    assert story.look("SELECT COUNT(*) FROM ephemeral") == [(0,)]


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_issue_nothing(story: Story, ada: Member, app: App, method: str) -> None:
    ada.value(app)
    story.run("DELETE FROM ephemeral")
    answer = asyncio.run(ada.send(method, f"/oauth2/authorize?client_id={app.client_id}&scope=identify"))
    assert answer.status_code == (204 if method == "OPTIONS" else 405)
    assert "access-control-allow-origin" not in answer.headers
    assert story.look("SELECT COUNT(*) FROM ephemeral") == [(0,)]


def test_no_other_site_may_read_the_answer_by_script(ada: Member, app: App) -> None:
    ada.value(app)
    answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&scope=identify", origin="https://evil.example")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "query_string",
    ["a=%zz", "a=%", "a=%ff", "&".join(f"a{n}=1" for n in range(200)), "a=" + "x" * 40_000, "a" * 200 + "=1"],
)
def test_a_request_that_cannot_be_read_is_a_page_and_no_fault(story: Story, app: App, query_string: str) -> None:
    answer = story.stranger().get(f"/oauth2/authorize?client_id={app.client_id}&scope=identify&{query_string}")
    assert is_page(answer)


def test_unknown_parameters_are_ignored(ada: Member, app: App) -> None:
    assert path(ada.authorize(app, utm_source="mail", display="popup", ui_locales="fr")) == "/consent"


def test_an_error_of_a_known_target_goes_back_to_it(ada: Member, app: App) -> None:
    answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&scope=identify&state=s&x=1&x=2")
    assert answer.headers["location"].startswith(f"{CALLBACK}?error=invalid_request&error_description=")
    assert query(answer)["state"] == "s"


def test_too_many_flows_of_one_address_are_told_to_wait(
    story: Story, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "FLOWS", budgets.Budget("flows", 1, 60_000))
    visitor = story.stranger()
    visitor.authorize(app)
    answer = visitor.authorize(app)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) <= 60
    assert "location" not in answer.headers


def test_twenty_tabs_that_go_on_at_once_get_one_value(story: Story, ada: Member, app: App) -> None:
    decided = ada.decide(ada.authorize(app)).headers["location"]

    async def race() -> list[httpx.Response]:
        return await asyncio.gather(*(ada.send("GET", decided) for _ in range(20)))

    answers = asyncio.run(race())
    assert sum(answer.headers.get("location", "").startswith(CALLBACK) for answer in answers) == 1
    assert sum(is_page(answer) or path(answer) == "/login" for answer in answers) == 19
    assert story.look("SELECT COUNT(*) FROM ephemeral WHERE kind = 'os'") == [(1,)]
