"""Over the real wire: who may call what, whose state a tab is, and how a refusal is told."""

from typing import Any
from uuid import uuid4

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.services.admin import people
from oauth2system.services.sessions import sessions
from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.servers.event_server import Lab

VISITOR = "oauth2system___ui___state____visitor"
UPDATE = "reflex___state____update_vars_internal_state"
LAB = f"{VISITOR}.tests___support___servers___event_server_app____lab"


def lab_vars(tab: Tab) -> dict[str, Any]:
    found = tab.state.get(f"{ROOT}.{LAB}", {})
    return {name.removesuffix("_rx_state_"): value for name, value in found.items()}


def visitor(tab: Tab) -> dict[str, Any]:
    found = tab.state.get(f"{ROOT}.{VISITOR}", {})
    return {name.removesuffix("_rx_state_"): value for name, value in found.items()}


def redirects(tab: Tab) -> list[str]:
    return [event["payload"]["path"] for event in tab.events if event["name"] == "_redirect"]


def test_what_is_open_to_anyone_runs_for_anyone(lab: Lab) -> None:
    with lab.tab() as tab:
        tab.ask(f"{LAB}.bump")
        assert lab_vars(tab)["count"] == 1


@pytest.mark.parametrize("handler", ["ask", "own", "rule", "later"])
def test_a_stranger_is_sent_to_the_login_page_and_back(lab: Lab, handler: str) -> None:
    with lab.tab() as tab:
        tab.ask(f"{LAB}.{handler}", {"app_id": "1"} if handler == "own" else {}, path="/apps/1")
        assert redirects(tab) == ["/login?next=/apps/1"]
        assert not lab_vars(tab).get("note")


def test_a_user_runs_what_is_for_users_and_the_service_sees_who(lab: Lab) -> None:
    ada = lab.person("ada1")
    with lab.tab(ada) as tab:
        tab.ask(f"{LAB}.ask")
        assert lab_vars(tab)["note"] == "ada1"
        tab.ask(f"{LAB}.own", {"app_id": "7"})
        assert lab_vars(tab)["note"] == "ada1 owns 7"
        tab.ask(f"{LAB}.later")
        assert lab_vars(tab)["note"] == "later ada1"


def test_t143_what_is_for_admins_is_not_there_for_a_user(lab: Lab) -> None:
    ada, root = lab.person("ada2"), lab.person("root2", is_admin=True)
    with lab.tab(ada) as tab:
        tab.ask(f"{LAB}.rule")
        assert not lab_vars(tab).get("note")
        assert visitor(tab)["notice_text"] == "There is nothing at this address."
        assert not redirects(tab)
    with lab.tab(root) as tab:
        tab.ask(f"{LAB}.rule")
        assert lab_vars(tab)["note"] == "ruled"


UNLABELLED: list[tuple[str, dict[str, Any]]] = [
    (f"{LAB}.forgotten", {}),
    (f"{LAB}.bare", {}),
    (f"{LAB}.set_note", {"value": "mine"}),
    (f"{LAB}.setvar", {"var_name": "note", "value": "mine"}),
    (f"{VISITOR}.setvar", {"var_name": "is_admin", "value": True}),
    ("setvar", {"var_name": "is_hydrated", "value": True}),
    (f"{LAB}._private", {}),
    (f"{LAB}.__init__", {}),
    (f"{LAB}.reset", {}),
    (f"{LAB}.call", {"service": "x"}),
    (f"{LAB}.report", {"text": "x"}),
    (f"{VISITOR}.report_error", {"error": "x"}),
    (f"{LAB}.get_state", {}),
    (
        f"{UPDATE}.update_vars_internal",
        {"vars": {f"{ROOT}.{VISITOR}.is_admin": True}},
    ),
    ("hydrate_and_load", {"vars": {f"{ROOT}.{VISITOR}.is_admin_rx_state_": True}}),
    ("nothing.of.ours", {}),
    ("", {}),
]


@pytest.mark.parametrize(("name", "payload"), UNLABELLED)
def test_t143_what_nobody_labelled_nobody_can_call(lab: Lab, name: str, payload: dict[str, Any]) -> None:
    root = lab.person(f"root{uuid4().hex[:8]}", is_admin=False)
    with lab.tab(root) as tab:
        tab.ask(name, payload)
        tab.hydrate()
        assert (lab_vars(tab)["count"], lab_vars(tab)["note"]) == (0, "")
        assert visitor(tab)["is_admin"] is False


