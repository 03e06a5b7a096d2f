"""A pending authorization: kept for the browser that began it, ended once."""

import pytest

from oauth2system.protocol.authorization.interaction import Flow
from oauth2system.protocol.authorization.validate import AuthorizationRequest, Target
from oauth2system.protocol.errors import Untrusted
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import flows
from tests.support.in_process.story import App, Story

BROWSER = "b" * 64


@pytest.fixture
def app(story: Story) -> App:
    return story.app(story.member())


def begun(story: Story, app: App) -> Flow:
    target = Target(app.client_id, app.redirect_uri, "query", "a state", None, simple=True, uri_was_sent=False)
    return Flow(AuthorizationRequest(target, frozenset({"identify"})), story.now)


def test_a_flow_is_found_again_as_it_was(story: Story, app: App) -> None:
    flow = begun(story, app)
    handle = story.ask(flows.keep, flow, BROWSER)
    found = story.ask(flows.get, handle, BROWSER)
    assert (found.flow, found.whose, found.handle) == (flow, None, handle)


@pytest.mark.parametrize("browser", [None, "", "c" * 64, BROWSER + "b", "\xff"])
def test_t101_a_flow_is_of_use_in_its_own_browser_only(story: Story, app: App, browser: str | None) -> None:
    handle = story.ask(flows.keep, begun(story, app), BROWSER)
    with pytest.raises(Untrusted, match="another browser"):
        story.ask(flows.get, handle, browser)
    assert story.ask(flows.get, handle, BROWSER)


@pytest.mark.parametrize("handle", ["", "of_", "of_" + "A" * 54, "os_" + "A" * 54, "\ud800", "x" * 10_000])
def test_what_is_no_flow_never_was_one(story: Story, handle: str) -> None:
    with pytest.raises(Untrusted, match=r"no such request|no longer there"):
        story.ask(flows.get, handle, BROWSER)


def test_t100_a_flow_lives_for_thirty_minutes_whether_or_not_anybody_cleans_up(story: Story, app: App) -> None:
    handle = story.ask(flows.keep, begun(story, app), BROWSER)
    story.later(minutes=30, milliseconds=-1)
    assert story.ask(flows.get, handle, BROWSER)
    story.later(milliseconds=1)
    with pytest.raises(Untrusted, match="no longer there"):
        story.ask(flows.get, handle, BROWSER)


def test_a_flow_remembers_what_was_done_in_it_and_by_whom(story: Story, app: App) -> None:
    ada = story.member("grace")
    handle = story.ask(flows.keep, begun(story, app), BROWSER)

    def agree(ctx: Context) -> None:
        pending = flows.get(ctx, handle, BROWSER)
        flows.move_on(ctx, pending, pending.flow._replace(consented=True), ctx.session)

    ada.do(agree)
    found = story.ask(flows.get, handle, BROWSER)
    assert found.flow.consented
    assert found.whose is not None
    assert found.whose.user_id == ada.user_id
    with pytest.raises(Untrusted, match="another browser"):
        story.ask(flows.get, handle, "c" * 64)


def test_a_flow_ends_once(story: Story, app: App) -> None:
    handle = story.ask(flows.keep, begun(story, app), BROWSER)
    pending = story.ask(flows.get, handle, BROWSER)
    assert [story.ask(flows.use_up, pending) for _ in range(3)] == [True, False, False]
    assert story.ask(flows.find, handle) is None


def test_t085_neither_the_handle_nor_the_browsers_cookie_is_stored(story: Story, app: App) -> None:
    handle = story.ask(flows.keep, begun(story, app), BROWSER)
    (row,) = story.look("SELECT digest, data FROM ephemeral")
    assert bytes(row[0]) not in handle.encode()
    assert handle[14:] not in row[1]
    assert BROWSER not in row[1]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (None, ""),
        (" ada@example.org ", "ada@example.org"),
        ("nobody", "nobody"),
        ("a\u202eb", ""),
        ("a\nb", ""),
        ("x" * 255, ""),
    ],
)
def test_a_login_hint_is_shown_as_it_came_or_not_at_all(story: Story, app: App, sent: str | None, shown: str) -> None:
    flow = begun(story, app)
    flow = flow._replace(request=flow.request._replace(login_hint=sent))
    assert flows.read_login_hint(story.ask(flows.get, story.ask(flows.keep, flow, BROWSER), BROWSER)) == shown
