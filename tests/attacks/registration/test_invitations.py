"""Invitations: as many accounts as were meant, until they end, and each end says so. On both databases."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Source
from oauth2system.services.accounts import admission, registration, sign_in_pages
from oauth2system.services.accounts.page_request import PageRequest
from oauth2system.services.admin import invitations, settings
from oauth2system.services.server import jobs
from tests.support.in_process.browsers import PASSWORD, House, query


@pytest.fixture
def by_invitation(database_url: str, tmp_path: Path) -> Generator[House]:
    made = House(database_url, tmp_path, REGISTRATION="invite")
    yield made
    made.close()


def token(house: House, **wanted: Any) -> str:
    return house.ask(invitations.create, **wanted).link.partition("invite=")[2]


def register(house: House, name: str, invite: str, *, ip: str = "192.0.2.1") -> str:
    """Register in one service call; returns the cookie."""
    form = registration.RegistrationForm(name, "", f"{name}@example.org", PASSWORD)
    caller = Caller(Source(ip))
    wanted = house.ask(registration.check, form, invite=invite, caller=caller)
    return house.ask(registration.add, wanted, "hash", then="/", invite=invite, caller=caller)


def said(house: House, invite: str) -> str | None:
    """Return what the registration page says of a link when it is opened."""
    refusal = house.ask(sign_in_pages.open_registration, PageRequest(Caller(), {"invite": invite})).refusal
    return None if refusal is None else str(refusal)


def test_an_invitation_for_three_makes_exactly_three_accounts_of_twelve_at_once(by_invitation: House) -> None:
    house = by_invitation
    invite = token(house, uses=3)

    def attempt(number: int) -> bool:
        try:
            register(house, f"person{number}", invite, ip=f"192.0.2.{number}")
        except admission.InvitationNeeded:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        done = list(threads.map(attempt, range(12)))
    assert sum(done) == 3
    assert house.look("SELECT COUNT(*) FROM users") == [(3,)]
    assert house.look("SELECT used FROM invitations") == [(3,)]
    assert house.events("invitation.used") == 3


def test_each_use_says_which_invitation_made_which_account(by_invitation: House) -> None:
    invite = token(by_invitation, uses=2)
    register(by_invitation, "ada", invite)
    [(user_id, data)] = by_invitation.look("SELECT user_id, data FROM audit WHERE event = 'invitation.used'")
    assert by_invitation.look("SELECT username FROM users WHERE id = ?", user_id) == [("ada",)]
    [(number,)] = by_invitation.look("SELECT id FROM invitations")
    assert str(number) in data


def test_a_link_that_ended_says_how(by_invitation: House) -> None:
    house = by_invitation
    used_up, revoked, expired = token(house), token(house), token(house, days=1)
    assert said(house, used_up) is None
    register(house, "ada", used_up)
    house.ask(invitations.revoke, house.ask(invitations.list_all)[1].id)
    house.later(days=1)
    never = "ov_" + "A" * 54
    sentences = [said(house, one) for one in (used_up, revoked, expired, never)]
    assert [str(one).split(".")[0].split(":")[0] for one in sentences] == [
        "This invitation has been used up",
        "This invitation was taken back",
        "This invitation has expired",
        "There is no such invitation here",
    ]
    for number, link in enumerate((used_up, revoked, expired, never)):
        answer = house.browser().register(f"late{number}", f"late{number}@example.org", invite=link)
        assert query(answer)["error"] == "invite"
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]


def test_the_secret_of_another_invitation_does_not_fit(by_invitation: House) -> None:
    """The id in the link names the row; the rest must be that row's own."""
    one, other = token(by_invitation), token(by_invitation)
    mixed = one[:14] + other[14:]
    assert str(said(by_invitation, mixed)).startswith("There is no such invitation")
    with pytest.raises(admission.InvitationNeeded):
        register(by_invitation, "eve", mixed)


