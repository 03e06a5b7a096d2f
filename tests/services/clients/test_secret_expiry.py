"""A secret may expire: judged when it is used, announced by mail, and explained to the owner."""

from datetime import UTC, datetime, timedelta

import pytest

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.protocol.clients.authentication import SecretCheck
from oauth2system.services.apps import apps, protocol_settings
from oauth2system.services.clients import secret_expiry, secrets
from tests.support.in_process.story import App, Member, Story

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


def judged(story: Story, app: App, value: str) -> SecretCheck:
    return story.ask(secrets.check, app.client_id, value)[1]


def remind(story: Story) -> int:
    return story.ask(secret_expiry.remind, 100)


@pytest.mark.parametrize(
    ("choice", "day", "expires"),
    [
        ("", "", None),
        ("30", "", NOW + timedelta(days=30)),
        ("90", "ignored", NOW + timedelta(days=90)),
        ("365", "", NOW + timedelta(days=365)),
        ("day", "2026-11-26", datetime(2026, 11, 27, tzinfo=UTC)),
        ("day", " 2027-02-28 ", datetime(2027, 3, 1, tzinfo=UTC)),
    ],
)
def test_an_owner_chooses_how_long_a_secret_is_accepted(choice: str, day: str, expires: datetime | None) -> None:
    assert secret_expiry.read_choice(NOW, choice, day) == expires


@pytest.mark.parametrize(
    ("choice", "day", "field"),
    [
        ("31", "", "expires"),
        ("never", "", "expires"),
        ("day", "", "day"),
        ("day", "2026-11-25", "day"),
        ("day", "2037-01-01", "day"),
        ("day", "9999-12-31", "day"),
        ("day", "soon", "day"),
        ("day", "2026-02-30", "day"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_at_its_field(choice: str, day: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        secret_expiry.read_choice(NOW, choice, day)
    assert list(refused.value.problems) == [field]


def test_an_expired_secret_is_refused_from_that_moment_with_a_reason_for_the_owner(
    story: Story, ada: Member, app: App
) -> None:
    value = ada.do(apps.new_secret, app.client_id, "Brief", "30").secret.value
    story.later(days=30, seconds=-1)
    assert judged(story, app, value) is SecretCheck.RIGHT
    story.later(seconds=1)
    assert judged(story, app, value) is SecretCheck.EXPIRED
    assert judged(story, app, app.secret) is SecretCheck.RIGHT
    ada = story.again(ada.user_id)
    answer = story.fetch(app, ada.value(app), client_secret=value)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "expired" not in answer.text
    said = ada.open_app(app.client_id).refusals[0]
    assert said.reason == "SIMPLE_SECRET_EXPIRED"
    assert value[-4:] in str(said.detail)
    assert str(said.repair).startswith("Make a new secret")


def test_a_secret_that_signs_expires_too(story: Story, ada: Member) -> None:
    client = story.client("ada", token_endpoint_auth_method="client_secret_jwt")
    assert client.client_secret is not None
    (only,) = story.ask(secrets.list_readable, client.client_id)
    assert not only.expired
    story.run("UPDATE client_secrets SET expires_at = created_at WHERE client_id = ?", client.client_id)
    (only,) = story.ask(secrets.list_readable, client.client_id)
    assert only.expired
    del ada


def test_the_last_secret_that_works_stays_whatever_has_expired(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.new_secret, app.client_id, "Brief", "30")
    story.later(days=31)
    ada = story.again(ada.user_id)
    lasting, expired = ada.open_app(app.client_id).secrets
    assert (lasting.may_retire, expired.may_retire, expired.expired) == (False, True, True)
    with pytest.raises(NotPermitted, match="only secret"):
        ada.do(apps.retire_secret, app.client_id, lasting.id)
    ada.do(apps.retire_secret, app.client_id, expired.id)
    assert len(ada.open_app(app.client_id).secrets) == 1


def test_the_owner_gets_two_mails_before_a_secret_expires_and_each_once(story: Story, ada: Member, app: App) -> None:
    for label in ("One", "Two"):
        ada.do(apps.new_secret, app.client_id, label, "90")
    hints = [one.hint for one in ada.open_app(app.client_id).secrets[1:]]
    story.later(days=76, seconds=-1)
    assert remind(story) == 0
    story.later(seconds=1)
    assert (remind(story), remind(story)) == (2, 0)
    (mail,) = story.mail("ada@example.org")
    assert mail.subject == "Client secrets of Poetry expire soon"
    assert all(f"…{hint}" in mail.text for hint in hints)
    assert f"/apps/{app.client_id}/secrets" in mail.text
    story.later(days=11)
    assert (remind(story), remind(story)) == (2, 0)
    assert len(story.mail("ada@example.org")) == 2
    story.later(days=4)
    assert remind(story) == 0


def test_a_secret_made_for_a_few_days_gets_only_the_mails_that_are_still_to_come(
    story: Story, ada: Member, app: App
) -> None:
    day = (story.now + timedelta(days=6)).date().isoformat()
    ada.do(apps.new_secret, app.client_id, "A week", "day", day)
    assert remind(story) == 0
    story.later(days=4)
    assert remind(story) == 1
    assert len(story.mail("ada@example.org")) == 1


@pytest.mark.parametrize("gone", ["retired", "unused"])
def test_no_mail_comes_about_a_secret_that_is_not_used_any_more(story: Story, ada: Member, app: App, gone: str) -> None:
    ada.do(apps.new_secret, app.client_id, "Brief", "30")
    if gone == "retired":
        ada.do(apps.retire_secret, app.client_id, ada.open_app(app.client_id).secrets[1].id)
    else:
        ada.do(protocol_settings.change, app.client_id, {"token_endpoint_auth_method": "none"})
    story.later(days=20)
    remind(story)
    assert story.mail("ada@example.org") == []
