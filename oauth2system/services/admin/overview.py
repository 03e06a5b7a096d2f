"""What the page of administrators shows first: the newest accounts and apps."""

from dataclasses import dataclass

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.admin import apps, people
from oauth2system.services.apps.views import ListedApp
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class Newest:
    """The first page of accounts, and that of apps."""

    people: tuple[User, ...]
    apps: list[ListedApp]


@transacts
def newest(ctx: Context, apps_on_a_page: int) -> Newest:
    """Return the newest accounts and apps; raises NotPermitted or NotFound for everyone but administrators."""
    return Newest(people.list_users(ctx), apps.everyone(ctx, limit=apps_on_a_page))