def test_an_invitation_works_until_its_last_moment(by_invitation: House) -> None:
    invite = token(by_invitation, days=1, uses=2)
    by_invitation.later(hours=23, minutes=59, seconds=59)
    register(by_invitation, "ada", invite)
    by_invitation.later(seconds=1)
    with pytest.raises(admission.InvitationNeeded):
        register(by_invitation, "bob", invite)


def test_a_refused_registration_uses_nothing_up(by_invitation: House) -> None:
    invite = token(by_invitation, uses=2)
    form = registration.RegistrationForm("ada", "", "ada@example.org", PASSWORD)
    checked = by_invitation.ask(registration.check, form, invite=invite)
    by_invitation.person("ada", email="other@example.org")
    with pytest.raises(Invalid):
        by_invitation.ask(registration.add, checked, "hash", then="/", invite=invite)
    assert by_invitation.look("SELECT used FROM invitations") == [(0,)]
    register(by_invitation, "bob", invite)
    assert by_invitation.look("SELECT used FROM invitations") == [(1,)]


def test_an_invitation_for_a_domain_is_for_its_addresses_only(by_invitation: House) -> None:
    invite = token(by_invitation, mail_domain="Bücher.example", uses=5)
    answer = by_invitation.browser().register("eve", "eve@example.org", invite=invite)
    assert query(answer)["error"] == "form"
    below = by_invitation.browser().register("eve", "eve@mail.xn--bcher-kva.example", invite=invite)
    assert query(below)["error"] == "form"
    for number, address in enumerate(("ada@bücher.example", "bob@xn--bcher-kva.example")):
        assert "error" not in query(by_invitation.browser().register(f"reader{number}", address, invite=invite))


def test_t120_only_administrators_make_list_and_revoke_invitations(by_invitation: House) -> None:
    by_invitation.person("ada")
    browser = by_invitation.browser()
    browser.sign_in("ada")
    made = by_invitation.ask(invitations.create)
    for caller in (browser.caller, Caller()):
        for service, arguments in (
            (invitations.create, ()),
            (invitations.list_all, ()),
            (invitations.revoke, (made.invitation.id,)),
        ):
            with pytest.raises(NotPermitted):
                by_invitation.ask(service, *arguments, caller=caller)
    assert said(by_invitation, made.link.partition("invite=")[2]) is None


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "\uff11", ""])
def test_t120_a_made_up_number_revokes_nothing(by_invitation: House, number: str) -> None:
    by_invitation.ask(invitations.create)
    with pytest.raises(NotFound):
        by_invitation.ask(invitations.revoke, number)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"uses": 0}, "uses"),
        ({"uses": 10_001}, "uses"),
        ({"uses": 2, "email": "ada@example.org"}, "uses"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"mail_domain": "a b"}, "mail_domain"),
        ({"mail_domain": "x@example.org"}, "mail_domain"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_an_invitation_that_cannot_be_meant_is_refused(house: House, wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        house.ask(invitations.create, **wanted)
    assert field in refusal.value.problems
    assert house.look("SELECT COUNT(*) FROM invitations") == [(0,)]


def test_t078_so_many_invitations_work_at_one_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations.quotas, "INVITATIONS_WORKING", 2)
    made = [house.ask(invitations.create) for _ in range(2)]
    with pytest.raises(Invalid):
        house.ask(invitations.create)
    house.ask(invitations.revoke, made[0].invitation.id)
    house.ask(invitations.create)


def test_t085_the_database_has_no_link_that_works(house: House) -> None:
    invite = token(house)
    [(digest,)] = house.look("SELECT digest FROM invitations")
    assert invite.encode() not in bytes(digest)


def test_an_invitation_is_forgotten_some_time_after_it_expired(house: House) -> None:
    house.ask(invitations.create, days=1)
    [purge] = [one for one in jobs.PURGES if one.name == "invitations"]
    house.later(days=90)
    assert house.ask(purge.batch, 10) == 0
    house.later(days=2)
    assert house.ask(purge.batch, 10) == 1


def test_a_closed_server_takes_no_invitation(house: House) -> None:
    invite = token(house)
    house.ask(settings.change, {"registration": "closed"})
    with pytest.raises(admission.Closed):
        register(house, "ada", invite)