def test_a_chained_event_is_judged_like_any_other(lab: Lab) -> None:
    with lab.tab(lab.person("ada3")) as tab:
        tab.ask(f"{LAB}.chain")
        assert lab_vars(tab)["count"] == 1
        assert not lab_vars(tab).get("note")


def test_the_page_knows_who_is_there_before_anything_runs(lab: Lab) -> None:
    with lab.tab(lab.person("ada4")) as tab:
        tab.hydrate()
        found = visitor(tab)
        assert (found["signed_in"], found["username"], found["display_name"], found["email_confirmed"]) == (
            True, "ada4", "Ada4", True,
        )  # fmt: skip
        assert found["origin"] == lab.url


def test_t144_nothing_behind_an_underscore_and_no_cookie_reaches_the_page(lab: Lab) -> None:
    ada = lab.person("ada5")
    with lab.tab(ada) as tab:
        tab.hydrate()
        told = repr(tab.state)
        assert "_hidden" not in told
        assert "_identity" not in told
        assert "server-side" not in told
        assert ada.cookie.partition("=")[2] not in told
        assert ada.handle not in told


def test_t141_an_ended_session_ends_the_open_tab_and_forgets_what_it_knew(lab: Lab) -> None:
    ada = lab.person("ada6")
    with lab.tab(ada) as tab:
        tab.ask(f"{LAB}.ask")
        assert lab_vars(tab)["note"] == "ada6"
        lab.runner.now(lab.value(ada), sessions.end)
        tab.ask(f"{LAB}.ask", path="/account")
        assert redirects(tab) == ["/login?next=/account"]
        assert (lab_vars(tab)["note"], visitor(tab)["signed_in"], visitor(tab)["username"]) == ("", False, "")


def test_t114_a_disabled_account_is_out_at_its_next_event(lab: Lab) -> None:
    ada = lab.person("ada7")
    with lab.tab(ada) as tab:
        tab.ask(f"{LAB}.ask")
        lab.runner.now(Caller(system=True), people.disable, "ada7")
        tab.ask(f"{LAB}.later")
        assert redirects(tab) == ["/login?next=/"]
        assert lab_vars(tab)["note"] == ""


def test_t141_a_role_that_was_taken_away_is_gone_at_the_next_event(lab: Lab) -> None:
    root = lab.person("root8", is_admin=True)
    with lab.tab(root) as tab:
        tab.ask(f"{LAB}.rule")
        tab.ask(f"{LAB}.bump")
        lab.runner.now(Caller(), lambda ctx: ctx.db.run("UPDATE users SET is_admin = ? WHERE id = ?", False, root.id))
        tab.ask(f"{LAB}.ask")
        assert visitor(tab)["is_admin"] is False
        tab.state.clear()
        tab.ask(f"{LAB}.rule")
        assert "note" not in lab_vars(tab)


def test_t142_the_token_of_a_tab_leads_nobody_else_to_its_state(lab: Lab) -> None:
    ada, eve = lab.person("ada9"), lab.person("eve9")
    token = str(uuid4())
    with lab.tab(ada, token) as tab:
        tab.ask(f"{LAB}.ask")
        for other in (eve, None):  # while the tab is open
            with lab.tab(other, token) as thief:
                thief.hydrate()
                assert lab_vars(thief)["note"] == ""
    for other in (eve, None):  # and after it was closed
        with lab.tab(other, token) as thief:
            thief.hydrate()
            assert (lab_vars(thief)["note"], visitor(thief)["username"]) == ("", other.username if other else "")
    with lab.tab(ada, token) as again:
        again.hydrate()
        assert lab_vars(again)["note"] == "ada9"


def test_a_page_that_opens_shows_nothing_of_the_page_before_it(lab: Lab) -> None:
    with lab.tab(lab.person("ada13")) as tab:
        tab.ask(f"{LAB}.ask")
        tab.ask("hydrate_and_load")  # the line was lost and found: the page is still the same
        assert lab_vars(tab)["note"] == "ada13"
        tab.state.clear()
        tab.ask("hydrate_and_load", {"hashes": ["of another build"]})
        assert (lab_vars(tab)["note"], visitor(tab)["username"]) == ("", "ada13")


