"""What an app calls itself cannot break a page, hide who is behind it, or pass for us (T126)."""

import pytest

from oauth2system.errors import Invalid
from oauth2system.runtime.context import Context
from oauth2system.services.apps import apps
from oauth2system.services.authorization import consents, flow_view
from oauth2system.services.authorization.consents import ConsentView
from tests.support.in_process.browsers import query
from tests.support.in_process.story import Story

REFUSED = [
    "x" * 65,
    "x" * 100_000,
    "Poetry\u202egnp.exe",
    "Poe\u200btry",
    "Poe\u200dtry",
    "\ufeffPoetry",
    "Poetry\x1b[31m",
    "Poetry\x00",
    "Poe\u2066try",
    "\ud800",
    "\ue000",
    "a" + "\u0301" * 20,
    "\u3164" * 3,
    "\u2800\u2800",
    "\u00ad",
    "Oauth2System",
    "OAUTH2 System",
    "oauth2-system",
    "\uff2fauth2System",
    "0auth2System",
    "\u041eauth2System",
    "Oauth2\u0405ystem",
    "\u039f\u0391U\u03a4\u03972\u0405\u03a5S\u03a4\u0395\u039c",
    "\u00d6auth2System",
    "Oauth25ystem",
    "Oauth2Systern",
    "OAuth\u00b2System",
    "\u1d0f\u1d00\u1d1c\u1d1b\u029c2\ua731\u028f\ua731\u1d1b\u1d07\u1d0d",
    "Oauth2System Support",
    "Oauth2System - Login",
]


@pytest.mark.parametrize("name", REFUSED)
def test_t126_a_name_that_deceives_is_refused(story: Story, name: str) -> None:
    ada = story.member()
    client_id = ada.do(apps.create, "Poetry").client_id
    for act in (lambda: ada.do(apps.create, name), lambda: ada.do(apps.rename, client_id, name)):
        with pytest.raises(Invalid) as refused:
            act()
        assert list(refused.value.problems) == ["name"]
    assert [card.name for card in ada.do(apps.list_mine)] == ["Poetry"]


@pytest.mark.parametrize(
    "name", ["<img onerror=alert(1) src=x>", "Søren & Søn", "詩", "شعر", "'; DROP TABLE clients; --", "{{7*7}}", "📜"]
)
def test_t126_a_name_is_text_and_stays_text(story: Story, name: str) -> None:
    ada = story.member()
    assert ada.open_app(ada.do(apps.create, name).client_id).name == name


def test_t126_the_consent_page_names_the_person_behind_the_app(story: Story) -> None:
    app = story.app(story.member("mallory"), "Your Bank")
    grace = story.member("grace")
    flow = query(grace.authorize(app))["flow"]

    def look(ctx: Context) -> ConsentView:
        return consents.ask(ctx, flow_view.view(ctx, flow, grace.cookies.get("oauth2system_browser")))

    view = grace.do(look)
    assert (view.app_name, view.publisher.username, view.destination) == (
        "Your Bank",
        "mallory",
        "https://site.example",
    )


@pytest.mark.parametrize(
    "name",
    [
        "Harbour Library",
        "\u041f\u043e\u044d\u0437\u0438\u044f",
        "\u03a0\u03bf\u03af\u03b7\u03c3\u03b7",
        "Support",
        "My Oauth2System notes",
    ],
)
def test_t126_a_name_of_its_own_is_accepted(story: Story, name: str) -> None:
    ada = story.member()
    assert ada.open_app(ada.do(apps.create, name).client_id).name == name


def test_t126_a_command_gives_our_name_to_an_app_of_ours_alone(story: Story) -> None:
    story.member("ada")
    with pytest.raises(Invalid):
        story.client("ada", name="Oauth2System")


def test_t126_the_operator_may_name_an_app_of_ours_after_us(story: Story) -> None:
    ada = story.member()
    made = story.client("ada", name="Oauth2System", first_party=True)
    assert ada.open_app(made.client_id).name == "Oauth2System"
