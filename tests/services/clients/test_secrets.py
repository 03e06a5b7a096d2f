"""Client secrets: shown once, several at a time, retired at once."""

from datetime import UTC, datetime, time, timedelta

import pytest

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.protocol.clients.authentication import SecretCheck
from oauth2system.protocol.tokens import format as token_format
from oauth2system.runtime.context import Context
from oauth2system.services.apps import apps, protocol_settings
from oauth2system.services.clients import secrets
from tests.support.in_process.story import App, Member, Story

DAY = timedelta(days=1)


def is_secret(story: Story, client_id: str, value: str) -> tuple[bool, bool]:
    """Return (is there such a client, is this its secret)."""

    def check(ctx: Context) -> tuple[bool, bool]:
        client, found = secrets.check(ctx, client_id, value, "client_secret_post")
        return client is not None, found is SecretCheck.RIGHT

    return story.ask(check)


def test_a_secret_is_256_random_bits_with_a_prefix_a_scanner_can_find(app: App) -> None:
    assert token_format.read(token_format.Kind.SECRET, app.secret) is not None
    assert app.secret.startswith("ok_")


def test_several_secrets_work_at_a_time_so_that_a_site_changes_over_without_a_gap(
    story: Story, ada: Member, app: App
) -> None:
    fresh = ada.do(apps.new_secret, app.client_id, "  Deploy of   March ").secret
    old, new = ada.open_app(app.client_id).secrets
    assert (new.label, new.hint, new.last_used_at) == ("Deploy of March", fresh.value[-4:], None)
    assert [is_secret(story, app.client_id, value) for value in (app.secret, fresh.value)] == [(True, True)] * 2
    assert all(used.last_used_at is not None for used in ada.open_app(app.client_id).secrets)
    ada.do(apps.retire_secret, app.client_id, old.id)
    assert is_secret(story, app.client_id, app.secret) == (True, False)
    assert is_secret(story, app.client_id, fresh.value) == (True, True)
    assert story.events("secret.retired") == 1


@pytest.mark.parametrize("label", ["", "Staging"])
def test_the_app_that_comes_with_a_new_secret_is_the_app_as_it_is_stored(ada: Member, app: App, label: str) -> None:
    added = ada.do(apps.new_secret, app.client_id, label)
    assert added.app == ada.open_app(app.client_id)
    assert [one.id for one in added.app.secrets][1:] == [added.secret.id]


def test_where_no_secret_opens_anything_the_last_one_can_go_and_none_is_made(ada: Member, app: App) -> None:
    ada.do(protocol_settings.change, app.client_id, {"token_endpoint_auth_method": "none"})
    (only,) = ada.open_app(app.client_id).secrets
    assert ada.do(protocol_settings.view, app.client_id).has_idle_secrets
    with pytest.raises(NotPermitted, match="would not be accepted"):
        ada.do(apps.new_secret, app.client_id, "")
    ada.do(apps.retire_secret, app.client_id, only.id)
    assert not ada.do(protocol_settings.view, app.client_id).has_idle_secrets
    back = ada.do(protocol_settings.change, app.client_id, {"token_endpoint_auth_method": "client_secret_basic"})
    assert back.secret is not None  # a new one: what was retired stays so


def test_the_last_secret_stays_until_another_is_there(ada: Member, app: App) -> None:
    (only,) = ada.open_app(app.client_id).secrets
    with pytest.raises(NotPermitted, match="only secret"):
        ada.do(apps.retire_secret, app.client_id, only.id)
    ada.do(apps.new_secret, app.client_id, "")
    ada.do(apps.retire_secret, app.client_id, only.id)
    with pytest.raises(NotFound):
        ada.do(apps.retire_secret, app.client_id, only.id)


@pytest.mark.parametrize("secret_id", ["", "x", "-1", "0", "1.5", "٣", "9" * 30, "1\0", "\ud800", "1 OR 1=1"])
def test_t120_a_secret_that_is_nobodys_is_not_found(ada: Member, app: App, secret_id: str) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            ada.do(apps.retire_secret, app.client_id, secret_id)
        ada.do(apps.new_secret, app.client_id, "")


