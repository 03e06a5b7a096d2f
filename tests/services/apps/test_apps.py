"""What a developer does with an app, and what nobody can do with it."""

from typing import Any

import pytest

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.ids import CLIENT
from oauth2system.policy import quotas
from oauth2system.protocol.errors import InvalidRedirectUri
from oauth2system.runtime.caller import NOBODY
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps, protocol_settings, redirect_uris
from tests.support.in_process.story import CALLBACK, Member, Story

OTHER = "https://site.example/other"


def client_id(ada: Member, name: str = "Poetry") -> str:
    return ada.do(apps.create, name).client_id


def test_one_field_makes_an_app_that_is_ready_for_the_simple_flow(ada: Member) -> None:
    made = ada.do(apps.create, "  Poetry   Corner ")
    view = ada.open_app(made.client_id)
    assert made.client_id.isdecimal()
    assert int(made.client_id) & 1 == CLIENT
    assert made.client_secret is not None
    assert (view.name, view.simple_flow, view.is_public, view.reread_seconds) == ("Poetry Corner", True, False, 0)
    assert (view.redirect_uris, view.simple_redirect_uri, view.people) == ((), None, 0)
    assert [secret.hint for secret in view.secrets] == [made.client_secret[-4:]]


def test_the_secret_is_in_no_later_answer(ada: Member) -> None:
    made = ada.do(apps.create, "Poetry")
    assert made.client_secret is not None
    for shown in (ada.open_app(made.client_id), ada.do(apps.list_mine)):
        assert made.client_secret not in repr(shown)


def test_a_list_shows_ones_own_apps_the_newest_first(story: Story, ada: Member) -> None:
    for name in ("First", "Second"):
        ada.do(apps.create, name)
        story.later(seconds=1)
    story.member("grace").do(apps.create, "Not hers")
    assert [card.name for card in ada.do(apps.list_mine)] == ["Second", "First"]


def test_an_app_needs_somebody_with_a_confirmed_address(story: Story) -> None:
    with pytest.raises(NotPermitted, match="Confirm your email"):
        story.member("grace", confirmed=False).do(apps.create, "Poetry")
    with pytest.raises(NotPermitted, match="Sign in"):
        story.ask(apps.create, "Poetry", caller=NOBODY)
    with pytest.raises(NotPermitted, match="Sign in"):
        story.ask(apps.list_mine, caller=NOBODY)


def test_one_person_has_a_bounded_number_of_apps(ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "APPS_OF_A_PERSON", 2)
    for name in ("First", "Second"):
        ada.do(apps.create, name)
    with pytest.raises(NotPermitted, match="as many apps"):
        ada.do(apps.create, "Third")


