"""Test people: throw-away accounts of one app, which only its playground can use (decision 0039).

They have no password and no address that a mail could reach, no name that finds them, and no session outside the
playground. They are counted nowhere, and go after a week.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.ids import USER
from oauth2system.policy import budgets, names, quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.pictures import store
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import User


class TestKind(StrEnum):
    """What is special about a test person; the second part of their username says it."""

    __test__ = False

    NO_PICTURE = "nopicture"
    LONG_NAME = "longname"
    SCRIPT = "script"
    UNCONFIRMED = "unconfirmed"
    DENIES = "denies"


KINDS: Mapping[TestKind, Message] = MappingProxyType(
    {
        TestKind.NO_PICTURE: N_("Without a picture"),
        TestKind.LONG_NAME: N_("With a very long name"),
        TestKind.SCRIPT: N_("With a name in another script"),
        TestKind.UNCONFIRMED: N_("Email address not confirmed"),
        TestKind.DENIES: N_("Denies everything"),
    }
)
_NAMES: Mapping[TestKind, str] = MappingProxyType(
    {
        TestKind.LONG_NAME: "Maria Magdalena Featherstonehaugh-Wolkenstein von Altenburg-Hall",
        TestKind.SCRIPT: "山田 花子",
    }
)


@dataclass(frozen=True, slots=True)
class TestPerson:
    """A test person on the page of their app."""

    __test__ = False

    id: str
    name: str
    username: str
    kind: TestKind


@transacts
def add(ctx: Context, client_id: str, kind: str) -> tuple[TestPerson, ...]:
    """Make a test person of an own app; returns all of them. Raises NotFound and NotPermitted."""
    client = get_own(ctx, client_id, to_change=True).client
    if kind not in set(TestKind):
        raise NotFound(N_("There is no such test person."))
    if len(users.list_test_people(ctx.db, client_id)) >= quotas.TEST_PEOPLE_OF_AN_APP:
        raise NotPermitted(N_("An app can have at most ten test people. Remove one first."))
    rate_limits.spend(ctx, budgets.PLAYGROUND, str(client.owner_id))
    user = _make(ctx, client_id, TestKind(kind))
    while not users.add(ctx.db, user):
        user = _make(ctx, client_id, TestKind(kind))
    audit.record(ctx, "test_person.added", user_id=user.id, client_id=client_id, kind=kind)
    return list_of(ctx, client)


@transacts
def remove(ctx: Context, client_id: str, person_id: str) -> tuple[TestPerson, ...]:
    """Delete a test person of an own app with all that belongs to them; returns those who are left."""
    client = get_own(ctx, client_id, to_change=True).client
    get(ctx, client, person_id)
    users.delete(ctx.db, person_id)
    audit.record(ctx, "test_person.removed", user_id=person_id, client_id=client_id)
    return list_of(ctx, client)


def get(ctx: Context, client: Client, person_id: str) -> User:
    """Return a test person of this app; raises NotFound for anybody else (T120)."""
    user = users.find(ctx.db, person_id)
    if user is None or user.test_of != client.id:
        raise NotFound(N_("There is no such test person."))
    return user


def list_of(ctx: Context, client: Client) -> tuple[TestPerson, ...]:
    """List the test people of an app that was found to be the actor's own."""
    found = users.list_test_people(ctx.db, client.id)
    return tuple(TestPerson(one.id, one.display_name, one.username, kind_of(one.username)) for one in found)


def kind_of(username: str) -> TestKind:
    """Return what is special about a test person, by their username."""
    return TestKind(username.split("-")[1])


def _make(ctx: Context, client_id: str, kind: TestKind) -> User:
    """Return a new test person. Nothing that somebody could type is their email key, and no mail can reach them."""
    user_id = str(ctx.new_id(USER))
    username = f"test-{kind}-{ctx.random(4).hex()}"
    return User(
        id=user_id,
        username=username,
        skeleton=names.skeleton(username),
        display_name=_NAMES.get(kind, "Test Person"),
        email=f"{username}@example.invalid",
        email_key=f"test {user_id}",
        email_confirmed_at=None if kind is TestKind.UNCONFIRMED else ctx.now,
        avatar=None if kind is TestKind.NO_PICTURE else store.drawn_name(ctx, user_id),
        created_at=ctx.now,
        updated_at=ctx.now,
        test_of=client_id,
    )