def test_t120_a_secret_of_another_app_is_not_found(ada: Member, app: App, story: Story) -> None:
    other = story.app(ada, "Prose")
    ada.do(apps.new_secret, other.client_id, "")
    theirs = ada.open_app(other.client_id).secrets[0].id
    with pytest.raises(NotFound):
        ada.do(apps.retire_secret, app.client_id, theirs)
    assert is_secret(story, other.client_id, other.secret) == (True, True)


@pytest.mark.parametrize("label", ["x" * 41, "a\0b", "a\u202eb", "\ud800"])
def test_a_label_that_cannot_be_read_is_refused_beside_its_field(ada: Member, app: App, label: str) -> None:
    with pytest.raises(Invalid) as refused:
        ada.do(apps.new_secret, app.client_id, label)
    assert list(refused.value.problems) == ["label"]


def test_an_app_has_at_most_ten_secrets_and_a_public_one_none(story: Story, ada: Member, app: App) -> None:
    for _ in range(9):
        ada.do(apps.new_secret, app.client_id, "")
    with pytest.raises(NotPermitted, match="ten"):
        ada.do(apps.new_secret, app.client_id, "")
    public = story.client("ada", is_public=True, token_endpoint_auth_method="none").client_id
    with pytest.raises(NotPermitted, match="without a secret"):
        ada.do(apps.new_secret, public, "")


def test_what_is_not_a_secret_of_this_very_app_is_wrong(story: Story, ada: Member, app: App) -> None:
    other = story.app(ada, "Prose")
    swapped = app.secret[:-1] + ("A" if app.secret[-1] != "A" else "B")
    for value in (
        "",
        " ",
        other.secret,
        swapped,
        app.secret + "x",
        app.secret[:-1],
        app.secret.upper(),
        "ok_",
        "\ud800",
    ):
        assert is_secret(story, app.client_id, value) == (True, False), value
    assert is_secret(story, "1", app.secret) == (False, False)


def test_each_use_is_counted_and_written_later(story: Story, ada: Member, app: App) -> None:
    def seen() -> tuple[int, int, float | None]:
        story.write_last_used()
        (only,) = ada.open_app(app.client_id).secrets
        ago = None if only.last_used_at is None else (story.now - only.last_used_at).total_seconds()
        return only.uses_today, only.uses_yesterday, ago

    story.later(seconds=(datetime.combine(story.now.date() + DAY, time(12), UTC) - story.now).total_seconds())
    is_secret(story, app.client_id, "ok_wrong")
    assert seen() == (0, 0, None)
    for _time in range(3):
        is_secret(story, app.client_id, app.secret)
    assert seen() == (3, 0, 0)
    story.later(seconds=59)
    is_secret(story, app.client_id, app.secret)
    assert seen() == (4, 0, 0)
    story.later(hours=24)
    assert seen() == (0, 4, 86400)
    is_secret(story, app.client_id, app.secret)
    assert seen() == (1, 4, 0)
    story.later(hours=48)
    assert seen() == (0, 0, 2 * 86400)
    is_secret(story, app.client_id, app.secret)
    assert seen() == (1, 0, 0)


def test_a_use_of_an_app_that_was_deleted_meanwhile_is_passed_over(story: Story, ada: Member, app: App) -> None:
    is_secret(story, app.client_id, app.secret)
    ada.do(apps.delete, app.client_id, "Poetry")
    story.write_last_used()
    assert not story.runner.server.last_used.waiting()


def test_t085_a_secret_is_readable_later_only_where_a_client_signs_with_it(story: Story, ada: Member, app: App) -> None:
    signing = story.client("ada", token_endpoint_auth_method="client_secret_jwt")
    assert signing.client_secret is not None
    for client_id, found in ((app.client_id, []), (signing.client_id, [signing.client_secret.encode()])):
        assert [one.value for one in story.ask(secrets.list_readable, client_id)] == found
    kept = story.look("SELECT digest, sealed FROM client_secrets")
    assert not any(
        secret.encode() in bytes(cell)
        for row in kept
        for cell in row
        if cell
        for secret in (app.secret, signing.client_secret)
    )
