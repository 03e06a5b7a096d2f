"""An event that needs a fresh sign-in leads there over the real wire, and loses nothing."""

from urllib.parse import parse_qs, urlsplit

from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts import saved_forms
from tests.support.browsers.event_socket import Tab
from tests.support.servers.event_server import Lab

LAB = "oauth2system___ui___state____visitor.tests___support___servers___event_server_app____lab"


def redirects(tab: Tab) -> list[str]:
    return [event["payload"]["path"] for event in tab.events if event["name"] == "_redirect"]


def test_t093_an_event_that_needs_a_fresh_sign_in_leads_there_and_back_with_what_was_typed(lab: Lab) -> None:
    with lab.tab(lab.person("ada93")) as tab:
        tab.ask(f"{LAB}.give_away", {"form": {"label": "Server", "password": "hunter2"}}, path="/apps/1")
        (address,) = redirects(tab)
        given = parse_qs(urlsplit(address).query)
        assert (urlsplit(address).path, given["confirm"]) == ("/login", ["1"])
        back, _mark, handle = given["next"][0].partition("&form=")
        assert back == "/apps/1?notice=stepped_up"
        kept = lab.runner.now(Caller(), saved_forms.find, handle)
        assert kept is not None
        assert kept.values == {"label": "Server"}
        tab.ask(f"{LAB}.give_away_stepwise", path="/apps/1")
        assert redirects(tab)[1] == "/login?confirm=1&next=%2Fapps%2F1%3Fnotice%3Dstepped_up"


def test_t093_a_long_text_that_was_left_comes_back_whole(lab: Lab) -> None:
    keys = '{"keys":[' + "x" * 5000 + "]}"
    with lab.tab(lab.person("ada94")) as tab:
        tab.ask(f"{LAB}.write_away", {"name": "jwks", "value": keys}, path="/apps/1/protocol")
        (address,) = redirects(tab)
        handle = parse_qs(urlsplit(address).query)["next"][0].partition("&form=")[2]
        kept = lab.runner.now(Caller(), saved_forms.find, handle)
        assert kept is not None
        assert kept.values == {"jwks": keys}
