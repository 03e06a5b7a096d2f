"""The second call of the simple flow: who may read a value, when, and what it tells."""

import asyncio
from typing import Any

import pytest

from oauth2system.protocol.errors import InsufficientScope, InvalidClient, InvalidToken, OAuthError
from oauth2system.protocol.tokens import format as token_format
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps
from oauth2system.services.authorization import connected_apps
from oauth2system.services.tokens import simple_flow
from oauth2system.services.tokens.simple_flow import MustTake, SimpleFlowRequest
from tests.support.in_process.story import SITE, App, Member, Story


def why(story: Story, ada: Member, app: App) -> str:
    """Return what the owner reads about the last refusal."""
    story.ask(app_log.write)
    return story.ask(app_log.list_views, app.client_id)[0].detail


@pytest.mark.parametrize(
    ("scope", "keys"),
    [
        ("identify", ["id", "username", "user_name", "display_name", "avatar"]),
        ("email", ["id", "email", "email_verified"]),
        ("identify+email", ["id", "username", "user_name", "display_name", "avatar", "email", "email_verified"]),
    ],
)
def test_t071_the_answer_has_exactly_the_promised_keys(
    story: Story, ada: Member, app: App, scope: str, keys: list[str]
) -> None:
    assert list(story.read(app, ada.value(app, scope))) == keys


