"""Consents: asked for with the person's own values. What was agreed to is in connected_apps.py."""

from dataclasses import dataclass, replace

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.protocol import scopes
from oauth2system.protocol.authorization.response import origin_of
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.clients.redirect_uris import is_loopback
from oauth2system.protocol.scopes import Scope
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import flow_view
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.clients.subjects import subject_of
from oauth2system.services.pictures import addresses
from oauth2system.storage.tables import clients, consents, users
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class RequestedScope:
    """One scope on the consent page: what it means, and the values that the app would get."""

    scope: str
    words: Message
    values: tuple[tuple[Message, str], ...]
    known: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What the consent page shows: the app, the scopes, the account, and where the browser goes next."""

    flow: str
    client_id: str
    app_name: str
    description: str
    owner_name: str
    owner_username: str
    destination: str
    account: str
    username: str
    display_name: str
    email: str
    asked: tuple[RequestedScope, ...]
    picture: str = ""
    logo: str = ""
    policy_uri: str | None = None
    tos_uri: str | None = None

    @property
    def is_loopback(self) -> bool:
        """Return whether the browser goes to a program on the person's own machine."""
        return is_loopback(self.destination)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return every label with its value, each once."""
        return tuple(dict.fromkeys(pair for asked in self.asked for pair in asked.values))

    @property
    def asks_again(self) -> bool:
        """Return whether the person agreed to all of it before."""
        return bool(self.asked) and all(asked.known for asked in self.asked)


def ask(ctx: Context, request: FlowView) -> ConsentView:
    """Return an open request as the consent page shows it to the signed-in person."""
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    pending, client = request.pending, request.client
    if pending is None or client is None:
        raise NotFound(flow_view.explain_stage(request.stage))
    allowed = consents.find(ctx.db, user.id, client.id)
    wanted = describe_scopes(ctx, client, user, pending.flow.request.needed, allowed)
    owner = clients.owner_of(ctx.db, client.id) or ("", "")
    return ConsentView(
        flow=pending.handle,
        client_id=client.id,
        app_name=client.name,
        description=client.description,
        owner_name=owner[1],
        owner_username=owner[0],
        destination=origin_of(pending.flow.request.target.redirect_uri),
        account=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        asked=wanted,
        picture=addresses.avatar(user.avatar),
        logo=addresses.logo(client.logo),
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
    )


def describe_scopes(
    ctx: Context, client: Client, user: User, wanted: frozenset[str], allowed: frozenset[str]
) -> tuple[RequestedScope, ...]:
    """Return each scope in words, with the very values that this app would get of this person."""
    seen = replace(user, id=subject_of(ctx, user.id, client))
    return tuple(
        RequestedScope(scope.name, scope.words, _list_values(scope, seen), scope.name in allowed)
        for scope in scopes.list_in_order(wanted)
    )


def _list_values(scope: Scope, user: User) -> tuple[tuple[Message, str], ...]:
    """Return (label, value) for everything that this scope gives the app."""
    labels = {
        "username": (N_("Username"), user.username),
        "preferred_username": (N_("Username"), user.username),
        "display_name": (N_("Display name"), user.display_name),
        "name": (N_("Display name"), user.display_name),
        "avatar": (N_("Avatar"), addresses.avatar(user.avatar) or N_("none yet")),
        "picture": (N_("Avatar"), addresses.avatar(user.avatar) or N_("none yet")),
        "sub": (N_("User id"), user.id),
        "email": (N_("Email"), user.email),
    }
    if scope.name == scopes.OFFLINE:
        return ((N_("Access"), N_("also while you are away")),)
    values = [labels[claim] for claim in scope.claims if claim in labels]
    return (*values, (N_("User id"), user.id)) if scope.name == "identify" else tuple(values)
