"""An app's page, by its events: what a developer needs stands where it was asked for."""

from collections.abc import Generator

import pytest

from oauth2system.services.apps import apps, redirect_uris
from tests.support.browsers.app_page import SECRETS, VISITOR, AppPage
from tests.support.servers.event_server import Lab

CB, OTHER, ELSEWHERE = "https://site.example/callback", "https://site.example/calback", "https://evil.example/callback"


@pytest.fixture
def page(lab: Lab) -> Generator[AppPage]:
    owner = lab.anyone("developer")
    client_id = lab.runner.now(lab.value(owner), apps.create, "Poetry").client_id
    lab.runner.now(lab.value(owner), redirect_uris.add, client_id, CB)
    with lab.tab(owner) as tab:
        yield AppPage(lab, owner, tab, client_id)


def test_a_forgotten_scheme_is_fixed_by_one_click(page: AppPage) -> None:
    page.do("check_uri", uri="localhost:5000/authorized")
    assert page.said("problems")["redirect_uri"] == "Begin with http:// or https://."
    assert page.vars()["uri_meant"] == "http://localhost:5000/authorized"
    page.do("register", uri=page.vars()["uri_meant"])
    assert page.vars()["uris"] == [CB, "http://localhost:5000/authorized"]
    assert page.vars()["uri_meant"] == ""
    assert page.said("saved") == "uris"


def test_an_address_that_is_added_twice_is_already_there(page: AppPage) -> None:
    page.do("add_uri", form={"redirect_uri": OTHER})
    assert page.said("saved") == "uris"
    page.do("add_uri", form={"redirect_uri": OTHER})
    assert page.said("problems")["redirect_uri"] == "It is already there."
    assert page.said("saved") == ""


def test_an_address_for_after_signing_out_that_is_added_twice_is_already_there(page: AppPage) -> None:
    state = f"{VISITOR}.oauth2system___ui___pages___apps___protocol_state____protocol_state"
    here = f"/apps/{page.client_id}/protocol"
    page.tab.ask(f"{state}.load", path=here)
    for _time in range(2):
        page.tab.ask(f"{state}.add_post_logout_uri", {"form": {"post_logout_redirect_uris": OTHER}}, path=here)
    assert page.said("problems")["post_logout_redirect_uris"] == "It is already there."
    assert page.vars(state)["post_logout_uris"] == [OTHER]


def test_a_name_that_is_refused_takes_the_place_of_saved_and_undo(page: AppPage) -> None:
    page.do("rename", name="Prose")
    assert (page.said("saved"), page.said("can_undo")) == ("name", True)
    page.do("rename", name="x\u200by")
    assert page.said("problems")["name"]
    assert page.said("saved") == ""
    assert page.vars()["name"] == "Prose"


def test_a_new_secret_is_shown_where_it_was_asked_for(page: AppPage) -> None:
    page.do("new_secret", SECRETS, form={"label": "Staging"})
    assert page.vars(SECRETS)["secret"].startswith("ok_")
    assert (page.vars(SECRETS)["secret_is_first"], page.vars(SECRETS)["secret_label"]) == (False, "Staging")
    page.do("close_secret", SECRETS)
    assert page.vars(SECRETS)["secret"] == ""


def test_the_last_problem_is_named_in_one_line(page: AppPage) -> None:
    page.do("load")
    assert page.vars()["problem"] == ""
    page.redirect_to(OTHER)
    page.do("look_again")
    assert page.vars()["problem"].startswith("redirect_uri differs")


def test_another_owner_can_do_none_of_it(lab: Lab, page: AppPage) -> None:
    with lab.tab(lab.anyone("somebody-else")) as tab:
        other = AppPage(lab, page.owner, tab, page.client_id)
        assert other.vars()["stage"] == "missing"
        other.do("register", uri=ELSEWHERE)
        other.do("look_again")
    page.do("load")
    assert page.vars()["uris"] == [CB]
