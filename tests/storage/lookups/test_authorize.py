"""The look-up of /oauth2/authorize answers what separate reads of app, session and consent answer, or nothing."""

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.sessions import sessions
from oauth2system.storage.lookups.authorize import AuthorizeLookup
from oauth2system.storage.tables import clients, consents
from tests.storage.lookups.states import PEOPLE_AND_APPS, World, sql, world
from tests.support.in_process.oauth_apps import House

SESSIONS = (
    sql("UPDATE sessions SET ended_at = 1 WHERE user_id = '{ada}'"),
    sql("UPDATE sessions SET expires_at = {now}"),
    sql("UPDATE sessions SET expires_at = {now} + 1"),
    sql("UPDATE sessions SET user_id = '{bob}' WHERE user_id = '{ada}'"),
    sql("UPDATE sessions SET generation = generation + 1 WHERE user_id = '{ada}'"),
    sql("DELETE FROM sessions"),
    sql("UPDATE users SET is_admin = TRUE, display_name = 'Countess'"),
    sql(
        "INSERT INTO consents (user_id, client_id, scopes, declined, granted_at)"
        " SELECT '{bob}', id, 'email', '', 1 FROM clients WHERE id = '{app}'"
    ),
)


def cookies(asked: World) -> dict[str, str | None]:
    """Return the cookies that a browser may send."""
    ada, bob = (who.cookie.partition("=")[2] for who in (asked.house.ada, asked.bob))
    guessed = ada[:-1] + ("A" if ada[-1] != "A" else "Q")
    return {
        "ada's": ada,
        "bob's": bob,
        "guessed": guessed,
        "malformed": "nobody's",
        "a secret": asked.app.secret,
        "no": None,
    }


def read_separately(ctx: Context, client_id: str) -> AuthorizeLookup:
    client = clients.find(ctx.db, client_id)
    if client is None:
        return AuthorizeLookup()
    session = ctx.session
    if session is None:
        return AuthorizeLookup(client)
    return AuthorizeLookup(client, session, consents.find(ctx.db, session.user_id, client_id))


@pytest.fixture
def asked(house: House) -> World:
    made = world(house)
    house.code(made.app)
    return made


@pytest.mark.timeout(300)
def test_the_lookup_answers_what_separate_reads_answer(asked: World) -> None:
    runner, signed_in = asked.house.runner, 0
    for state in asked.states((*PEOPLE_AND_APPS, *SESSIONS)):
        with asked.changed(*state) as changed:
            for whose, cookie in cookies(asked).items():
                ctx = runner.context(changed.db, Caller(cookie=cookie))
                for client_id in (asked.app.id, asked.other.id, "1", ""):
                    found = sessions.read_client_and_consent(ctx, client_id)
                    assert found == read_separately(ctx, client_id), (state, whose)
                    signed_in += found.session is not None
    assert signed_in > 10
