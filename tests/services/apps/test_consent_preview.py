"""The preview of the consent page: as on a first visit, for the app's owner alone, and without a trace."""

import pytest

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.services.apps import consent_preview
from tests.support.in_process.story import CALLBACK, App, Member, Story

LINK = "client_id={id}&scope={scope}"


def query(app: App, scope: str = "identify+email") -> str:
    return LINK.format(id=app.client_id, scope=scope)


def test_the_preview_asks_for_what_the_link_asks_for_with_the_owner_s_values(ada: Member, app: App) -> None:
    view = ada.do(consent_preview.show, app.client_id, query(app))
    assert [one.scope for one in view.asked] == ["identify", "email"]
    assert (view.app_name, view.username) == ("Poetry", "ada")
    assert [one.scope for one in ada.do(consent_preview.show, app.client_id, query(app, "identify")).asked] == [
        "identify"
    ]


def test_nobody_else_sees_a_preview_of_an_app(story: Story, app: App) -> None:
    with pytest.raises(NotFound):
        story.member("grace").do(consent_preview.show, app.client_id, query(app))


def test_an_owner_who_agreed_before_sees_the_page_of_a_first_visit(ada: Member, app: App) -> None:
    ada.value(app)
    view = ada.do(consent_preview.show, app.client_id, query(app))
    assert not view.asks_again
    assert [one.known for one in view.asked] == [False, False]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (f"&response_type=code&redirect_uri={CALLBACK}x", "redirect"),
        (f"&response_type=code&redirect_uri={CALLBACK}&code_challenge=short&code_challenge_method=S256", "challenge"),
        ("&scope=identify", "scope"),
    ],
)
def test_a_link_that_would_be_refused_gets_its_reason(ada: Member, app: App, more: str, reason: str) -> None:
    with pytest.raises(NotPermitted, match=f"(?i){reason}"):
        ada.do(consent_preview.show, app.client_id, query(app) + more)


def test_a_preview_leaves_nothing_that_could_be_answered(story: Story, ada: Member, app: App) -> None:
    view = ada.do(consent_preview.show, app.client_id, query(app))
    assert view.flow == ""
    shown = ada.open_app(app.client_id)
    assert (shown.refusals, shown.people) == ((), 0)
