"""What is somebody else's is as good as not there: every verb, every id (T118, T120)."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from oauth2system.errors import NotFound, NotPermitted, Refusal
from oauth2system.runtime.caller import NOBODY, Caller
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import app_tokens, apps, ownership, protocol_settings, redirect_uris
from oauth2system.services.authorization import connected_apps, consents, flow_view
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.services.insight.playground import playground, test_people
from tests.support.in_process.story import CALLBACK, App, Member, Story

# What a verb is given after the app's id; a new verb must be added here before the suite passes.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "apps.open_app": (),
    "apps.view": (),
    "apps.rename": ("Stolen",),
    "apps.describe": ("Stolen",),
    "apps.switch_simple_flow": (False,),
    "apps.allow_rereading": (60,),
    "apps.new_secret": ("",),
    "apps.replace_secret": ("1",),
    "apps.retire_secret": ("1",),
    "apps.count_people": (),
    "apps.delete": ("Poetry",),
    "app_tokens.count_people": (),
    "app_tokens.revoke": (),
    "ownership.get_own": (),
    "ownership.check_own": (),
    "ownership.bring_up_to_date": (),
    "redirect_uris.add": ("https://evil.tld/cb",),
    "redirect_uris.remove": (CALLBACK,),
    "redirect_uris.choose_for_simple_flow": (CALLBACK,),
    "protocol_settings.view": (),
    "protocol_settings.judge": ({"require_pkce": False},),
    "protocol_settings.revise": ({"require_pkce": False},),
    "protocol_settings.change": ({"require_pkce": False},),
    "playground.view": (),
    "playground.start": ("code", ""),
    "playground.act": ("0" * 32, "begin"),
    "playground.find": ("0" * 32,),
    "playground.see_question": ("0" * 32,),
    "playground.leave": ("0" * 32,),
    "test_people.add": ("denies",),
    "test_people.remove": ("1",),
    "admin.disable": (),
    "admin.delete": (),
    "admin.revoke_tokens": (),
    "admin.demand_second_factor": (),
}
MODULES = {
    "apps": apps,
    "app_tokens": app_tokens,
    "ownership": ownership,
    "redirect_uris": redirect_uris,
    "protocol_settings": protocol_settings,
    "playground": playground,
    "test_people": test_people,
    "admin": all_apps,
}


def verbs() -> dict[str, Callable[..., Any]]:
    """Return every public function of these modules that is given the id of an app."""
    found: dict[str, Callable[..., Any]] = {}
    for room, module in MODULES.items():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            if list(inspect.signature(function).parameters)[1:2] == ["client_id"]:
                found[f"{room}.{name}"] = function
    return found


def ask(story: Story, verb: str, client_id: str, caller: Caller) -> Any:
    """Ask for a verb, whether it is one transaction or several."""
    service = verbs()[verb]
    run = story.run_procedure if inspect.iscoroutinefunction(service) else story.ask
    return run(service, client_id, *ARGUMENTS[verb], caller=caller)


def answer(story: Story, verb: str, client_id: str, caller: Caller) -> str:
    """Return the refusal in full."""
    with pytest.raises(Refusal) as refused:
        ask(story, verb, client_id, caller)
    return f"{type(refused.value).__name__}: {refused.value}"


@pytest.mark.parametrize("verb", verbs())
def test_t120_another_persons_app_is_as_good_as_none(story: Story, ada: Member, app: App, verb: str) -> None:
    before = repr(ada.open_app(app.client_id))
    grace = story.member("grace").caller
    theirs = answer(story, verb, app.client_id, grace)
    for nobodys in ("1", "", "0", "-1", "x", app.client_id + "0", "\0", "\ud800", "9" * 99, "' OR 1=1 --", "%"):
        assert answer(story, verb, nobodys, grace) == theirs
    assert theirs.startswith("NotFound: ")
    assert repr(ada.open_app(app.client_id)) == before


@pytest.mark.parametrize("verb", verbs())
def test_t118_a_stranger_can_do_nothing_with_an_app(story: Story, ada: Member, app: App, verb: str) -> None:
    before = repr(ada.open_app(app.client_id))
    with pytest.raises((NotFound, NotPermitted)):
        ask(story, verb, app.client_id, NOBODY)
    assert repr(ada.open_app(app.client_id)) == before


def test_t114_somebody_who_was_disabled_owns_nothing_any_more(story: Story, ada: Member, app: App) -> None:
    story.run("UPDATE users SET disabled_at = 1 WHERE id = ?", ada.user_id)
    with pytest.raises(NotFound):
        ada.open_app(app.client_id)


def test_t118_a_developer_sees_how_many_people_and_never_who(story: Story, ada: Member, app: App) -> None:
    grace = story.member("grace")
    value = grace.value(app)
    story.fetch(app, value)
    seen = repr([ada.open_app(app.client_id), ada.do(apps.list_mine), ada.do(apps.count_people, app.client_id)])
    for private in ("grace", grace.user_id, value):
        assert private not in seen
    assert ada.do(apps.count_people, app.client_id) == 1


def test_t118_a_developer_cannot_take_anybodys_consent_back(story: Story, ada: Member, app: App) -> None:
    grace = story.member("grace")
    grace.value(app)
    with pytest.raises(NotFound):
        ada.do(connected_apps.revoke, app.client_id)
    assert len(grace.connections()) == 1
    assert ada.connections() == []


def test_t120_a_flow_of_somebody_else_shows_ones_own_values_and_cannot_be_decided(
    story: Story, ada: Member, app: App
) -> None:
    grace, joan = story.member("grace"), story.member("joan", ip="192.0.2.9")
    asked = grace.authorize(app)
    flow = asked.headers["location"].partition("flow=")[2]

    def view(ctx: Context) -> ConsentView:
        browser = grace.cookies.get("oauth2system_browser")  # even with the other's cookie
        return consents.ask(ctx, flow_view.view(ctx, flow, browser))

    assert "grace" not in repr(joan.do(view))
    assert joan.decide(asked).status_code == 400
    assert joan.decide(asked, account=grace.user_id).status_code == 400


def test_an_operator_is_not_made_by_asking(ada: Member) -> None:
    def system(ctx: Context) -> bool:
        return ctx.system

    assert ada.do(system) is False
