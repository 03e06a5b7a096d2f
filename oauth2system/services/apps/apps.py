"""What a developer does with an app: create, describe, point home, and delete.

Every verb finds the app through `own`, so somebody else's app is the same as none (T118, T120).
"""

from dataclasses import replace
from datetime import datetime

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.ids import CLIENT
from oauth2system.policy import lifetimes, names, quotas
from oauth2system.protocol.clients.client import AuthMethod, Client
from oauth2system.protocol.clients.consistency import move_problem
from oauth2system.protocol.clients.redirect_uris import check_redirect_uri
from oauth2system.runtime import app_log, audit
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.apps.views import AppCard, AppView
from oauth2system.services.clients import records, secrets
from oauth2system.services.clients.records import NewApp
from oauth2system.services.clients.secrets import NewSecret
from oauth2system.storage.tables import clients, consents, users
from oauth2system.storage.tables.clients import Registered


@transacts
def mine(ctx: Context) -> list[AppCard]:
    """List the actor's apps."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in to see your apps."))
    return [_card(ctx, one.client, one.created_at) for one in clients.owned_by(ctx.db, ctx.session.user_id)]


def _card(ctx: Context, app: Client, created_at: datetime) -> AppCard:
    people = consents.people(ctx.db, app.id)
    return AppCard(app.id, app.name, app.description, people, app.disabled, created_at)


@transacts
def create(ctx: Context, name: str, *, public: bool = False) -> NewApp:
    """Make an app: confidential with its first secret and the simple flow, or public with neither."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in to create an app."))
    if not ctx.session.email_confirmed:
        raise NotPermitted(N_("Confirm your email first; then you can create apps."))
    if clients.count_owned(ctx.db, ctx.session.user_id) >= quotas.APPS_OF_A_PERSON:
        raise NotPermitted(N_("You have as many apps as one person can have here."))
    name = names.read_own_app_name(name)
    method: AuthMethod = "none" if public else "client_secret_basic"
    return records.add(
        ctx,
        Client(
            id=str(ctx.new_id(CLIENT)),
            name=name,
            owner_id=ctx.session.user_id,
            is_public=public,
            token_endpoint_auth_method=method,
            simple_flow=not public,
        ),
    )


@transacts
def create_for(ctx: Context, owner: str, client: Client) -> NewApp:
    """Make an app for somebody, by an operator's command; `client` says what is asked for."""
    if not ctx.system:
        raise NotPermitted(N_("Only the operator can do this."))
    user = users.find_by_username(ctx.db, names.canonical(owner))
    if user is None:
        raise NotFound(N_("There is no user of that name."))
    for uri in client.redirect_uris:
        _check_uri(ctx, uri)
    return records.add(ctx, replace(client, id=str(ctx.new_id(CLIENT)), owner_id=user.id))


@transacts
def view(ctx: Context, client_id: str) -> AppView:
    """Show an app to its owner."""
    registered = _own(ctx, client_id)
    app = registered.client
    ctx.server.last_used.write(ctx.db)  # what happened a moment ago shows
    app_log.write(ctx)
    return AppView(
        client_id=app.id,
        name=app.name,
        description=app.description,
        is_public=app.is_public,
        takes_secret=app.takes_secret,
        first_party=app.first_party,
        disabled=app.disabled,
        redirect_uris=app.redirect_uris,
        simple_flow=app.simple_flow,
        simple_redirect_uri=app.simple_redirect_uri,
        reread_seconds=app.reread_seconds,
        secrets=secrets.views(ctx, app.id),
        people=consents.people(ctx.db, app.id),
        created_at=registered.created_at,
        refusals=app_log.views(ctx, app.id),
    )


@transacts
def rename(ctx: Context, client_id: str, name: str) -> None:
    """Change the name that visitors see."""
    app = own(ctx, client_id, to_change=True)
    records.change(ctx, replace(app, name=names.read_own_app_name(name)), "name")


@transacts
def describe(ctx: Context, client_id: str, description: str) -> None:
    """Change the sentence that visitors see under the name."""
    app = own(ctx, client_id, to_change=True)
    text = " ".join(description.split())
    if len(text) > quotas.APP_DESCRIPTION_LONGEST:
        raise Invalid(description=N_("Write at most 300 characters."))
    if text and (problem := names.label_problem(text, quotas.APP_DESCRIPTION_LONGEST)):
        raise Invalid(description=problem)
    records.change(ctx, replace(app, description=text), "description")


@transacts
def redirect_problem(ctx: Context, uri: str) -> Message | None:
    """Say what is wrong with a redirect URI while it is typed, or None."""
    problem = check_redirect_uri(uri.strip(), allow_http=ctx.settings.allow_http_redirects)
    return None if problem is None else problem.sentence


@transacts
def add_redirect_uri(ctx: Context, client_id: str, uri: str) -> None:
    """Register one more address; the first one also serves the simple flow."""
    app = own(ctx, client_id, to_change=True)
    uri = uri.strip()
    _check_uri(ctx, uri)
    if uri in app.redirect_uris:
        raise Invalid(redirect_uri=N_("This address is registered already."))
    if len(app.redirect_uris) >= quotas.REDIRECT_URIS_OF_AN_APP:
        raise Invalid(redirect_uri=N_("An app can have at most 20 addresses."))
    _move(ctx, app, (*app.redirect_uris, uri), app.simple_redirect_uri or uri)