def test_the_token_the_server_uses_is_no_way_in_either(lab: Lab) -> None:
    ada = lab.person("ada10")
    with lab.tab(ada) as tab:
        tab.ask(f"{LAB}.ask")
        tab.hydrate()
        inside = tab.state[ROOT]["rx_router_session_rx_state_"]["client_token"]
    with lab.tab(None, inside) as thief:
        thief.hydrate()
        assert lab_vars(thief)["note"] == ""


def test_another_login_in_the_same_tab_starts_afresh(lab: Lab) -> None:
    token = str(uuid4())
    ada, bob = lab.person("ada11"), lab.person("bob11")
    with lab.tab(ada, token) as tab:
        tab.ask(f"{LAB}.bump")
    with lab.tab(bob, token) as tab:
        tab.ask(f"{LAB}.bump")
        assert lab_vars(tab)["count"] == 1


TOLD: list[tuple[str, str, dict[str, str]]] = [
    ("fields", "Have another look.", {"name": "Too short."}),
    ("missing", "This is not there any more.", {}),
    ("forbidden", "Ask the owner.", {}),
    ("throttled", "Too many attempts. Wait 9 seconds and try again.", {}),
    ("busy", "We are busy right now. Nothing was changed; try again in a moment.", {}),
    ("fault", "Something broke on our side. Please try again in a moment.", {}),
]


@pytest.mark.parametrize(("kind", "told", "problems"), TOLD)
def test_a_refusal_is_told_on_the_page(lab: Lab, kind: str, told: str, problems: dict[str, str]) -> None:
    with lab.tab() as tab:
        tab.ask(f"{LAB}.refuse", {"kind": kind})
        tab.hydrate()
        found = visitor(tab)
        assert (found["notice_text"], found["notice_kind"], found["problems"]) == (told, "bad", problems)
        tab.ask(f"{LAB}.praise")
        found = visitor(tab)
        assert (found["notice_text"], found["notice_kind"], found["problems"]) == ("Saved.", "good", {})
        tab.ask(f"{VISITOR}.look")
        assert visitor(tab)["notice_text"] == ""


def test_a_handler_that_goes_in_steps_is_told_the_same(lab: Lab) -> None:
    with lab.tab() as tab:
        tab.ask(f"{LAB}.stepwise")
        assert (lab_vars(tab)["note"], visitor(tab)["notice_text"]) == ("second", "Not the third.")


def test_a_handler_that_runs_beside_is_told_the_same(lab: Lab) -> None:
    with lab.tab() as tab:
        tab.ask(f"{LAB}.later_refused")
        assert visitor(tab)["notice_text"] == "Not even later."


def test_no_script_is_ever_sent_to_a_page(lab: Lab) -> None:
    with lab.tab() as tab:
        tab.ask(f"{LAB}.refuse", {"kind": "fault"})
        tab.ask(f"{LAB}.refuse", {"kind": "no such kind"})
        tab.ask(f"{LAB}.refuse", {})
        exception = "reflex___state____frontend_event_exception_state.handle_frontend_exception"
        tab.ask(exception, {"info": "TypeError: Cannot read properties of null", "component_stack": "x"})
        assert not tab.events


def test_t143_the_log_names_what_was_refused_and_quotes_nothing(lab: Lab) -> None:
    ada = lab.person("ada12")
    with lab.tab(ada) as tab:
        tab.ask(f"{LAB}.rule", {"password": "hunter2"})
        tab.ask("no.such.handler", {"password": "hunter2"})
        tab.send('42/_event,["event","not a dict hunter2"]')
        tab.send('42/_event,["event",{"name":"x","payload":"hunter2"}]')
        tab.send('42/_event,["event",{"name":7}]')
        tab.send('42/_event,["event"]')
        tab.send("42/_event,not json hunter2")
        tab.ask("hydrate")
    log = lab.log
    assert f'"event": "event.refused", "name": "{ROOT}.{LAB}.rule", "user": "{ada.id}"' in log
    assert "hunter2" not in log
    assert ada.cookie.partition("=")[2] not in log


def test_the_server_outlives_every_malformed_packet(lab: Lab) -> None:
    for packet in ("", "4", "9", "42", "42/", "42/_event,[", "40/other,", "4" * 5000, "45-[]", '42/_event,[{"a":1}]'):
        with lab.tab() as tab:
            tab.send(packet)
            tab.hear(0.1)
    with lab.tab() as tab:
        tab.ask(f"{LAB}.bump")
        assert lab_vars(tab)["count"] == 1
    assert "Traceback" not in lab.log
