"""The part of an app's page that connects a site: the link, the consent page it leads to, the quick starts."""

import time
from collections.abc import Generator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from oauth2system.protocol.authorization.pkce import check_verifier
from oauth2system.protocol.discovery import PATHS
from oauth2system.services.apps import apps, redirect_uris
from oauth2system.ui.pages.apps.connect import addresses, links
from tests.support.browsers.app_page import STATE, VISITOR, AppPage
from tests.support.browsers.event_socket import Tab
from tests.support.patience import PATIENCE_S
from tests.support.servers.event_server import Lab

CONNECT = f"{STATE}.oauth2system___ui___pages___apps___connect___state____connect_state"
START = f"{STATE}.oauth2system___ui___pages___apps___connect___quick_start_state____quick_start_state"
CHECKLIST = f"{VISITOR}.oauth2system___ui___pages___apps___checklist___checklist_state____checklist_state"
FARM = "https://farm.example/back"
CB, OTHER = "https://site.example/callback", "https://site.example/other"


class ConnectPart(AppPage):
    """The same page, with this part opened."""

    def open(self) -> None:
        self.choose("begin")
        self.start("begin_start")

    def choose(self, handler: str, **payload: Any) -> None:
        self.do(handler, CONNECT, **payload)

    def start(self, handler: str, **payload: Any) -> None:
        self.do(handler, START, **payload)

    @property
    def chosen(self) -> dict[str, Any]:
        return self.vars(CONNECT)

    @property
    def shown(self) -> dict[str, Any]:
        return self.vars(START)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(str(self.chosen["link"]).partition("?")[2]))


