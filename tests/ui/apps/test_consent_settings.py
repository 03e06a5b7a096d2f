"""What visitors see of an app, by the events of its page: its links, what is optional, and its domains."""

from collections.abc import Generator
from typing import Any

import pytest

from oauth2system.services.apps import apps, domain_proof, redirect_uris
from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.servers.event_server import Lab

VISITOR = "oauth2system___ui___state____visitor"
ROOM = f"{VISITOR}.oauth2system___ui___pages___apps___consent"
SETTINGS = f"{ROOM}___settings_state____consent_settings_state"
DOMAINS = f"{ROOM}___domains_state____domains_state"


class Page:
    """The page of an app in a tab of its owner."""

    def __init__(self, tab: Tab, client_id: str) -> None:
        self.tab, self.client_id = tab, client_id

    def do(self, state: str, handler: str, **payload: Any) -> None:
        self.tab.ask(f"{state}.{handler}", payload, path=f"/apps/{self.client_id}")

    def vars(self, state: str) -> dict[str, Any]:
        found = self.tab.state.get(f"{ROOT}.{state}", {})
        return {name.removesuffix("_rx_state_"): value for name, value in found.items()}


@pytest.fixture
def page(lab: Lab) -> Generator[Page]:
    owner = lab.anyone("publisher")
    client_id = lab.runner.now(lab.value(owner), apps.create, "Poetry").client_id
    lab.runner.now(lab.value(owner), redirect_uris.add, client_id, "https://site.invalid/callback")
    with lab.tab(owner) as tab:
        yield Page(tab, client_id)


def test_links_and_optional_scopes_are_saved_and_undone(page: Page) -> None:
    page.do(SETTINGS, "load")
    assert page.vars(SETTINGS)["markable"] == ["email", "offline_access"]
    page.do(SETTINGS, "write", name="policy_uri", value=" https://site.example/privacy ")
    assert page.vars(SETTINGS)["links"]["policy_uri"] == "https://site.example/privacy"
    page.do(SETTINGS, "write", name="policy_uri", value="javascript:alert(1)")
    assert page.vars(VISITOR)["problems"]["policy_uri"]
    page.do(SETTINGS, "write", name="client_name", value="Another name")
    page.do(SETTINGS, "mark", scope="email", on=True)
    page.do(SETTINGS, "mark", scope="openid", on=True)
    assert page.vars(SETTINGS)["marked"] == ["email"]
    page.do(SETTINGS, "undo")
    assert page.vars(SETTINGS)["marked"] == []
    assert page.vars(SETTINGS)["links"]["policy_uri"] == "https://site.example/privacy"


def test_the_page_shows_what_proves_a_domain_and_that_it_is_proved(lab: Lab, page: Page) -> None:
    page.do(DOMAINS, "load")
    (one,) = page.vars(DOMAINS)["domains"]
    assert (one["record"], one["proved"]) == ("_oauth2system.site.invalid", "")
    assert one["file"] == "https://site.invalid/.well-known/oauth2system-domain"
    page.do(DOMAINS, "check", domain="elsewhere.invalid")
    assert page.vars(DOMAINS)["checked"] == "", "it is no domain of the app, so nobody is asked"
    lab.runner.now(lab.value(lab.anyone("publisher")), domain_proof.keep, page.client_id, "site.invalid", "dns")
    page.do(DOMAINS, "look_again")
    (one,) = page.vars(DOMAINS)["domains"]
    assert one["proved"]
