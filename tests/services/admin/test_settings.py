"""The settings that administrators change while the server runs."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import admission
from oauth2system.services.admin import settings
from oauth2system.setting_types.choices import RegistrationMode, SecondFactor
from oauth2system.storage.tables import server_settings
from oauth2system.storage.tables.server_settings import ServerSettings
from tests.support.in_process.browsers import House


def signed_in(house: House, username: str) -> Caller:
    browser = house.browser()
    browser.sign_in(username)
    return browser.caller


def stored(ctx: Context) -> ServerSettings:
    return server_settings.find(ctx.db)


@pytest.fixture
def boss(house: House) -> Caller:
    house.person("boss", admin=True)
    return signed_in(house, "boss")


def test_nothing_was_changed_yet(house: House, boss: Caller) -> None:
    assert house.ask(settings.show, caller=boss) == settings.ShownSettings(ServerSettings())
    assert house.ask(stored).registration is RegistrationMode.OPEN
    assert house.ask(stored).second_factor is SecondFactor.NOBODY


def test_a_change_counts_in_the_next_transaction_and_is_recorded(house: House, boss: Caller) -> None:
    done = house.ask(settings.change, {"registration": "invite"}, caller=boss)
    assert dict(done.before) == {"registration": "open"}
    assert house.ask(stored).registration is RegistrationMode.INVITE
    house.ask(settings.change, {"registration": "closed"}, caller=boss)
    [row] = house.look("SELECT value, changed_by FROM server_settings")
    assert row[0] == '"closed"'
    assert row[1].startswith("user:")
    facts = house.look("SELECT data FROM audit WHERE event = 'setting.changed' ORDER BY id")
    assert [fact[0] for fact in facts] == [
        '{"setting":"registration","old":"open","new":"invite"}',
        '{"setting":"registration","old":"invite","new":"closed"}',
    ]


def test_what_stays_as_it_was_is_not_recorded(house: House, boss: Caller) -> None:
    assert dict(house.ask(settings.change, {"registration": "open"}, caller=boss).before) == {}
    assert house.events("setting.changed") == 0


@pytest.mark.parametrize(
    ("wanted", "demanded"),
    [("nobody", (False, False)), ("administrators", (False, True)), ("everybody", (True, True))],
)
def test_a_second_factor_is_demanded_of(wanted: str, demanded: tuple[bool, bool]) -> None:
    asked = server_settings.read({"second_factor": wanted})
    assert (asked.demands_second_factor(is_admin=False), asked.demands_second_factor(is_admin=True)) == demanded


def test_only_administrators_and_commands_read_and_change_them(house: House) -> None:
    house.person("ada")
    for caller in (signed_in(house, "ada"), Caller()):
        with pytest.raises(NotPermitted):
            house.ask(settings.show, caller=caller)
        with pytest.raises(NotPermitted):
            house.ask(settings.change, {"registration": "closed"}, caller=caller)
    assert house.ask(stored) == ServerSettings()


@pytest.mark.parametrize(
    "changes", [{"colour": "red"}, {"registration": "half"}, {"second_factor": ["everybody"]}, {"registration": None}]
)
def test_a_name_or_a_value_that_cannot_be_used_is_refused(house: House, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        house.ask(settings.change, changes)
    assert house.ask(stored) == ServerSettings()


@pytest.fixture
def fixed_house(database_url: str, tmp_path: Path) -> Generator[House]:
    made = House(database_url, tmp_path, REGISTRATION="closed")
    yield made
    made.close()


def test_what_the_environment_fixes_the_page_cannot_change(fixed_house: House) -> None:
    shown = fixed_house.ask(settings.show)
    assert (shown.settings.registration, shown.fixed) == (RegistrationMode.CLOSED, {"registration"})
    with pytest.raises(Invalid, match="environment"):
        fixed_house.ask(settings.change, {"registration": "open"})
    assert fixed_house.ask(admission.find_mode) is RegistrationMode.CLOSED


def test_registration_follows_the_page(house: House) -> None:
    assert house.ask(admission.find_mode) is RegistrationMode.OPEN
    house.ask(settings.change, {"registration": "invite"})
    assert house.ask(admission.find_mode) is RegistrationMode.INVITE
