"""The record of refusals: the app's owner reads what was wrong and what to do about it."""

import pytest

from oauth2system.i18n import _
from oauth2system.policy import quotas
from oauth2system.protocol import errors
from oauth2system.protocol.errors import InvalidClient, InvalidRequest, InvalidToken, OAuthError, Untrusted
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.faults import JwtFault
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.reason import Entry, Finding, Reason
from oauth2system.protocol.reasons.requests import RequestReason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.events.noted import NotedEvents
from oauth2system.services.apps import apps
from tests.support.in_process.catalogues import translate
from tests.support.in_process.story import App, Story

NO = PageReason.REDIRECT_URI_UNREGISTERED


class Made(Reason):
    """A reason of this test alone, which says what it is given."""

    SAYS = Entry("invalid_request", "here", "{text}", "Do not send {text}.")


@pytest.fixture
def app(story: Story) -> App:
    return story.app(story.member())


def told(story: Story, app: App) -> tuple[EventView, ...]:
    story.ask(app_log.write)
    return story.ask(app_log.list_views, app.client_id)


def test_the_owner_reads_what_was_sent_what_is_registered_and_the_repair(story: Story, app: App) -> None:
    story.ask(app_log.note, app.client_id, "authorize", Untrusted(NO, sent="a", registered="b"))
    (view,) = told(story, app)
    assert (view.stage, view.code, view.reason) == ("authorize", "invalid_request", NO.name)
    assert (view.detail, view.repair) == (NO.sentence, NO.repair)
    assert (view.sent, view.registered, view.times) == ("a", "b", 1)
    assert view.last_at == story.now


def test_equal_refusals_are_one_with_a_count_over_all_writes(story: Story, app: App) -> None:
    for _again in range(3):
        story.ask(app_log.note, app.client_id, "api/user", InvalidToken(TokenReason.VALUE_EXPIRED))
    assert [view.times for view in told(story, app)] == [3]
    story.later(minutes=1)
    story.ask(app_log.note, app.client_id, "api/user", InvalidToken(TokenReason.VALUE_EXPIRED))
    (view,) = told(story, app)
    assert (view.times, view.last_at) == (4, story.now)


def test_the_newest_comes_first(story: Story, app: App) -> None:
    for reason in (TokenReason.VALUE_EXPIRED, TokenReason.VALUE_UNKNOWN):
        story.ask(app_log.note, app.client_id, "api/user", InvalidToken(reason))
        told(story, app)
        story.later(seconds=1)
    assert [view.reason for view in told(story, app)] == ["VALUE_UNKNOWN", "VALUE_EXPIRED"]


def test_what_strangers_may_read_stands_in_where_there_is_no_more_to_say(story: Story, app: App) -> None:
    story.ask(app_log.note, app.client_id, "authorize", InvalidRequest(RequestReason.PARAMETER_MISSING, name="scope"))
    assert told(story, app)[0].detail == "The parameter scope is missing."


@pytest.mark.parametrize(
    "sent",
    [
        "https://site.example/cb?code=SECRET&x=1",
        "https://site.example/cb#access_token=SECRET",
        "client_secret=SECRET",
        "a?oauth_token=SECRET",
        "a?Password=SECRET",
        "a?x=1&CODE=SECRET",
        "https://site.example/cb?next=%2Fa%3Fcode%3DSECRET",
        "https://ada:SECRET@site.example/cb",
        f"https://site.example/os_SECRET{'x' * 48}",
    ],
)
def test_t072_a_secret_that_came_in_a_url_by_mistake_is_not_kept(story: Story, app: App, sent: str) -> None:
    fault = Finding(JwtFault.TYP_WRONG, (("typ", sent),))
    error = InvalidRequest(Made.SAYS, sent=sent, registered=sent, text=sent, problem=fault, most=3)
    story.ask(app_log.note, app.client_id, "authorize", error)
    assert "SECRET" not in repr(told(story, app))
    assert "SECRET" not in repr(story.look("SELECT * FROM app_log"))


