"""A form that comes back keeps what is wrong with it in no language: the page says it in its visitor's."""

import pytest

from oauth2system.i18n import N_, _, speak
from oauth2system.policy import quotas
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


def test_a_field_is_kept_whole_or_the_page_says_that_it_was_too_long(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    fits, much = "x" * 9000, "y" * (quotas.SAVED_FORM_OF_A_PERSON + 1)
    handle = house.ask(saved_forms.keep, {"jwks": fits, "note": "y" * 3001, "all": much}, {}, caller=browser.caller)
    found = house.ask(saved_forms.find, handle)
    assert found is not None
    assert found.values == {"jwks": fits}
    assert {name: _(message) for name, message in found.problems.items()} == {
        "note": "This text was too long to be kept. Type it again.",
        "all": "This text was too long to be kept. Type it again.",
    }


def test_an_anonymous_caller_keeps_little(house: House) -> None:
    sent = {"login": "x" * 300, "other": "x" * 301, "n" * 61: "x", **{f"f{number}": "z" for number in range(20)}}
    found = house.ask(saved_forms.find, house.ask(saved_forms.keep, sent, {}, caller=house.browser().caller))
    assert found is not None
    assert found.values["login"] == "x" * 300
    assert "other" in found.problems
    assert len(found.values) + len(found.problems) < quotas.SAVED_FORM_FIELDS + 1
    assert max(map(len, found.values)) <= quotas.SAVED_FORM_NAME
