"""What the page of administrators shows: people and apps with their numbers, and what is still to be set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oauth2system.policy import names, quotas
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.admin import apps, people
from oauth2system.services.apps.views import ListedApp
from oauth2system.services.pictures import addresses
from oauth2system.storage.tables import clients, users
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """An account in the list. `holder` has the address that this account asked for and never confirmed."""

    username: str
    display_name: str
    email: str
    email_confirmed: bool
    is_admin: bool
    disabled: bool
    created_at: datetime
    holder: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """A page of accounts, and how many were found in all."""

    rows: tuple[ListedPerson, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Apps:
    """A page of apps, and how many were found in all."""

    rows: tuple[ListedApp, ...]
    total: int


class SetupStep(StrEnum):
    """What a new server still lacks."""

    MAIL = "mail"
    ADDRESS = "address"
    FIRST_APP = "first app"


@dataclass(frozen=True, slots=True)
class Newest:
    """The first page of accounts, that of apps, and the next steps."""

    people: People
    apps: Apps
    steps: tuple[SetupStep, ...]


@transacts
def list_newest(ctx: Context) -> Newest:
    """Return the newest accounts and apps; raises NotPermitted or NotFound for everyone but administrators."""
    found, made = find_people(ctx), find_apps(ctx)
    return Newest(found, made, _next_steps(ctx, made.total))


@reads
def find_people(ctx: Context, search: str = "", page: int = 0) -> People:
    """List accounts by a part of a name or an address, newest first; raises NotPermitted."""
    found = people.list_users(ctx, search, page)
    return People(list_all(ctx, found), users.count_found(ctx.db, search[:100]))


@reads
def find_apps(ctx: Context, search: str = "", page: int = 0) -> Apps:
    """List apps by a part of their name, newest first; raises NotFound for everyone but administrators."""
    found = apps.list_all(ctx, search, max(0, page) * quotas.APPS_ON_A_PAGE, quotas.APPS_ON_A_PAGE)
    return Apps(tuple(found), clients.count_found(ctx.db, search.strip()))


def list_all(ctx: Context, found: Sequence[User]) -> tuple[ListedPerson, ...]:
    """Return accounts as the list shows them, without what it does not show."""
    wanted = [names.confirmed_key(one.email_key) for one in found if _only_asked(one)]
    holders = users.usernames_by_email(ctx.db, wanted)
    return tuple(
        ListedPerson(
            username=one.username,
            display_name=one.display_name,
            email=one.email,
            email_confirmed=one.email_confirmed,
            is_admin=one.is_admin,
            disabled=one.disabled,
            created_at=one.created_at,
            holder=holders.get(names.confirmed_key(one.email_key), "") if _only_asked(one) else "",
            picture=addresses.avatar(one.avatar, 64),
        )
        for one in found
    )


def _only_asked(one: User) -> bool:
    """Return whether an account waits for an address that it does not hold."""
    return one.email_key != names.confirmed_key(one.email_key)


def _next_steps(ctx: Context, apps_there: int) -> tuple[SetupStep, ...]:
    """Return what is still to be done, as far as this server can know."""
    open_ones = {
        SetupStep.MAIL: ctx.settings.shows_mailbox,
        SetupStep.ADDRESS: ctx.settings.on_loopback,
        SetupStep.FIRST_APP: apps_there == 0,
    }
    return tuple(step for step, is_open in open_ones.items() if is_open)