def test_t075_what_came_from_outside_is_one_short_line(story: Story, app: App) -> None:
    long = "a\r\nb\u2028c\x1b[31m\0" + "x" * 10_000
    story.ask(app_log.note, app.client_id, "authorize", InvalidRequest(Made.SAYS, sent=long, text=long))
    (view,) = told(story, app)
    for text in (view.sent, str(view.params["text"])):
        assert len(text) <= 310
        assert text.isprintable()


def test_only_so_many_kinds_are_kept_for_one_app(story: Story, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "LOG_OF_A_KIND", 3)
    for number in range(6):
        story.ask(app_log.note, app.client_id, "authorize", Untrusted(NO, sent=str(number)))
        story.later(seconds=1)
        told(story, app)
    assert [view.sent for view in told(story, app)] == ["5", "4", "3"]


def test_only_so_much_waits_in_memory_and_known_kinds_still_count(
    story: Story, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "LOG_REFUSED_WAITING_OF_AN_APP", 2)
    for sent in ("a", "b", "c", "a"):
        story.ask(app_log.note, app.client_id, "authorize", Untrusted(NO, sent=sent))
    assert {view.sent: view.times for view in told(story, app)} == {"a": 2, "b": 1}


def test_a_refusal_of_an_app_that_was_deleted_meanwhile_is_passed_over(story: Story) -> None:
    ada = story.member()
    gone, stays = story.app(ada), story.app(ada, "Prose")
    for app in (gone, stays):
        story.ask(app_log.note, app.client_id, "authorize", Untrusted(NO))
    ada.do(apps.delete, gone.client_id, "Poetry")
    assert len(told(story, stays)) == 1
    assert not story.runner.server.of(NotedEvents).waiting()


def test_a_refusal_is_read_on_the_page_of_its_own_app_only(story: Story, app: App) -> None:
    other = story.app(story.member("grace"), "Prose")
    story.ask(app_log.note, app.client_id, "authorize", Untrusted(NO))
    assert told(story, app)
    assert not told(story, other)


@pytest.mark.parametrize("kind", [kind for kind in OAuthError.__subclasses__() if kind.__module__ == errors.__name__])
def test_every_kind_of_refusal_can_be_kept(story: Story, app: App, kind: type[OAuthError]) -> None:
    story.ask(app_log.note, app.client_id, "authorize", kind(Made.SAYS, text="No."))
    assert told(story, app)[0].code == kind.code


def test_refusals_that_differ_in_a_parameter_are_two(story: Story, app: App) -> None:
    for name in ("scope", "state", "scope"):
        story.ask(app_log.note, app.client_id, "authorize", InvalidRequest(RequestReason.PARAMETER_REPEATED, name=name))
    assert {view.params["name"]: view.times for view in told(story, app)} == {"scope": 2, "state": 1}


def test_the_words_are_made_when_they_are_read(story: Story, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Finding(JwtFault.CLAIM_NOT_DATE, (("name", "exp"),))
    story.ask(app_log.note, app.client_id, "token", InvalidClient(ClientReason.ASSERTION_REFUSED, problem=problem))
    (view,) = told(story, app)
    assert view.detail == "The client assertion was refused: exp is not a date."
    assert view.repair == "Write exp as a number of seconds since 1970."
    translate(monkeypatch, {"The client assertion was refused: {problem}": "Refusé : {problem}"})
    assert _(view.detail) == "Refusé : exp is not a date."


@pytest.mark.parametrize("reason", ["", "OF_A_NEWER_VERSION"])
def test_a_reason_that_is_not_known_is_shown_in_the_words_of_its_day(story: Story, app: App, reason: str) -> None:
    story.ask(app_log.note, app.client_id, "authorize", Untrusted(NO, sent="a"))
    (before,) = told(story, app)
    story.run("UPDATE app_log SET reason = ?", reason)
    (after,) = told(story, app)
    assert (after.detail, after.repair) == (before.detail, before.repair)