@pytest.mark.parametrize(
    "name", ["", "   ", "\n", "x" * 65, "a\0b", "a\u200bb", "\u202egnp.exe", "\ud800", "a" + "\u0301" * 4]
)
def test_a_name_that_cannot_be_read_is_refused_beside_its_field(ada: Member, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        ada.do(apps.create, name)
    assert list(refused.value.problems) == ["name"]
    assert ada.do(apps.list_mine) == []


def test_a_line_break_in_a_name_is_a_space(ada: Member) -> None:
    assert ada.open_app(client_id(ada, "Poetry\r\n\tCorner")).name == "Poetry Corner"


def test_name_and_description_save_at_once(story: Story, ada: Member) -> None:
    poetry = client_id(ada)
    ada.do(apps.rename, poetry, "Prose")
    ada.do(apps.describe, poetry, " <b>Verses</b>\nfor  everyone ")
    view = ada.open_app(poetry)
    assert (view.name, view.description) == ("Prose", "<b>Verses</b> for everyone")
    ada.do(apps.describe, poetry, "")
    assert ada.open_app(poetry).description == ""
    assert story.events("app.changed") == 3


@pytest.mark.parametrize("text", ["x" * 301, "a\0b", "a\u202eb", "\ud800"])
def test_a_description_that_cannot_be_read_is_refused_beside_its_field(ada: Member, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        ada.do(apps.describe, client_id(ada), text)
    assert list(refused.value.problems) == ["description"]


def test_the_first_address_serves_the_simple_flow_and_stays_when_others_come(ada: Member) -> None:
    poetry = client_id(ada)
    ada.do(redirect_uris.add, poetry, f"  {CALLBACK}  ")
    ada.do(redirect_uris.add, poetry, OTHER)
    view = ada.open_app(poetry)
    assert (view.redirect_uris, view.simple_redirect_uri) == ((CALLBACK, OTHER), CALLBACK)


@pytest.mark.parametrize(
    "uri", ["", "site.example/cb", "http://site.example/cb", "https://site.example/cb#top", "javascript:x"]
)
def test_an_address_that_cannot_be_registered_is_refused_with_its_mend(ada: Member, uri: str) -> None:
    poetry = client_id(ada)
    with pytest.raises(Invalid) as refused:
        ada.do(redirect_uris.add, poetry, uri)
    found = ada.do(redirect_uris.find_problem, uri)
    assert found is not None
    assert refused.value.problems["redirect_uri"] == found.sentence
    assert ada.open_app(poetry).redirect_uris == ()


def test_plain_http_is_for_closed_networks(database_url: str, tmp_path: Any) -> None:
    house = Story(database_url, tmp_path, ALLOW_HTTP_REDIRECTS="true")
    ada = house.member()
    ada.do(redirect_uris.add, client_id(ada), "http://intranet/callback")
    house.close()


def test_a_scheme_of_one_word_is_for_operators_who_allow_it(database_url: str, tmp_path: Any, ada: Member) -> None:
    with pytest.raises(Invalid):
        ada.do(redirect_uris.add, client_id(ada), "cursor://callback")
    house = Story(database_url, tmp_path, ALLOW_PLAIN_SCHEMES="true")
    eve = house.member("eve")
    poetry = client_id(eve)
    eve.do(redirect_uris.add, poetry, "cursor://callback")
    for uri in ("javascript:alert(1)", "file:///x", "tel:1", "ms-settings:x", "http://intranet/cb", "cursor:/../x"):
        with pytest.raises(Invalid):
            eve.do(redirect_uris.add, poetry, uri)
    assert eve.open_app(poetry).redirect_uris == ("cursor://callback",)
    eve.do(protocol_settings.change, poetry, {"redirect_uris": ["cursor://callback", "zed://callback"]})
    assert eve.open_app(poetry).redirect_uris == ("cursor://callback", "zed://callback")
    with pytest.raises(Invalid):
        ada.do(protocol_settings.change, client_id(ada, "Prose"), {"redirect_uris": ["zed://callback"]})
    house.close()


@pytest.mark.parametrize("allowed", ["true", "false"])
def test_a_refused_address_is_offered_only_where_it_may_be_registered(
    database_url: str, tmp_path: Any, allowed: str
) -> None:
    house = Story(database_url, tmp_path, ALLOW_PLAIN_SCHEMES=allowed)
    eve = house.member("eve")
    poetry = client_id(eve)
    eve.do(redirect_uris.add, poetry, CALLBACK)
    for sent in ("cursor://callback", OTHER, "javascript:alert(1)"):
        eve.get(f"/oauth2/authorize?client_id={poetry}&scope=identify&redirect_uri={sent}")
    offered = {OTHER, "cursor://callback"} if allowed == "true" else {OTHER}
    assert set(eve.open_app(poetry).offered_uris) == offered
    house.close()


def test_an_address_is_registered_once_and_there_are_at_most_twenty(ada: Member) -> None:
    poetry = client_id(ada)
    for number in range(20):
        ada.do(redirect_uris.add, poetry, f"{CALLBACK}/{number}")
    with pytest.raises(Invalid, match="already there"):
        ada.do(redirect_uris.add, poetry, f"{CALLBACK}/3")
    with pytest.raises(Invalid, match="at most 20"):
        ada.do(redirect_uris.add, poetry, CALLBACK)


def test_the_one_address_that_is_left_serves_the_simple_flow(ada: Member) -> None:
    poetry = client_id(ada)
    for uri in (CALLBACK, OTHER):
        ada.do(redirect_uris.add, poetry, uri)
    ada.do(redirect_uris.remove, poetry, CALLBACK)
    assert ada.open_app(poetry).simple_redirect_uri == OTHER
    ada.do(redirect_uris.remove, poetry, OTHER)
    assert ada.open_app(poetry).simple_redirect_uri is None


def test_of_several_that_are_left_none_is_chosen_for_the_owner(ada: Member) -> None:
    poetry = client_id(ada)
    for uri in (CALLBACK, OTHER, f"{OTHER}/2"):
        ada.do(redirect_uris.add, poetry, uri)
    ada.do(redirect_uris.remove, poetry, CALLBACK)
    assert ada.open_app(poetry).simple_redirect_uri is None
    with pytest.raises(Invalid, match="registered addresses"):
        ada.do(redirect_uris.choose_for_simple_flow, poetry, CALLBACK)
    ada.do(redirect_uris.choose_for_simple_flow, poetry, OTHER)
    assert ada.open_app(poetry).simple_redirect_uri == OTHER


def test_the_simple_flow_switches_off_and_on_but_never_on_for_a_public_app(story: Story, ada: Member) -> None:
    poetry = client_id(ada)
    for on in (False, True):
        ada.do(apps.switch_simple_flow, poetry, on)
        assert ada.open_app(poetry).simple_flow is on
    public = story.client("ada", is_public=True, token_endpoint_auth_method="none", simple_flow=True).client_id
    assert ada.open_app(public).simple_flow is False
    with pytest.raises(NotPermitted, match="without one"):
        ada.do(apps.switch_simple_flow, public, True)


@pytest.mark.parametrize(
    ("seconds", "is_fine"), [(0, True), (1, True), (86_400, True), (86_401, False), (-1, False), (10**30, False)]
)
def test_re_reading_lasts_at_most_a_day(ada: Member, seconds: int, is_fine: bool) -> None:
    poetry = client_id(ada)
    if is_fine:
        ada.do(apps.allow_rereading, poetry, seconds)
        assert ada.open_app(poetry).reread_seconds == seconds
        return
    with pytest.raises(Invalid, match="24 hours"):
        ada.do(apps.allow_rereading, poetry, seconds)


def test_deleting_needs_the_name_typed_and_takes_everything_along(story: Story, ada: Member) -> None:
    app = story.app(ada)
    grace = story.member("grace")
    value = grace.value(app)
    grace.authorize(app, "email", state="a pending flow of a connected person leaves no row")
    story.member("joan").authorize(app)
    assert ada.do(apps.count_people, app.client_id) == 1
    with pytest.raises(Invalid, match="exactly"):
        ada.do(apps.delete, app.client_id, "poetry")
    ada.do(apps.delete, app.client_id, " Poetry ")
    for table in ("client_secrets", "consents", "ephemeral"):
        assert story.look(f"SELECT COUNT(*) FROM {table} WHERE client_id = ?", app.client_id) == [(0,)]
    assert story.fetch(app, value).json()["error"] == "invalid_client"
    assert ada.do(apps.list_mine) == []
    assert story.events("app.deleted") == 1


def test_the_audit_names_the_actor_and_the_app_but_no_secret(story: Story, ada: Member) -> None:
    made = ada.do(apps.create, "Poetry")
    ada.do(apps.rename, made.client_id, "Prose")
    lines = story.look(
        "SELECT event, actor, client_id, data FROM audit WHERE client_id = ? ORDER BY id", made.client_id
    )
    assert [line[0] for line in lines] == ["app.created", "secret.created", "app.changed"]
    assert {line[1] for line in lines} == {f"user:{ada.user_id}"}
    assert made.client_secret is not None
    assert made.client_secret not in repr(lines)


def test_the_operator_makes_an_app_for_somebody(story: Story, ada: Member) -> None:
    wanted = {"client_name": "Poetry", "redirect_uris": [CALLBACK]}
    made = story.ask(all_apps.create_for, "ADA", wanted, reread_seconds=60)
    view = ada.open_app(made.client_id)
    assert (view.simple_redirect_uri, view.reread_seconds, view.simple_flow) == (CALLBACK, 60, True)
    public = {**wanted, "token_endpoint_auth_method": "none"}
    assert story.ask(all_apps.create_for, "ada", public).client_secret is None


def test_an_app_for_somebody_is_made_by_the_operator_only_and_by_the_same_rules(story: Story, ada: Member) -> None:
    wanted = {"client_name": "Mine", "redirect_uris": [CALLBACK]}
    with pytest.raises(NotFound):
        story.ask(all_apps.create_for, "nobody", wanted)
    with pytest.raises(InvalidRedirectUri):
        story.ask(all_apps.create_for, "ada", {**wanted, "redirect_uris": ["https://site.example/#x"]})
    with pytest.raises(NotPermitted):
        ada.do(all_apps.create_for, "ada", wanted)
    assert ada.do(apps.list_mine) == []


def test_an_administrator_lists_finds_stops_and_deletes_any_app(story: Story, ada: Member) -> None:
    app = story.app(ada, "100% Poetry_Corner")
    story.app(ada, "Prose")
    root = story.member("grace", admin=True)
    assert {listed.name for listed in root.do(all_apps.list_all)} == {"100% Poetry_Corner", "Prose"}
    assert [listed.owner for listed in root.do(all_apps.list_all, "poetry_c")] == ["ada"]
    assert root.do(all_apps.list_all, "100%x") == []
    assert root.do(all_apps.list_all, "", -5, 0)[0].name == "Prose"
    root.do(all_apps.disable, app.client_id)
    assert ada.open_app(app.client_id).disabled
    root.do(all_apps.disable, app.client_id, disabled=False)
    assert not ada.open_app(app.client_id).disabled
    root.do(all_apps.delete, app.client_id)
    assert [card.name for card in ada.do(apps.list_mine)] == ["Prose"]


def test_only_administrators_find_those_verbs(story: Story, ada: Member) -> None:
    app = story.app(ada)
    for verb in (all_apps.disable, all_apps.delete):
        with pytest.raises(NotFound):
            ada.do(verb, app.client_id)
        with pytest.raises(NotFound):
            story.ask(verb, app.client_id, caller=NOBODY)
    with pytest.raises(NotFound):
        ada.do(all_apps.list_all)
    assert not ada.open_app(app.client_id).disabled
