"""An app's page, by its events: what a developer needs stands where it was asked for."""

from collections.abc import Generator
from typing import Any

import httpx
import pytest

from oauth2system.protocol.authorization.pkce import check_verifier
from oauth2system.protocol.discovery import PATHS
from oauth2system.services.apps import apps, redirect_uris
from oauth2system.ui.pages.apps.connect import section
from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.in_process.door import Person
from tests.support.servers.event_server import Lab

VISITOR = "oauth2system___ui___state____visitor"
STATE = f"{VISITOR}.oauth2system___ui___pages___apps___app_state____app_state"
SECRETS = f"{VISITOR}.oauth2system___ui___pages___apps___secrets___secrets_state____secrets_state"
CB, OTHER, ELSEWHERE = "https://site.example/callback", "https://site.example/calback", "https://evil.example/callback"


class AppPage:
    """The page of one app in a tab of its owner."""

    def __init__(self, lab: Lab, owner: Person, tab: Tab, client_id: str) -> None:
        self.lab, self.owner, self.tab, self.client_id = lab, owner, tab, client_id
        self.do("load")
        self.do("load", SECRETS)

    def do(self, handler: str, state: str = STATE, **payload: Any) -> None:
        self.tab.ask(f"{state}.{handler}", payload, path=f"/apps/{self.client_id}")

    def vars(self, state: str = STATE) -> dict[str, Any]:
        found = self.tab.state.get(f"{ROOT}.{state}", {})
        return {name.removesuffix("_rx_state_"): value for name, value in found.items()}

    def said(self, name: str) -> Any:
        return self.vars(VISITOR).get(name)

    def redirect_to(self, uri: str) -> None:
        """Ask for an authorization that names this address, as anybody can."""
        asked = {"client_id": self.client_id, "response_type": "code", "redirect_uri": uri}
        assert httpx.get(f"{self.lab.url}/oauth2/authorize", params=asked, trust_env=False).status_code == 400


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


def test_an_address_that_was_mistyped_is_marked_and_registered_by_one_click(page: AppPage) -> None:
    page.redirect_to(OTHER)
    page.do("look_again")
    (refused,) = page.vars()["refused"]
    parts = [refused[f"{which}_{part}"] for which in ("sent", "nearest") for part in ("before", "differs", "after")]
    assert parts == ["https://site.example/cal", "", "back", "https://site.example/cal", "l", "back"]
    assert refused["offer"] == "near"
    page.do("register", uri=refused["sent"])
    assert OTHER in page.vars()["uris"]
    assert page.vars()["refused"][0]["offer"] == "done"


def test_an_address_on_a_strange_host_is_registered_after_a_question_alone(page: AppPage) -> None:
    page.redirect_to(ELSEWHERE)
    page.do("look_again")
    (refused,) = page.vars()["refused"]
    assert refused["offer"] == "far"
    page.do("ask_register", uri=ELSEWHERE)
    assert page.vars()["asking_uri"] == ELSEWHERE
    assert ELSEWHERE not in page.vars()["uris"]


@pytest.mark.parametrize("sent", ["http://site.example/cb", f"{CB}#x", f"https://site.example/{'x' * 400}"])
def test_an_address_that_cannot_be_registered_is_not_offered(page: AppPage, sent: str) -> None:
    page.redirect_to(sent)
    page.do("look_again")
    assert [one["offer"] for one in page.vars()["refused"]] == [""]


def test_the_list_says_of_when_it_is(page: AppPage) -> None:
    page.do("load")
    assert page.vars()["refused"] == []
    page.redirect_to(OTHER)
    page.do("look_again")
    assert len(page.vars()["refused"]) == 1
    assert page.vars()["looked_at"].endswith(" UTC")


def test_a_link_asks_for_what_is_ticked_and_carries_the_state(page: AppPage) -> None:
    assert page.vars()["link_scopes"] == ["identify", "email"]
    page.do("tick", scope="email", on=False)
    page.do("tick", scope="made_up", on=True)
    page.do("write_state", state="a b&c=d")
    assert page.vars()["link_scopes"] == ["identify"]
    assert page.vars()["link_state"] == "a%20b%26c%3Dd"


def test_a_link_asks_for_other_scopes_without_the_simple_flow(page: AppPage) -> None:
    page.do("switch_simple", on=False)
    assert page.vars()["link_scopes"] == ["openid", "profile", "email"]
    page.do("switch_simple", on=True)
    assert page.vars()["link_scopes"] == ["identify", "email"]


def test_the_simple_link_follows_the_marked_address(page: AppPage) -> None:
    page.do("add_uri", form={"redirect_uri": OTHER})
    page.do("choose_uri", uri=OTHER)
    assert (page.vars()["simple_uri"], page.vars()["link_uri"]) == (OTHER, OTHER)
    page.do("remove_uri", uri=OTHER)
    assert page.vars()["link_uri"] == CB


def test_another_owner_can_do_none_of_it(lab: Lab, page: AppPage) -> None:
    with lab.tab(lab.anyone("somebody-else")) as tab:
        other = AppPage(lab, page.owner, tab, page.client_id)
        assert other.vars()["stage"] == "missing"
        other.do("register", uri=ELSEWHERE)
        other.do("look_again")
    page.do("load")
    assert page.vars()["uris"] == [CB]


def test_the_addresses_for_a_library_are_those_of_discovery() -> None:
    named = {name: section.path_of(name) for name, _label in section.ADDRESSES}
    assert named.pop("issuer") == ""
    assert named.pop("discovery") == "/.well-known/openid-configuration"
    assert named == {name: PATHS[name] for name in named}
    assert len(named) == 5


def test_the_pair_for_a_trial_by_hand_is_one() -> None:
    check_verifier(section.CHALLENGE, section.VERIFIER)
