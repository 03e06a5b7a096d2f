"""The look-up of /oauth2/userinfo answers what the full check answers, or nothing."""

# pyright: reportPrivateUsage=false
# Both ways to the answer are the subject here.

import pytest

from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.access import Bearer
from oauth2system.protocol.tokens.format import Kind
from oauth2system.services.tokens import userinfo
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.userinfo import PresentedToken
from tests.storage.lookups.states import ACCESS_TOKENS, PEOPLE_AND_APPS, RESOURCE, World, outcome, world
from tests.support.in_process.oauth_apps import House

NO_PROOF = Sent((), "GET", "/oauth2/userinfo")


def presentations(token: str, other: str) -> dict[str, PresentedToken]:
    """Return the ways in which a token may be sent."""
    key = token_format.read(Kind.ACCESS, token)
    assert key is not None
    bearer = Bearer("bearer", token)
    return {
        "as it should be": PresentedToken(bearer, key, NO_PROOF),
        "of another app": PresentedToken(bearer, token_format.read(Kind.ACCESS, other), NO_PROOF),
        "with a guessed end": PresentedToken(bearer, (key[0], bytes(32)), NO_PROOF),
        "with an unknown id": PresentedToken(bearer, (1, key[1]), NO_PROOF),
        "in no shape of ours": PresentedToken(bearer, None, NO_PROOF),
        "with a proof": PresentedToken(Bearer("dpop", token), key, Sent(("not a proof",), "GET", "/oauth2/userinfo")),
        "by the other scheme": PresentedToken(Bearer("dpop", token), key, NO_PROOF),
    }


@pytest.fixture
def asked(house: House) -> World:
    return world(house, resources=(RESOURCE,))


@pytest.mark.timeout(300)
def test_the_lookup_answers_what_the_full_check_answers_or_nothing(asked: World) -> None:
    token, other = (asked.house.tokens(app)["access_token"] for app in (asked.app, asked.other))
    answered: list[object] = []
    for state in asked.states((*PEOPLE_AND_APPS, *ACCESS_TOKENS)):
        with asked.changed(*state) as ctx:
            for how, presented in presentations(token, other).items():
                fast = userinfo._from_lookup(ctx, presented)
                if fast is not None:
                    full = outcome(lambda presented=presented: userinfo._full_check(ctx, presented))
                    assert fast == full, (state, how)
                    answered.append((state, how))
    assert ((), "as it should be") in answered
    assert len(answered) > 10


@pytest.mark.parametrize("claims", [None, '{"userinfo": {"email": null}}'])
def test_a_plain_app_is_answered_by_the_lookup_alone(asked: World, claims: str | None) -> None:
    token = asked.house.tokens(asked.app, claims=claims)["access_token"]
    presented = presentations(token, token)["as it should be"]
    with asked.changed() as ctx:
        assert (userinfo._from_lookup(ctx, presented) is not None) is (claims is None)