def test_a_value_is_read_once(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    assert story.read(app, value)["id"] == ada.user_id
    assert not story.is_readable(app, value)
    assert "read before" in why(story, ada, app)


def test_looking_alone_uses_nothing_up(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    for _ in range(3):
        assert isinstance(
            story.ask(simple_flow.look, SimpleFlowRequest(value, app.client_id, app.secret), reads_it=True), MustTake
        )
    assert story.is_readable(app, value)


@pytest.mark.parametrize(("after_ms", "works"), [(0, True), (119_999, True), (120_000, False), (10**9, False)])
def test_a_value_lives_for_120_seconds(story: Story, ada: Member, app: App, after_ms: int, works: bool) -> None:
    value = ada.value(app)
    story.later(milliseconds=after_ms)
    assert story.is_readable(app, value) is works
    if not works:
        assert "expired" in why(story, ada, app)


def test_an_address_that_is_not_confirmed_any_more_says_so(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    story.run("UPDATE users SET email_confirmed_at = NULL WHERE id = ?", ada.user_id)
    assert story.read(app, value)["email_verified"] is False


def test_only_what_is_still_allowed_is_told(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.allow_rereading, app.client_id, 60)
    value = ada.value(app)
    story.read(app, value)
    story.run("UPDATE consents SET scopes = 'email' WHERE user_id = ?", ada.user_id)
    assert list(story.read(app, value)) == ["id", "email", "email_verified"]
    story.run("UPDATE consents SET scopes = 'openid' WHERE user_id = ?", ada.user_id)
    with pytest.raises(InsufficientScope):
        story.read(app, value)


ENDS = [
    ("UPDATE users SET disabled_at = 1 WHERE username = 'grace'", "revoked"),
    ("DELETE FROM consents", "revoked"),
    ("DELETE FROM users WHERE username = 'grace'", "unknown"),
    ("DELETE FROM ephemeral", "unknown"),
]


@pytest.mark.parametrize(("end", "owner_reads"), ENDS)
def test_t050_a_value_ends_with_its_person_and_with_the_consent(
    story: Story, ada: Member, app: App, end: str, owner_reads: str
) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    grace = story.member("grace")
    unread, may_be_reread = grace.value(app), grace.value(app)
    story.read(app, may_be_reread)
    story.run(end)
    for value in (unread, may_be_reread):
        assert not story.is_readable(app, value)
    assert owner_reads in why(story, ada, app)


def test_a_person_who_was_disabled_and_is_back_can_be_read(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    for disabled_at, works in ((1, False), (None, True)):
        story.run("UPDATE users SET disabled_at = ? WHERE id = ?", disabled_at, ada.user_id)
        assert story.is_readable(app, value) is works


def test_a_disabled_app_reads_nothing_and_uses_nothing_up(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    story.ask(all_apps.disable, app.client_id)
    with pytest.raises(InvalidClient):
        story.read(app, value)
    assert why(story, ada, app) == "The app is disabled."
    story.ask(all_apps.disable, app.client_id, disabled=False)
    assert story.is_readable(app, value)


def test_a_value_is_bound_to_its_app_and_stays_unused_when_another_tries(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    other = story.app(ada, "Prose")
    assert not story.is_readable(other, value)
    assert "another app" in why(story, ada, other)
    assert story.is_readable(app, value)


@pytest.mark.parametrize(
    "changed", [{"client_id": "1"}, {"client_id": ""}, {"client_secret": "ok_wrong"}, {"client_secret": ""}]
)
def test_wrong_credentials_use_nothing_up(story: Story, ada: Member, app: App, changed: dict[str, str]) -> None:
    value = ada.value(app)
    with pytest.raises(InvalidClient) as refused:
        story.read(app, value, **changed)
    assert refused.value.description == "The client id or the client secret is wrong."
    assert story.is_readable(app, value)


def test_a_public_app_is_refused_even_if_it_once_had_a_secret(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    story.run("UPDATE clients SET is_public = ? WHERE id = ?", True, app.client_id)
    with pytest.raises(InvalidClient):
        story.read(app, value)
    assert "without a secret" in why(story, ada, app)


def test_every_secret_that_works_will_do_and_a_retired_one_will_not(story: Story, ada: Member, app: App) -> None:
    fresh = ada.do(apps.new_secret, app.client_id, "New").secret.value
    value = ada.value(app)
    ada.do(apps.retire_secret, app.client_id, ada.open_app(app.client_id).secrets[0].id)
    with pytest.raises(InvalidClient):
        story.read(app, value)
    assert story.read(app, value, client_secret=fresh)["id"] == ada.user_id


@pytest.mark.parametrize("value", ["", "os_", "os_" + "A" * 54, "oc_" + "A" * 54, "\ud800", "\0", "x" * 100_000])
def test_what_is_no_value_is_unknown(story: Story, ada: Member, app: App, value: str) -> None:
    assert not story.is_readable(app, value)
    assert "unknown" in why(story, ada, app)


@pytest.mark.parametrize("flips", range(0, 57, 8))
def test_one_changed_character_makes_it_unknown(story: Story, ada: Member, app: App, flips: int) -> None:
    value = ada.value(app)
    changed = value[:flips] + ("A" if value[flips] != "A" else "B") + value[flips + 1 :]
    assert not story.is_readable(app, changed)
    assert story.is_readable(app, value)


def test_each_value_is_256_random_bits_and_never_the_same(story: Story, ada: Member, app: App) -> None:
    values = {ada.value(app) for _ in range(20)}
    assert len(values) == len({value[14:] for value in values}) == 20
    assert all(token_format.read(token_format.Kind.SIMPLE, value) for value in values)


def test_t048_of_parallel_readers_in_one_process_one_wins(story: Story, ada: Member, app: App) -> None:
    presented = SimpleFlowRequest(ada.value(app), app.client_id, app.secret)

    async def race() -> list[Any]:
        reads = [story.runner.write(SITE, simple_flow.take, presented) for _ in range(20)]
        return await asyncio.gather(*reads, return_exceptions=True)

    results = asyncio.run(race())
    assert sum(isinstance(result, dict) for result in results) == 1
    assert sum(isinstance(result, InvalidToken) for result in results) == 19


def test_a_crash_while_telling_leaves_the_value_unused(
    story: Story, ada: Member, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = ada.value(app)

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(simple_flow, "simple_user", crash)
        with pytest.raises(ZeroDivisionError):
            story.read(app, value)
    assert story.is_readable(app, value)


def test_every_refusal_looks_the_same_outside(story: Story, ada: Member, app: App) -> None:
    used, revoked, expired = ada.value(app), story.member("grace").value(app), ada.value(app)
    story.read(app, used)
    story.run("UPDATE users SET disabled_at = 1 WHERE username = 'grace'")
    others = story.app(ada, "Prose")
    foreign = ada.value(others)
    told: set[str] = set()
    for value in (used, revoked, foreign, "os_" + "A" * 54, "nonsense"):
        with pytest.raises(OAuthError) as refused:
            story.read(app, value)
        told.add(repr(refused.value.to_dict()))
    story.later(seconds=120)
    with pytest.raises(OAuthError) as refused:
        story.read(app, expired)
    assert told == {repr(refused.value.to_dict())}


def test_revoking_and_agreeing_again_gives_no_life_to_an_old_value(story: Story, ada: Member, app: App) -> None:
    old = ada.value(app)
    ada.do(connected_apps.revoke, app.client_id)
    ada.value(app)
    assert not story.is_readable(app, old)


def test_nothing_is_read_for_a_cookie(story: Story, ada: Member, app: App) -> None:
    def look(ctx: Context) -> Any:
        return simple_flow.look(ctx, SimpleFlowRequest("os_x", app.client_id, "ok_x"), reads_it=True)

    with pytest.raises(InvalidClient):
        ada.do(look)
