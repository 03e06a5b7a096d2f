"""The secrets of an app on its page, by its events: replaced with evidence, and all tokens revoked after a question."""

from collections.abc import Generator

import pytest

from oauth2system.services.apps import apps, redirect_uris
from tests.support.browsers.app_page import SECRETS, VISITOR, AppPage
from tests.support.browsers.event_socket import Tab
from tests.support.servers.event_server import Lab

APPS = f"{VISITOR}.oauth2system___ui___pages___apps___apps____apps_state"
HEALTH = f"{VISITOR}.oauth2system___ui___pages___apps___health___health_state____health_state"


@pytest.fixture
def page(lab: Lab) -> Generator[AppPage]:
    owner = lab.anyone("developer")
    client_id = lab.runner.now(lab.value(owner), apps.create, "Poetry").client_id
    lab.runner.now(lab.value(owner), redirect_uris.add, client_id, "https://site.example/callback")
    with lab.tab(owner) as tab:
        yield AppPage(lab, owner, tab, client_id)


def redirected(tab: Tab) -> str:
    """Return the app to whose page the tab was sent."""
    return next(one["payload"]["path"] for one in tab.events if one["name"] == "_redirect").rpartition("/")[2]


def test_a_secret_is_replaced_and_the_page_knows_it_after_a_reload(page: AppPage) -> None:
    (old,) = page.vars(SECRETS)["secrets"]
    assert (old["used"], old["uses"], old["successor"], old["retires"]) == (
        "never",
        "0 today, 0 yesterday (UTC)",
        "",
        "",
    )
    page.do("replace", SECRETS, secret_id=old["id"])
    assert page.vars(SECRETS)["secret"].startswith("ok_")
    page.do("load", SECRETS)
    assert page.vars(SECRETS)["secret"] == ""
    old, new = page.vars(SECRETS)["secrets"]
    assert (old["successor"], old["silent"], old["successor_used"]) == (new["hint"], "", "never")
    assert page.vars(SECRETS)["rotating"] is True
    page.do("ask_retire", SECRETS, secret_id=old["id"])
    page.do("retire", SECRETS)
    assert page.vars(SECRETS)["rotating"] is False
    assert page.said("saved") == "secrets"


def test_a_secret_is_made_for_as_long_as_was_chosen(page: AppPage) -> None:
    page.do("choose", SECRETS, expires="day")
    page.do("new_secret", SECRETS, form={"label": "Brief", "expires": "day", "day": "2001-01-01"})
    assert page.said("problems")["day"].startswith("Choose a day that is still to come")
    page.do("new_secret", SECRETS, form={"label": "Brief", "expires": "90"})
    assert page.vars(SECRETS)["secrets"][1]["expires"].endswith("UTC")


def test_all_tokens_are_revoked_after_a_question_with_the_number_of_people(page: AppPage) -> None:
    page.do("ask_revoke", SECRETS)
    assert (page.vars(SECRETS)["asks_revoke"], page.vars(SECRETS)["people"]) == (True, "nobody yet")
    page.do("revoke_tokens", SECRETS)
    assert (page.vars(SECRETS)["asks_revoke"], page.said("saved")) == (False, "tokens")


def test_the_health_check_says_what_it_does_not_know(page: AppPage) -> None:
    page.do("check", HEALTH)
    assert page.vars(HEALTH)["checked"] is True
    assert page.vars(HEALTH)["findings"] == []
    assert [line.startswith("No ") for line in page.vars(HEALTH)["unknown"]] == [True, True]


def test_the_first_secret_is_on_the_pages_of_its_app_until_one_is_loaded_anew(lab: Lab) -> None:
    owner = lab.anyone("developer")
    with lab.tab(owner) as tab:
        tab.ask(f"{APPS}.create", {"form": {"name": "First"}}, path="/apps")
        client_id = redirected(tab)
        made = AppPage(lab, owner, tab, client_id)
        for _page in range(2):
            made.do("show_first", SECRETS)
            assert made.vars(SECRETS)["secret"].startswith("ok_")
        token = tab.token
    with lab.tab(owner, token=token) as loaded:
        loaded.hydrate()
        again = AppPage(lab, owner, loaded, client_id)
        again.do("show_first", SECRETS)
        assert again.vars(SECRETS)["secret"] == ""


def test_the_first_secret_is_forgotten_where_it_was_closed_or_another_app_is_opened(lab: Lab, page: AppPage) -> None:
    for close in (True, False):
        page.tab.events.clear()
        page.tab.ask(f"{APPS}.create", {"form": {"name": f"First {close}"}}, path="/apps")
        made = AppPage(lab, page.owner, page.tab, redirected(page.tab))
        made.do("show_first", SECRETS)
        assert made.vars(SECRETS)["secret"].startswith("ok_")
        if close:
            made.do("close_secret", SECRETS)
        else:
            AppPage(lab, page.owner, page.tab, page.client_id).do("show_first", SECRETS)
        made.do("show_first", SECRETS)
        assert made.vars(SECRETS)["secret"] == ""