def hear_of(tab: Tab, ending: str, seconds: float = PATIENCE_S) -> bool:
    """Wait until the server asks a tab to send this event."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        tab.hear(0.02)
        if any(one["name"].endswith(ending) for one in tab.events):
            return True
    return False


@pytest.fixture
def page(lab: Lab) -> Generator[ConnectPart]:
    owner = lab.anyone("developer")
    client_id = lab.runner.now(lab.value(owner), apps.create, "Poetry").client_id
    lab.runner.now(lab.value(owner), redirect_uris.add, client_id, CB)
    with lab.tab(owner) as tab:
        made = ConnectPart(lab, owner, tab, client_id)
        made.open()
        yield made


def test_a_link_asks_for_what_is_ticked_and_carries_the_state(page: ConnectPart) -> None:
    assert page.chosen["link_scopes"] == ["identify", "email"]
    page.choose("tick", scope="email", on=False)
    page.choose("tick", scope="made_up", on=True)
    page.choose("write_state", state="a b&c=d")
    assert page.chosen["link_scopes"] == ["identify"]
    assert page.chosen["link"].endswith(f"?client_id={page.client_id}&scope=identify&state=a%20b%26c%3Dd")
    page.choose("tick", scope="identify", on=False)
    assert page.chosen["link"] == ""


def test_a_link_asks_for_other_scopes_without_the_simple_flow(page: ConnectPart) -> None:
    page.do("switch_simple", on=False)
    assert page.chosen["link_scopes"] == ["openid", "profile", "email"]
    page.do("switch_simple", on=True)
    assert page.chosen["link_scopes"] == ["identify", "email"]


def test_the_simple_link_follows_the_marked_address(page: ConnectPart) -> None:
    page.do("add_uri", form={"redirect_uri": OTHER})
    page.do("choose_uri", uri=OTHER)
    assert (page.vars()["simple_uri"], page.chosen["link_uri"]) == (OTHER, OTHER)
    page.do("remove_uri", uri=OTHER)
    assert page.chosen["link_uri"] == CB


def test_a_link_of_the_code_flow_is_one_that_the_server_takes(page: ConnectPart) -> None:
    page.do("add_uri", form={"redirect_uri": OTHER})
    page.choose("choose_flow", flow="code")
    page.choose("lead_to", uri=OTHER)
    page.choose("make_fresh")
    page.choose("write_extra", name="prompt", value="consent")
    page.choose("write_extra", name="ui_locales", value="de en")
    page.choose("write_extra", name="client_id", value="1")
    query = page.query
    check_verifier(query["code_challenge"], page.chosen["verifier"])
    assert (query["redirect_uri"], query["scope"], query["prompt"]) == (OTHER, "openid profile email", "consent")
    assert (query["client_id"], query["ui_locales"]) == (page.client_id, "de en")
    assert query["state"] == page.chosen["typed_state"] != ""
    answer = httpx.get(page.chosen["link"], trust_env=False)
    assert answer.headers["location"].startswith("/login?flow=")


def test_each_press_makes_values_that_nobody_used_before(page: ConnectPart) -> None:
    page.choose("choose_flow", flow="code")
    seen: set[str] = set()
    for _turn in range(3):
        page.choose("make_fresh")
        seen |= {page.query[name] for name in ("state", "nonce", "code_challenge")}
    assert len(seen) == 9


def test_an_address_that_was_not_registered_gets_no_link(page: ConnectPart) -> None:
    page.choose("choose_flow", flow="code")
    page.choose("lead_to", uri="https://evil.example/")
    assert page.query["redirect_uri"] == CB


def test_the_consent_page_follows_the_boxes(page: ConnectPart) -> None:
    page.choose("show_consent")
    shown = page.chosen["consent_page"]
    assert "developer@example.org" in shown
    assert "Sign in to" in shown
    page.choose("tick", scope="email", on=False)
    assert "developer@example.org" not in page.chosen["consent_page"]
    page.choose("tick", scope="identify", on=False)
    assert page.chosen["consent_page"] == "", "a link that asks for nothing leads to no page"


def test_t126_the_preview_of_the_consent_page_can_neither_run_nor_send_anything(page: ConnectPart) -> None:
    """The sandbox of the frame allows neither scripts nor forms, and the document holds no script and no flow."""
    page.do("rename", name="<img src=x onerror=alert(1)>")
    page.choose("show_consent")
    shown = page.chosen["consent_page"]
    assert "&lt;img src=x" in shown
    assert "<script" not in shown
    assert "<body inert" in shown
    assert 'name="flow" value=""' in shown


def test_a_link_that_would_be_refused_says_why_instead_of_a_preview(page: ConnectPart) -> None:
    page.choose("choose_flow", flow="code")
    page.choose("write_extra", name="prompt", value="none login")
    page.choose("show_consent")
    assert page.chosen["consent_page"] == ""
    assert "prompt" in page.said("notice_text")


def test_t118_another_owner_sees_neither_link_nor_preview_of_the_app(lab: Lab, page: ConnectPart) -> None:
    with lab.tab(lab.anyone("somebody-else")) as tab:
        other = ConnectPart(lab, page.owner, tab, page.client_id)
        other.open()
        other.choose("show_consent")
        assert other.chosen["consent_page"] == ""
        assert (other.chosen["link"], other.shown["start"]) == ("", "")


def test_a_quick_start_has_the_app_s_values_and_never_its_secret(page: ConnectPart) -> None:
    page.start("choose_start", name="fastapi")
    (part,) = page.shown["parts"]
    assert page.client_id in part["text"]
    assert page.lab.url in part["text"]
    assert page.shown["site"] == "https://site.example"
    assert page.shown["returns"] == [CB]
    assert page.shown["run"].startswith("CLIENT_SECRET=…")


def test_a_program_is_called_back_at_the_address_that_is_registered(page: ConnectPart) -> None:
    page.do("add_uri", form={"redirect_uri": OTHER})
    page.do("remove_uri", uri=CB)
    page.start("choose_start", name="flask")
    (part,) = page.shown["parts"]
    assert '@app.get("/other")' in part["text"]
    assert page.shown["returns"] == [OTHER]


def test_a_quick_start_and_the_link_follow_the_addresses_as_they_change_on_the_page(page: ConnectPart) -> None:
    page.start("choose_start", name="flask")
    page.choose("choose_flow", flow="code")
    page.do("add_uri", form={"redirect_uri": FARM})
    assert page.shown["returns"] == [CB]
    page.do("remove_uri", uri=CB)
    (part,) = page.shown["parts"]
    assert (page.shown["site"], page.shown["returns"]) == ("https://farm.example", [FARM])
    assert '@app.get("/back")' in part["text"]
    assert page.query["redirect_uri"] == FARM
    page.start("choose_start", name="simple-curl")
    page.do("add_uri", form={"redirect_uri": CB})
    assert page.shown["site"] == "https://farm.example"
    page.do("choose_uri", uri=CB)
    assert page.shown["site"] == "https://site.example"


def test_another_tab_follows_the_addresses_of_the_app(lab: Lab, page: ConnectPart) -> None:
    with lab.tab(page.owner) as tab:
        other = ConnectPart(lab, page.owner, tab, page.client_id)
        other.open()
        other.start("choose_start", name="flask")
        page.do("add_uri", form={"redirect_uri": FARM})
        page.do("remove_uri", uri=CB)
        assert hear_of(tab, "follow")
        other.start("follow")
        assert (other.shown["returns"], other.vars()["uris"]) == ([FARM], [FARM])
        tab.events.clear()
        tab.ask(f"{START}.follow", path="/apps")
        page.do("add_uri", form={"redirect_uri": CB})
        assert not hear_of(tab, "follow", 1.0), "the tab shows another page now"


def test_a_tab_with_the_next_steps_follows_the_addresses_too(lab: Lab, page: ConnectPart) -> None:
    with lab.tab(page.owner) as tab:
        other = ConnectPart(lab, page.owner, tab, page.client_id)
        other.do("load", CHECKLIST)
        page.do("add_uri", form={"redirect_uri": FARM})
        assert hear_of(tab, "checklist_state.look_again")
        other.do("look_again", CHECKLIST)
        assert other.vars()["uris"] == [CB, FARM]


def test_a_quick_start_for_another_site_offers_its_address(page: ConnectPart) -> None:
    page.start("choose_start", name="grafana")
    page.start("write_site", typed="https://charts.example/login")
    (address,) = page.shown["returns"]
    assert address == "https://charts.example/login/generic_oauth"
    page.do("register", uri=address)
    assert address in page.vars()["uris"]
    page.start("choose_start", name="curl")
    page.start("choose_start", name="grafana")
    assert page.shown["site"] == "https://charts.example", "the address that is registered for it"


def test_what_could_break_out_of_a_text_is_not_put_into_it(page: ConnectPart) -> None:
    page.start("choose_start", name="flask")
    before = page.shown["parts"]
    page.start("write_site", typed='https://x.example");import os#')
    assert page.shown["site_problem"] is True
    assert page.shown["parts"] == before
    page.start("choose_start", name="../../etc/passwd")
    assert page.shown["start"] == "flask"


def test_the_addresses_for_a_library_are_those_of_discovery() -> None:
    named = {name: addresses.path_of(name) for name, _label in addresses.ADDRESSES}
    assert named.pop("issuer") == ""
    assert named.pop("discovery") == "/.well-known/openid-configuration"
    assert named == {name: PATHS[name] for name in named}
    assert len(named) == 5


def test_a_simple_link_has_nothing_but_its_three_parameters() -> None:
    """Anything else would make it a request of the standard flow."""
    said = links.Link("1", ["identify", "email"], "https://a/", "s", "n", "c", {"prompt": "login"})
    assert links.write("https://id", links.SIMPLE, said) == (
        "https://id/oauth2/authorize?client_id=1&scope=identify+email&state=s"
    )
