"""T159, T088: a stranger does not use up the mails that the owner of an address waits for."""

from typing import Any

import pytest

from oauth2system.runtime.outbox import Failed
from oauth2system.services.admin import people
from oauth2system.services.delivery import smtp
from tests.support.in_process.browsers import House

HERS = "new@corp.example"


def test_t159_a_stranger_uses_up_no_mail_of_an_address_before_its_owner_registers(house: House) -> None:
    stranger, owner = house.browser("203.0.113.9"), house.browser()
    for _ in range(7):
        stranger.post("/account/password_reset", email=HERS)
        stranger.post("/account/email_confirm/resend", email=HERS)
        house.deliver()
    owner.register("new", HERS)
    assert [mail.to for mail in house.mail()] == [HERS]
    owner.post("/account/email_confirm/resend")
    assert len(house.mail(HERS)) == 2


def test_t159_registrations_of_a_stranger_use_up_no_mail_of_the_owner(house: House) -> None:
    for number in range(9):
        house.browser("203.0.113.9").register(f"tmp{number}", HERS)
        house.deliver()
    before = len(house.mail(HERS))
    house.browser().register("new", HERS)
    assert (before, len(house.mail(HERS))) == (6, 7)


def test_t088_each_kind_of_mail_has_its_own_budget(house: House) -> None:
    house.person("ada")
    for number in range(9):
        house.browser(f"203.0.113.{number}").register(f"tmp{number}", "ada@example.org")
        house.browser(f"203.0.113.{number}").post("/account/password_reset", email="ada@example.org")
        house.deliver()
    subjects = [mail.subject for mail in house.mail("ada@example.org")]
    assert sorted(subjects.count(subject) for subject in set(subjects)) == [6, 6]


def test_t159_a_stranger_keeps_no_invitation_from_leaving(house: House) -> None:
    for number in range(9):
        house.browser(f"203.0.113.{number}").register(f"tmp{number}", HERS)
        house.browser(f"203.0.113.{number}").post("/account/password_reset", email=HERS)
    assert "invite=" in house.ask(people.invite, HERS)


def test_t159_a_mail_that_does_not_leave_is_not_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.person("ada")
    send, failures = smtp.send, iter(range(9))

    def fail_at_first(*args: Any, **more: Any) -> None:
        if next(failures, None) is not None:
            raise Failed("the mail server is down")
        send(*args, **more)

    monkeypatch.setattr(smtp, "send", fail_at_first)
    house.browser().post("/account/password_reset", email="ada@example.org")
    for _ in range(9):
        house.deliver()
        house.later(seconds=100)
        house.browser().post("/account/password_reset", email="ada@example.org")
    assert house.mail("ada@example.org")
