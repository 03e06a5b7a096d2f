"""An address of a domain that is not allowed gets no account, by any way. On both databases."""

from collections.abc import Callable

import pytest

from oauth2system.errors import Invalid
from oauth2system.services.accounts import email_addresses, registration
from oauth2system.services.admin import invitations, people, settings
from tests.support.in_process.browsers import PASSWORD, House, query


@pytest.fixture
def restricted(house: House) -> House:
    house.ask(settings.change, {"mail_domains": "example.org *.example.net"})
    return house


def allow(house: House, domains: str) -> None:
    house.ask(settings.change, {"mail_domains": domains})


WAYS: dict[str, Callable[[House, str], object]] = {
    "user create": lambda house, address: house.ask(people.create, "eve", address),
    "user invite": lambda house, address: house.ask(people.invite, address),
    "invitation by address": lambda house, address: house.ask(invitations.create, email=address),
    "invitation by domain": lambda house, address: house.ask(invitations.create, mail_domain=address.partition("@")[2]),
    "registration": lambda house, address: house.ask(
        registration.check, registration.RegistrationForm("eve", "", address, PASSWORD)
    ),
    "change of address": lambda house, address: house.run_procedure(
        email_addresses.move, address, PASSWORD, None, caller=house.signed_in().caller
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("address", ["eve@evil.example", "eve@sub.example.org", "eve@example.net"])
def test_no_way_leads_to_an_account_of_another_domain(restricted: House, way: str, address: str) -> None:
    with pytest.raises(Invalid, match=r"Use an address of example\.org"):
        WAYS[way](restricted, address)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_open_to_an_allowed_domain(restricted: House, way: str) -> None:
    WAYS[way](restricted, "eve@mail.example.net")


def test_a_correction_of_the_address_is_judged_too(restricted: House) -> None:
    browser = restricted.browser()
    browser.register("ada")
    answer = browser.post("/account/email_confirm/change", email="ada@evil.example")
    assert query(answer)["error"] == "form"
    assert restricted.look("SELECT email FROM users") == [("ada@example.org",)]


def test_a_domain_that_is_not_allowed_any_more_when_the_link_is_used(house: House) -> None:
    """Validity is judged when a thing is used: the registration was fine, its confirmation is not."""
    browser = house.browser()
    browser.register("ada")
    token, cookie = house.token("ada@example.org"), browser.cookies[house.settings.cookie("registration")]
    allow(house, "example.com")
    with pytest.raises(Invalid, match=r"Use an address of example\.com"):
        house.ask(email_addresses.use_link, token, browser=cookie, device=None)
    assert query(browser.post("/account/email_confirm", token=token))["error"] == "mail_domain"
    allow(house, "example.org")
    assert house.ask(email_addresses.use_link, token, browser=cookie, device=None).did == "confirmed"


def test_a_change_of_address_is_judged_again_when_it_is_confirmed(house: House) -> None:
    browser = house.signed_in()
    browser.post("/account/email", email="ada@example.com", password=PASSWORD)
    token = house.token("ada@example.com")
    allow(house, "example.org")
    with pytest.raises(Invalid, match=r"Use an address of example\.org"):
        house.ask(email_addresses.use_link, token, browser=None, device=None, caller=browser.caller)
    assert house.look("SELECT email FROM users") == [("ada@example.org",)]


def test_people_whose_domain_is_not_allowed_any_more_keep_their_accounts(house: House) -> None:
    house.person("ada")
    allow(house, "example.com")
    browser = house.browser()
    browser.sign_in()
    assert browser.signed_in_as == "ada"


def test_the_rules_are_kept_as_they_are_compared(house: House) -> None:
    allow(house, "Bücher.example, *.example.org")
    shown = house.ask(settings.show).settings
    assert shown.mail_domains == ("xn--bcher-kva.example", "*.example.org")
    with pytest.raises(Invalid) as refusal:
        allow(house, "not a domain")
    assert set(refusal.value.problems) == {"mail_domains"}
    allow(house, "")
    assert house.ask(settings.show).settings.mail_domains == ()
