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
from oauth2system.services.authorization import answers, flow_view
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.clients import publishers
from oauth2system.services.clients.publishers import Publisher
from oauth2system.services.clients.subjects import subject_of
from oauth2system.services.pictures import addresses
from oauth2system.storage.tables import consents, users
from oauth2system.storage.tables.consents import Answered
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class RequestedScope:
    """One scope on the consent page: what it means, and the values that the app would get.

    An `optional` one has a box, which is ticked at first or not.
    """

    scope: str
    words: Message
    values: tuple[tuple[Message, str], ...]
    known: bool
    optional: bool = False
    ticked: bool = True


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What the consent page shows: the app, the scopes, the account, and where the browser goes next."""

    flow: str
    client_id: str
    app_name: str
    description: str
    publisher: Publisher
    destination: str
    account: str
    username: str
    display_name: str
    email: str
    asked: tuple[RequestedScope, ...]
    picture: str = ""
    logo: str = ""
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    asks_all: bool = False

    @property
    def is_loopback(self) -> bool:
        """Return whether the browser goes to a program on the person's own machine."""
        return is_loopback(self.destination)

    @property
    def asks_again(self) -> bool:
        """Return whether the person answered for all of it before."""
        return bool(self.asked) and all(asked.known or not asked.ticked for asked in self.asked)

    @property
    def new(self) -> tuple[RequestedScope, ...]:
        """Return what the question is about: what is not allowed yet, or everything where all of it is asked again."""
        return self.asked if self.asks_all else tuple(asked for asked in self.asked if not asked.known)

    @property
    def known(self) -> tuple[RequestedScope, ...]:
        """Return what the app has already and is not asked about."""
        return tuple(asked for asked in self.asked if asked not in self.new)


def ask(ctx: Context, request: FlowView) -> ConsentView:
    """Return an open request as the consent page shows it to the signed-in person."""
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    pending, client = request.pending, request.client
    if pending is None or client is None:
        raise NotFound(flow_view.explain_stage(request.stage))
    asked, answered = pending.flow.request, consents.find(ctx.db, user.id, client.id)
    again = "consent" in asked.prompt
    return put(ctx, client, user, AppQuestion(asked.needed, asked.target.redirect_uri, pending.handle, again), answered)


@dataclass(frozen=True, slots=True)
class AppQuestion:
    """What an app asks: for which scopes, where the answer goes, in which flow, and whether for everything `again`."""

    needed: frozenset[str]
    redirect_uri: str
    flow: str = ""
    again: bool = False


def put(ctx: Context, client: Client, user: User, question: AppQuestion, answered: Answered) -> ConsentView:
    """Return a question as the consent page puts it to this person, who may have answered this app before."""
    needed = question.needed
    asks_all = question.again or not needed - answers.settle(client, needed, answered)
    wanted = needed if asks_all else needed - answers.list_left_out(client, needed, answered)
    return ConsentView(
        flow=question.flow,
        client_id=client.id,
        app_name=client.name,
        description=client.description,
        publisher=publishers.find(ctx, client, question.redirect_uri),
        destination=origin_of(question.redirect_uri),
        account=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        asked=describe_scopes(ctx, client, user, wanted, answered),
        asks_all=asks_all,
        picture=addresses.avatar(user.avatar),
        logo=addresses.logo(client.logo),
        client_uri=client.client_uri,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
    )


def describe_scopes(
    ctx: Context, client: Client, user: User, wanted: frozenset[str], answered: Answered
) -> tuple[RequestedScope, ...]:
    """Return each scope in words, with the very values that this app would get of this person."""
    seen = replace(user, id=subject_of(ctx, user.id, client))
    optional = scopes.list_optional(wanted, client.optional_scopes)
    return tuple(
        RequestedScope(
            scope.name,
            scope.words,
            _list_values(scope, seen),
            known=scope.name in answered.allowed,
            optional=scope.name in optional,
            ticked=scope.name not in optional & answered.declined,
        )
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
        "locale": (N_("Language"), user.language or N_("none chosen")),
        "sub": (N_("User id"), user.id),
        "email": (N_("Email"), user.email),
    }
    if scope.name == scopes.OFFLINE:
        return ((N_("Access"), N_("also while you are away")),)
    values = [labels[claim] for claim in scope.claims if claim in labels]
    return (*values, (N_("User id"), user.id)) if scope.name == "identify" else tuple(values)
