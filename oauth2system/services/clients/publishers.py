"""Who stands behind an app, as a person reads it before they decide: facts of this server, and what it has checked."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.clients.redirect_uris import domain_of
from oauth2system.runtime.context import Context
from oauth2system.storage.lookups import publishers


@dataclass(frozen=True, slots=True)
class Publisher:
    """An app's owner, its age in this server, roughly how many people use it, and its domain.

    `more_than` is a round number below the true one, 0 for a few. `domain` is where the answer goes, empty for a
    program on a device; `is_proved` is whether its owner has shown that they control it.
    """

    name: str
    username: str
    is_admin: bool
    registered_at: datetime
    more_than: int
    domain: str
    is_proved: bool
    is_new: bool
    is_of_today: bool = True


def find(ctx: Context, client: Client, uri: str) -> Publisher:
    """Return who stands behind an app whose answer goes to this address."""
    domain = domain_of(uri) or ""
    since = ctx.now - lifetimes.DOMAIN_PROOF
    found = publishers.find(ctx.db, client.id, domain, since, quotas.PEOPLE_ROUNDED[0] + 1)
    if found is None:
        return Publisher("", "", is_admin=False, registered_at=ctx.now, more_than=0, domain=domain, is_proved=False,
                         is_new=True)  # fmt: skip
    return Publisher(
        found.name,
        found.username,
        found.is_admin,
        found.registered_at,
        round_people(found.people),
        domain,
        is_proved=found.is_proved and bool(domain),
        is_new=ctx.now - found.registered_at < lifetimes.NEW_APP,
        is_of_today=found.registered_at.date() == ctx.now.date(),
    )


def round_people(count: int) -> int:
    """Return the largest of our round numbers that a count exceeds: an exact one would say when somebody joins."""
    return next((number for number in quotas.PEOPLE_ROUNDED if count > number), 0)
