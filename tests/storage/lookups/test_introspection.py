"""The look-up of /oauth2/introspect answers what the full check answers, or nothing."""

# pyright: reportPrivateUsage=false
# Both ways to the answer are the subject here.

import pytest

from oauth2system.protocol.params import Params
from oauth2system.services.tokens import introspection
from oauth2system.services.tokens.introspection import IntrospectionRequest
from tests.storage.lookups.states import (
    ACCESS_TOKENS,
    PEOPLE_AND_APPS,
    RESOURCE,
    SECRETS,
    World,
    outcome,
    world,
)
from tests.support.in_process.oauth_apps import App, House, basic


def requests(asked: World, tokens: dict[str, str], other: str) -> dict[str, IntrospectionRequest]:
    """Return the ways in which an app may ask."""
    app, token = asked.app, tokens["access_token"]
    right, theirs = basic(app.id, app.secret or "")["authorization"], asked.other.secret or ""

    def ask(authorization: str | None = right, **fields: str | list[str]) -> IntrospectionRequest:
        return IntrospectionRequest(authorization, Params.from_json({"token": token, **fields}))

    return {
        "as it should be": ask(),
        "about a refresh token": ask(token=tokens["refresh_token"]),
        "about another app's token": ask(token=other),
        "about a guessed token": ask(token=spoilt(token)),
        "about no token": ask(token=""),
        "about two tokens": ask(token=[token, other]),
        "with some parameter twice": ask(again=["1", "2"]),
        "with a wrong hint": ask(token_type_hint="refresh_token"),
        "with a guessed secret": ask(basic(app.id, spoilt(app.secret or ""))["authorization"]),
        "with another app's secret": ask(basic(app.id, theirs)["authorization"]),
        "as another app": ask(basic(asked.other.id, theirs)["authorization"]),
        "as another app in the body": ask(client_id=asked.other.id),
        "with the secret in the body": ask(None, client_id=app.id, client_secret=app.secret or ""),
        "with the secret twice": ask(client_secret=app.secret or ""),
        "without a secret": ask(None, client_id=app.id),
        "as no app": ask("Basic !"),
    }


def spoilt(value: str) -> str:
    return value[:-1] + ("A" if value[-1] != "A" else "Q")


@pytest.fixture
def asked(house: House) -> World:
    return world(house, resources=(RESOURCE,))


def machine_token(house: House, app: App) -> str:
    return house.token(app, grant_type="client_credentials").json()["access_token"]


@pytest.mark.timeout(300)
def test_the_lookup_answers_what_the_full_check_answers_or_nothing(asked: World) -> None:
    other = asked.house.tokens(asked.other)["access_token"]
    of_person = asked.house.tokens(asked.app)
    of_app = {**of_person, "access_token": machine_token(asked.house, asked.app)}
    answered: list[object] = []
    for state in asked.states((*PEOPLE_AND_APPS, *SECRETS, *ACCESS_TOKENS)):
        with asked.changed(*state) as ctx:
            for whose, tokens in (("person", of_person), ("app", of_app)):
                for how, request in requests(asked, tokens, other).items():
                    fast = introspection._from_lookup(ctx, request)
                    if fast is not None:
                        full = outcome(lambda request=request: introspection._full_check(ctx, request))
                        assert fast == full, (state, whose, how)
                        answered.append((state, whose, how))
    assert {((), "person", "as it should be"), ((), "app", "as it should be")} <= set(answered)
    assert len(answered) > 10


@pytest.mark.parametrize("scope", ["openid", "email", "openid email offline_access"])
def test_a_plain_app_is_answered_by_the_lookup_alone(asked: World, scope: str) -> None:
    tokens = {"refresh_token": "", **asked.house.tokens(asked.app, scope=scope)}
    with asked.changed() as ctx:
        request = requests(asked, tokens, tokens["access_token"])["as it should be"]
        fast = introspection._from_lookup(ctx, request)
        assert fast is not None
        assert (fast["active"], fast["scope"]) == (True, scope)