@transacts
def remove_redirect_uri(ctx: Context, client_id: str, uri: str) -> None:
    """Take an address away; a single one that is left serves the simple flow."""
    app = own(ctx, client_id, to_change=True)
    left = tuple(known for known in app.redirect_uris if known != uri)
    simple = app.simple_redirect_uri
    if simple not in left:
        simple = left[0] if len(left) == 1 else None
    _move(ctx, app, left, simple)


def _move(ctx: Context, app: Client, uris: tuple[str, ...], simple: str | None) -> None:
    """Give an app these addresses, unless something else of it hangs on those it had (OIDC Core §8.1)."""
    if problem := move_problem(app, uris):
        raise Invalid(redirect_uri=problem.sentence)
    records.change(ctx, replace(app, redirect_uris=uris, simple_redirect_uri=simple), "redirect_uris")


@transacts
def switch_simple_flow(ctx: Context, client_id: str, on: bool) -> None:  # noqa: FBT001
    """Switch the simple flow; it is only for apps that show a secret (decision 0017)."""
    app = own(ctx, client_id, to_change=True)
    if on and not app.takes_secret:
        raise NotPermitted(N_("The simple flow needs a client secret; this app proves itself without one."))
    records.change(ctx, replace(app, simple_flow=on), "simple_flow")


@transacts
def choose_simple_redirect(ctx: Context, client_id: str, uri: str) -> None:
    """Mark the address that the simple flow returns to."""
    app = own(ctx, client_id, to_change=True)
    if uri not in app.redirect_uris:
        raise Invalid(simple_redirect_uri=N_("Choose one of the registered addresses."))
    records.change(ctx, replace(app, simple_redirect_uri=uri), "simple_redirect_uri")


@transacts
def allow_rereading(ctx: Context, client_id: str, seconds: int) -> None:
    """Let the app read the same value again for so many seconds; 0 makes it strictly single use."""
    app = own(ctx, client_id, to_change=True)
    if not 0 <= seconds <= lifetimes.REREAD_LONGEST.in_seconds:
        raise Invalid(reread_seconds=N_("Choose a time of at most 24 hours."))
    records.change(ctx, replace(app, reread_seconds=seconds), "reread_seconds")


@transacts
def new_secret(ctx: Context, client_id: str, label: str) -> NewSecret:
    """Add a secret to the existing ones, so that a site can change over without a gap."""
    app = own(ctx, client_id, to_change=True)
    if not app.takes_secret:
        raise NotPermitted(N_("This app proves itself without a secret: a new one would open nothing."))
    return secrets.add(ctx, app, label)


@transacts
def retire_secret(ctx: Context, client_id: str, secret_id: str) -> None:
    """Stop a secret from working, at once."""
    secrets.retire(ctx, own(ctx, client_id, to_change=True), secret_id)


@transacts
def people(ctx: Context, client_id: str) -> int:
    """Count the people who would lose this app."""
    return consents.people(ctx.db, own(ctx, client_id).id)


@transacts
def delete(ctx: Context, client_id: str, typed_name: str) -> None:
    """Delete the app with all that hangs on it; the owner types its name to be sure."""
    app = own(ctx, client_id, to_change=True)
    if typed_name.strip() != app.name:
        raise Invalid(typed_name=N_("Type the app's name exactly as it is written here."))
    _remove(ctx, app)


def _remove(ctx: Context, app: Client) -> None:
    audit.record(ctx, "app.deleted", user_id=app.owner_id, client_id=app.id, name=app.name)
    clients.delete(ctx.db, app.id)


@transacts
def disable(ctx: Context, client_id: str, *, disabled: bool = True) -> None:
    """Stop an app from signing anybody in, or let it again; an administrator's verb."""
    require_admin(ctx)
    app = _get(ctx, client_id)
    clients.set_disabled(ctx.db, app.id, ctx.now, disabled=disabled)
    audit.record(ctx, "app.changed", user_id=app.owner_id, client_id=app.id, field="disabled")


@transacts
def delete_any(ctx: Context, client_id: str) -> None:
    """Delete any app; an administrator's verb."""
    require_admin(ctx)
    _remove(ctx, _get(ctx, client_id))


def require_admin(ctx: Context) -> None:
    """Refuse everyone but the operator and administrators; the answer does not reveal what exists."""
    if not ctx.system and (ctx.session is None or not ctx.session.is_admin):
        raise NotFound(N_("There is nothing here."))


def _get(ctx: Context, client_id: str) -> Client:
    registered = clients.find_registered(ctx.db, client_id, hold=True)
    if registered is None:
        raise NotFound(N_("There is no such app."))
    return registered.client


def own(ctx: Context, client_id: str, *, to_change: bool = False) -> Client:
    """Return the actor's own app; two tabs that change one app do so one after the other."""
    return _own(ctx, client_id, to_change=to_change).client


def _own(ctx: Context, client_id: str, *, to_change: bool = False) -> Registered:
    registered = clients.find_registered(ctx.db, client_id, hold=to_change)
    if registered is None or ctx.session is None or registered.client.owner_id != ctx.session.user_id:
        raise NotFound(N_("There is no such app."))
    return registered


def _check_uri(ctx: Context, uri: str) -> None:
    if problem := redirect_problem(ctx, uri):
        raise Invalid(redirect_uri=problem)
