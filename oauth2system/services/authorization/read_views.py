"""What apps read of a person, as that person sees it."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import quotas
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.clients.reads import ReadPlace
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import reads as read_rows
from oauth2system.storage.tables.reads import Read

# What each member of an answer says about the person; several say the same.
_WORDS = {
    "id": N_("User id"),
    "sub": N_("User id"),
    "username": N_("Username"),
    "user_name": N_("Username"),
    "preferred_username": N_("Username"),
    "display_name": N_("Display name"),
    "name": N_("Display name"),
    "avatar": N_("Avatar"),
    "picture": N_("Avatar"),
    "email": N_("Email"),
    "email_verified": N_("Email"),
    "locale": N_("Language"),
    "updated_at": N_("When your profile changed"),
}
_OTHER = N_("Something else")


@dataclass(frozen=True, slots=True)
class ReadView:
    """Equal reads within one hour; one that was refused has no fields.

    `network` is the first address of the network of the app's server, empty where it is not known.
    """

    fields: tuple[Message, ...]
    endpoint: str
    network: str
    times: int
    first_at: datetime
    last_at: datetime

    @property
    def is_refused(self) -> bool:
        """Return whether the app got nothing."""
        return not self.fields

    @property
    def is_sign_in(self) -> bool:
        """Return whether the app got it with the ID token of a sign-in."""
        return self.endpoint == ReadPlace.ID_TOKEN

    @property
    def is_check(self) -> bool:
        """Return whether the app got it when it checked a token."""
        return self.endpoint == ReadPlace.INTROSPECT


@dataclass(frozen=True, slots=True)
class ReadsPage:
    """Some of the reads of one app, newest first, and whether there are older ones."""

    reads: tuple[ReadView, ...]
    has_more: bool


def list_newest(ctx: Context, user_id: str, client_id: str, most: int) -> tuple[tuple[ReadView, ...], bool]:
    """Return the newest reads of an app, and whether there are older ones."""
    found = read_rows.list_of_app(ctx.db, user_id, client_id, most + 1)
    return tuple(map(make_view, found[:most])), len(found) > most


@reads
def list_page(ctx: Context, client_id: str, page: int) -> ReadsPage:
    """Return one page of what an app read of the actor, from 0 on; raises NotPermitted without an actor."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in to see your connections."))
    most = quotas.READS_ON_A_PAGE
    offset = min(max(page, 0), quotas.READS_OF_AN_APP) * most
    found = read_rows.list_of_app(ctx.db, ctx.session.user_id, client_id, most + 1, offset)
    return ReadsPage(tuple(map(make_view, found[:most])), len(found) > most)


def make_view(row: Read) -> ReadView:
    """Return a row in words."""
    named = (_WORDS.get(name, _OTHER) for name in row.fields.split())
    return ReadView(
        tuple(dict.fromkeys(named)),
        row.endpoint,
        row.network,
        row.times,
        from_ms(row.first_ms),
        from_ms(row.last_ms),
    )
