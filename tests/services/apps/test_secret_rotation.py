"""A secret is replaced with evidence: who still uses the old one, from where, and since when it is silent."""

import pytest

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.services.apps import apps
from oauth2system.services.clients.secrets import SecretView
from tests.support.in_process.oauth_apps import basic
from tests.support.in_process.story import App, Member, Story


def seen(ada: Member, app: App) -> list[SecretView]:
    return list(ada.open_app(app.client_id).secrets)


@pytest.mark.parametrize(
    ("ip", "network"), [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48")]
)
def test_a_secret_in_a_query_string_is_noticed_with_the_network_it_came_from(
    story: Story, ada: Member, app: App, ip: str, network: str
) -> None:
    assert story.fetch(app, ada.value(app), ip=ip).status_code == 200
    (only,) = seen(ada, app)
    assert (only.last_network, only.last_method) == (network, "query")
    assert (only.uses_today, only.query_at) == (1, story.now)


def test_a_secret_that_came_in_a_header_was_in_no_query_string(story: Story, ada: Member, app: App) -> None:
    address = f"/api/user?oauth_token={ada.value(app)}"
    assert story.site("GET", address, headers=basic(app.client_id, app.secret)).status_code == 200
    (only,) = seen(ada, app)
    assert (only.last_method, only.query_at, only.uses_today) == ("client_secret_basic", None, 1)


def test_a_replaced_secret_is_silent_a_day_after_its_last_use(story: Story, ada: Member, app: App) -> None:
    (old,) = seen(ada, app)
    fresh = ada.do(apps.replace_secret, app.client_id, old.id).secret
    old, new = seen(ada, app)
    assert (old.replaced_by, old.silent, new.id, new.label) == (fresh.id, False, fresh.id, old.label)
    story.later(hours=23)
    story.fetch(app, ada.value(app))
    story.later(hours=23, minutes=59)
    assert not seen(ada, app)[0].silent
    story.later(minutes=1)
    old, new = seen(ada, app)
    assert (old.silent, old.may_retire, new.last_used_at) == (True, True, None)
    ada = story.again(ada.user_id)
    ada.do(apps.retire_secret, app.client_id, old.id)
    (new,) = seen(ada, app)
    assert (new.id, new.replaced_by) == (fresh.id, "")
    assert story.fetch(app, ada.value(app), client_secret=fresh.value).status_code == 200


def test_a_secret_is_never_retired_by_itself(story: Story, ada: Member, app: App) -> None:
    (old,) = seen(ada, app)
    ada.do(apps.replace_secret, app.client_id, old.id)
    story.later(days=5)
    assert story.fetch(app, ada.value(app)).status_code == 200


def test_a_successor_is_made_for_as_long_as_the_old_one_was(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.new_secret, app.client_id, "Staging", "90")
    story.later(minutes=5)
    old = seen(ada, app)[1]
    ada.do(apps.replace_secret, app.client_id, old.id)
    new = seen(ada, app)[2]
    assert new.expires_at is not None
    assert old.expires_at is not None
    assert new.expires_at - new.created_at == old.expires_at - old.created_at
    assert new.label == "Staging"


def test_a_secret_has_one_successor_at_a_time(ada: Member, app: App) -> None:
    (old,) = seen(ada, app)
    fresh = ada.do(apps.replace_secret, app.client_id, old.id).secret
    with pytest.raises(NotPermitted, match="already a new secret"):
        ada.do(apps.replace_secret, app.client_id, old.id)
    ada.do(apps.retire_secret, app.client_id, fresh.id)
    assert ada.do(apps.replace_secret, app.client_id, old.id).secret.id != fresh.id


@pytest.mark.parametrize("secret_id", ["", "x", "-1", "0", "1.5", "9" * 30, "\ud800"])
def test_t120_a_secret_of_nobody_is_not_replaced(ada: Member, app: App, secret_id: str) -> None:
    with pytest.raises(NotFound):
        ada.do(apps.replace_secret, app.client_id, secret_id)


def test_t120_a_secret_of_another_app_is_not_replaced(story: Story, ada: Member, app: App) -> None:
    (theirs,) = seen(ada, story.app(ada, "Prose"))
    with pytest.raises(NotFound):
        ada.do(apps.replace_secret, app.client_id, theirs.id)
