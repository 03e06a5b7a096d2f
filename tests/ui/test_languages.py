"""Over the real wire: two tabs at one server, and each reads its own language."""

import time

import pytest

from oauth2system.i18n import N_
from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts import saved_forms
from tests.support.browsers.event_socket import Tab
from tests.support.patience import PATIENCE_S
from tests.support.servers.event_server import Lab
from tests.ui.test_guard import LAB, VISITOR, visitor

ADDRESS = f"{VISITOR}.oauth2system___ui___query____address"
THROTTLED = ("Zu viele Versuche. Warte 9 Sekunden.", "Too many attempts. Wait 9 seconds and try again.")


def heard(tab: Tab) -> str:
    """Return what the page says, as soon as it says something."""
    until = time.monotonic() + PATIENCE_S
    while not visitor(tab).get("notice_text") and time.monotonic() < until:
        tab.hear(0.05)
    return visitor(tab).get("notice_text", "")


@pytest.mark.parametrize(
    ("handler", "payload", "told"),
    [
        ("refuse", {"kind": "throttled"}, THROTTLED),
        ("refuse", {"kind": "fields"}, ("Sieh noch einmal hin.", "Have another look.")),
        ("later_refused", {}, ("Auch später nicht.", "Not even later.")),
        ("stepwise", {}, ("Nicht das dritte.", "Not the third.")),
        ("rule", {}, ("Unter dieser Adresse ist nichts.", "There is nothing at this address.")),
    ],
)
def test_what_two_tabs_ask_at_once_is_answered_in_two_languages(
    lab: Lab, handler: str, payload: dict[str, str], told: tuple[str, str]
) -> None:
    somebody = lab.anyone("linguist")
    with lab.tab(somebody, language="de-AT, en;q=0.5") as german, lab.tab(somebody, language="en, de;q=0.5") as english:
        for tab in (german, english):
            tab.event(f"{LAB}.{handler}", payload)
        assert (heard(german), heard(english)) == told
    if payload == {"kind": "fields"}:
        assert [visitor(tab)["problems"] for tab in (german, english)] == [{"name": "Zu kurz."}, {"name": "Too short."}]


def test_a_form_that_came_back_says_what_is_wrong_in_the_language_of_the_tab(lab: Lab) -> None:
    problem = N_("Use {least} to {most} characters.", least=3, most=32)
    handle = lab.runner.now(Caller(), saved_forms.keep, {"username": "ad"}, {"username": problem})
    with lab.tab(language="de") as german, lab.tab() as english:
        for tab, sentence in ((german, "Nimm 3 bis 32 Zeichen."), (english, "Use 3 to 32 characters.")):
            tab.event(f"{ADDRESS}.read", path=f"/registration?form={handle}")
            tab.settle()
            assert visitor(tab)["problems"] == {"username": sentence}
