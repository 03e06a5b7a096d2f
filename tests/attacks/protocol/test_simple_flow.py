"""The simple flow under attack (T071-T085)."""

from base64 import b64encode
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.protocol.clients.authentication import SecretCheck
from oauth2system.protocol.jose import keys as jose
from oauth2system.services.apps import apps, protocol_settings, redirect_uris
from oauth2system.services.clients import secrets
from tests.protocol import keys
from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import CALLBACK, App, Member, Story


def is_page(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and "location" not in answer.headers and "<h1" in answer.text


@pytest.mark.parametrize("state", [None, "a state"])
def test_t071_the_two_calls_of_the_founding_text(story: Story, ada: Member, app: App, state: str | None) -> None:
    answer = ada.agree(ada.authorize(app, **({} if state is None else {"state": state})))
    came_back = query(answer)
    assert answer.headers["location"].partition("?")[0] == CALLBACK
    assert list(came_back) == ["code", "oauth_token", *([] if state is None else ["state"])]
    assert came_back["code"] == came_back["oauth_token"]
    site = f"/api/user?oauth_token={came_back['oauth_token']}&client_id={app.client_id}&client_secret={app.secret}"
    assert list(story.site("GET", site).json()) == [
        "id",
        "username",
        "user_name",
        "display_name",
        "avatar",
        "email",
        "email_verified",
    ]


def test_t073_no_answer_of_the_flow_is_kept_told_on_or_given_a_cookie(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    for answer in (ada.authorize(app), story.fetch(app, value), story.fetch(app, value), story.fetch(app, "x")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_t079_everything_that_must_not_use_the_value_up_and_everything_that_may(
    story: Story, ada: Member, app: App
) -> None:
    other = story.app(ada, "Prose")
    fields = {"client_id": app.client_id, "client_secret": app.secret}
    value = ada.value(app)
    token = {"oauth_token": value}
    basic = {"authorization": "Basic " + b64encode(f"{app.client_id}:{app.secret}".encode()).decode()}
    harmless = [
        (story.fetch(other, value), 401),
        (story.fetch(app, value, client_secret=other.secret), 401),
        (story.fetch(app, value, method="HEAD"), 200),
        (story.fetch(app, value, method="OPTIONS"), 204),
        (story.site("POST", f"/api/user?{urlencode(token)}", data={**fields, **token}), 400),
        (story.site("GET", f"/api/user?{urlencode({**fields, **token})}&oauth_token={value}"), 400),
        (story.site("GET", f"/api/user?{urlencode(fields)}&oauth_token={value}", headers=basic), 400),
    ]
    assert [answer.status_code for answer, _ in harmless] == [status for _, status in harmless]
    assert story.fetch(app, value).status_code == 200
    assert story.fetch(app, value).status_code == 401
    form, query_string = {**fields, "oauth_token": ada.value(app)}, urlencode(fields)
    assert story.site("POST", "/api/user", data=form).status_code == 200
    assert story.site("POST", "/api/user", data={"oauth_token": ada.value(app)}, headers=basic).status_code == 200
    bearer = {"authorization": f"Bearer {ada.value(app)}"}
    assert story.site("GET", f"/api/user?{query_string}", headers=bearer).status_code == 200
    late = ada.value(app)
    story.later(seconds=121)
    assert story.fetch(app, late).status_code == 401


@pytest.mark.parametrize("method", ["private_key_jwt", "none"])
def test_an_old_secret_reads_nobody_once_the_app_proves_itself_without_one(
    story: Story, ada: Member, app: App, method: str
) -> None:
    value = ada.value(app)  # was on its way when the owner gave the secret up
    change = {"token_endpoint_auth_method": method, "jwks": {"keys": [jose.public_jwk(keys.EC)]}}
    ada.do(protocol_settings.change, app.client_id, change)
    assert story.fetch(app, value).json()["error"] == "invalid_client"
    assert story.ask(secrets.check, app.client_id, app.secret)[1] is SecretCheck.WRONG
    said = ada.open_app(app.client_id).refusals[0]
    assert (said.sent, said.registered) == ("client_secret", method)
    assert said.repair.startswith("Take the simple call out")
    ada.do(protocol_settings.change, app.client_id, {"token_endpoint_auth_method": "client_secret_basic"})
    assert story.fetch(app, value).status_code == 200


STANDARD = [
    "scope=openid",
    "scope=openid+identify",
    "scope=",
    "scope=+",
    "",
    "scope=identify+admin",
    "scope=IDENTIFY",
    "scope=identify,email",
    "scope=identify&response_type=code",
    "scope=identify&prompt=none",
    "scope=identify&nonce=n",
    "scope=identify&code_challenge=x",
    "scope=identify&response_mode=query",
    "scope=identify&max_age=1",
    "scope=identify&claims={}",
    "scope=identify&resource=https://x.example",
    "scope=identify&dpop_jkt=x",
    "scope=identify&request=x",
    "scope=identify&request_uri=x",
    "scope=identify&redirect_uri=" + CALLBACK,
    "scope=identify&prompt=",
]


@pytest.mark.parametrize("rest", STANDARD)
def test_t082_only_what_is_simple_in_everything_is_simple(ada: Member, app: App, rest: str) -> None:
    ada.value(app)
    answer = ada.get(f"/oauth2/authorize?client_id={app.client_id}&{rest}")
    if rest.endswith("prompt="):  # an empty parameter counts as left out (RFC 6749 §3.1)
        assert "oauth_token" in query(answer)
        return
    assert is_page(answer) or "error" in query(answer), answer.headers
    assert "oauth_token" not in answer.headers.get("location", "")


def test_t083_an_app_that_is_not_set_up_for_it_ends_on_a_page(story: Story, ada: Member, app: App) -> None:
    ada.value(app)
    link = f"/oauth2/authorize?client_id={app.client_id}&scope=identify"
    ada.do(apps.switch_simple_flow, app.client_id, False)
    assert is_page(ada.get(link))
    ada.do(apps.switch_simple_flow, app.client_id, True)
    assert path(ada.get(link)) == "/callback"
    for uri in (f"{CALLBACK}/2", f"{CALLBACK}/3"):
        ada.do(redirect_uris.add, app.client_id, uri)
    assert path(ada.get(link)) == "/callback", "one of three is marked"
    ada.do(redirect_uris.remove, app.client_id, CALLBACK)
    assert is_page(ada.get(link)), "two, and none marked"
    ada.do(redirect_uris.choose_for_simple_flow, app.client_id, f"{CALLBACK}/3")
    assert path(ada.get(link)) == "/callback/3"


def test_t083_a_public_app_never_gets_a_simple_value(story: Story, ada: Member) -> None:
    public = story.client("ada", is_public=True, token_endpoint_auth_method="none", simple_flow=True)
    story.run("UPDATE clients SET simple_flow = ?", True)  # even if a row should say so
    assert is_page(ada.get(f"/oauth2/authorize?client_id={public.client_id}&scope=identify"))


def test_t084_reloading_what_came_back_gives_the_site_nothing(story: Story, ada: Member, app: App) -> None:
    asked = ada.authorize(app)
    back = ada.agree(asked)
    assert story.fetch(app, query(back)["code"]).status_code == 200
    assert story.fetch(app, query(back)["code"]).status_code == 401
    flow = query(asked)["flow"]
    ended = f"/login?flow={flow}"
    assert ada.decide(asked).headers["location"] == ended, "Back to the consent page, and Authorize again"
    assert ada.get(f"/oauth2/authorize?flow={flow}").headers["location"] == ended, "Back further, and reload"


def test_t085_whoever_reads_the_database_can_use_nothing_of_it(story: Story, ada: Member, app: App) -> None:
    visitor = story.stranger()
    handles = [app.secret, ada.session, ada.value(app), query(visitor.authorize(app))["flow"]]
    handles += [visitor.cookies["oauth2system_browser"], ada.do(apps.new_secret, app.client_id, "").secret.value]
    rows = _everything(story)
    for handle in handles:
        assert handle is not None
        for shape in (handle, handle[3:], handle[14:]):
            assert shape.encode() not in rows
    assert b"ada@example.org" in rows, "the search does find what is there"


def _everything(story: Story) -> bytes:
    """Return all that is stored, as the driver hands it over."""
    names = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if story.database.postgresql
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    cells = [cell for (name,) in story.look(names) for row in story.look(f"SELECT * FROM {name}") for cell in row]
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)


def test_a_value_reaches_the_site_and_the_browser_and_nobody_else(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    for told in (ada.open_app(app.client_id), ada.do(apps.list_mine)):
        assert value not in repr(told)
    assert value not in repr(story.look("SELECT * FROM audit"))
