"""What people see of an app: its card, its page, its line in a list; never a secret."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.runtime.app_log import RefusalView
from oauth2system.services.clients.secrets import SecretView


@dataclass(frozen=True, slots=True)
class AppCard:
    """An app in a list."""

    client_id: str
    name: str
    description: str
    people: int
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class App:
    """Everything its owner sees of an app, but never a secret."""

    client_id: str
    name: str
    description: str
    is_public: bool
    takes_secret: bool
    first_party: bool
    disabled: bool
    redirect_uris: tuple[str, ...]
    simple_flow: bool
    simple_redirect_uri: str | None
    reread_seconds: int
    secrets: tuple[SecretView, ...]
    people: int
    created_at: datetime
    refusals: tuple[RefusalView, ...]
    # Addresses that requests brought and that could be registered.
    offered_uris: tuple[str, ...]
    scopes: frozenset[str]
    # Whether a link alone can begin a sign-in; some apps must push or sign their requests.
    takes_links: bool
    require_pkce: bool


@dataclass(frozen=True, slots=True)
class ListedApp:
    """An app as an administrator sees it in the list of all apps."""

    client_id: str
    name: str
    owner: str
    people: int
    disabled: bool
    created_at: datetime
