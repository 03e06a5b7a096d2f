"""A form that comes back keeps what is wrong with it in no language: the page says it in its visitor's."""

import pytest

from oauth2system.i18n import N_, _, speak
from oauth2system.services.accounts import saved_forms
from tests.support.in_process.browsers import House

STATE = N_("all of them disabled")


@pytest.mark.usefixtures("german")
def test_what_was_wrong_is_kept_with_its_values_and_translated_when_it_is_shown(house: House) -> None:
    problems = {
        "username": N_("Use {least} to {most} characters.", least=3, most=32),
        "form": N_("{name} has {count} apps, {state}.", name="Ada", count=2, state=STATE),
    }
    with speak("de"):
        handle = house.ask(saved_forms.keep, {"username": "ad", "password": "secret"}, problems)
    found = house.ask(saved_forms.find, handle)
    assert found is not None
    assert (found.values, found.problems) == ({"username": "ad"}, problems)
    with speak("de"):
        said = {name: _(message) for name, message in found.problems.items()}
    assert said == {"username": "Nimm 3 bis 32 Zeichen.", "form": "Ada hat 2 Apps, alle gesperrt."}
