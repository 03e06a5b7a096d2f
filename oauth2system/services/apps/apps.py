"""What an owner does with an app: create, describe, add secrets, delete. A change returns the app as it is then."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_
from oauth2system.ids import CLIENT
from oauth2system.policy import budgets, lifetimes, names, quotas
from oauth2system.protocol.clients.client import AuthMethod, Client
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.apps.ownership import bring_up_to_date, get_own, save
from oauth2system.services.apps.views import App, AppCard, show
from oauth2system.services.clients import records, secret_expiry, secrets
from oauth2system.services.clients.records import NewApp
from oauth2system.services.clients.secrets import NewSecret
from oauth2system.services.pictures import addresses
from oauth2system.services.sessions import step_up
from oauth2system.storage.tables import clients, consents


@dataclass(frozen=True, slots=True)
class SecretAdded:
    """The app with one more secret, and its value, which exists only in this answer."""

    app: App
    secret: NewSecret


@transacts
def list_mine(ctx: Context) -> list[AppCard]:
    """List the actor's apps."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in to see your apps."))
    return [_make_card(ctx, one.client, one.created_at) for one in clients.list_owned(ctx.db, ctx.session.user_id)]


def _make_card(ctx: Context, app: Client, created_at: datetime) -> AppCard:
    people = consents.count_people(ctx.db, app.id)
    return AppCard(app.id, app.name, app.description, people, app.disabled, created_at, addresses.logo(app.logo, 64))


@transacts
def create(ctx: Context, name: str, *, public: bool = False) -> NewApp:
    """Make an app: confidential with its first secret and the simple flow, or public with neither."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in to create an app."))
    if not ctx.session.email_confirmed:
        raise NotPermitted(N_("Confirm your email first; then you can create apps."))
    if clients.count_owned(ctx.db, ctx.session.user_id) >= quotas.APPS_OF_A_PERSON:
        raise NotPermitted(N_("You have as many apps as one person can have here."))
    name = names.read_app_name(name)
    rate_limits.spend(ctx, budgets.NEW_APPS, ctx.session.user_id)
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


async def open_app(call: Call, client_id: str) -> App:
    """Return an app as its owner sees it, up to date; raises NotFound."""
    await bring_up_to_date(call, client_id)
    return await call(view, client_id)


@reads
def view(ctx: Context, client_id: str) -> App:
    """Return an app as its owner sees it, as stored; raises NotFound."""
    return show(ctx, get_own(ctx, client_id))


@transacts
def rename(ctx: Context, client_id: str, name: str) -> App:
    """Change the name that visitors see; raises Invalid."""
    registered = get_own(ctx, client_id, to_change=True)
    return save(ctx, registered, "name", name=names.read_app_name(name, may_be_ours=registered.client.first_party))


@transacts
def describe(ctx: Context, client_id: str, description: str) -> App:
    """Change the sentence that visitors see under the name; raises Invalid."""
    registered = get_own(ctx, client_id, to_change=True)
    text = " ".join(description.split())
    if len(text) > quotas.APP_DESCRIPTION_LONGEST:
        raise Invalid(description=N_("Write at most 300 characters."))
    if text and (problem := names.label_problem(text, quotas.APP_DESCRIPTION_LONGEST)):
        raise Invalid(description=problem)
    return save(ctx, registered, "description", description=text)


@transacts
def switch_simple_flow(ctx: Context, client_id: str, on: bool) -> App:  # noqa: FBT001  (what a switch sends)
    """Switch the simple flow; raises NotPermitted for an app that does not use a secret (decision 0017)."""
    registered = get_own(ctx, client_id, to_change=True)
    if on and not registered.client.takes_secret:
        raise NotPermitted(N_("The simple flow needs a client secret; this app authenticates without one."))
    return save(ctx, registered, "simple_flow", simple_flow=on)


@transacts
def allow_rereading(ctx: Context, client_id: str, seconds: int) -> App:
    """Let the app read the same value again for so many seconds; 0 makes it strictly single use. Raises Invalid."""
    registered = get_own(ctx, client_id, to_change=True)
    check_rereading(seconds)
    return save(ctx, registered, "reread_seconds", reread_seconds=seconds)


def check_rereading(seconds: int) -> None:
    """Raise Invalid unless a value of the simple flow may stay readable for so many seconds."""
    if not 0 <= seconds <= lifetimes.REREAD_LONGEST.in_seconds:
        raise Invalid(reread_seconds=N_("Choose a time of at most 24 hours."))


@transacts
def new_secret(ctx: Context, client_id: str, label: str, expires: str = "", day: str = "") -> SecretAdded:
    """Add a secret; the others keep working, so that a site can change over. Raises Invalid, NotPermitted.

    `expires` is a choice of secret_expiry.py, never by default, and `day` the day that it may ask for.
    Raises StepUpNeeded: a secret that somebody else made would be accepted for as long as nobody looks (T093).
    """
    step_up.require(ctx)
    registered = get_own(ctx, client_id, to_change=True)
    if not registered.client.takes_secret:
        raise NotPermitted(N_("This app authenticates without a secret: a new one would not be accepted."))
    expires_at = secret_expiry.read_choice(ctx.now, expires, day)
    secret = secrets.add(ctx, registered.client, label, expires_at=expires_at)
    return SecretAdded(show(ctx, registered, secret.working), secret)


@transacts
def replace_secret(ctx: Context, client_id: str, secret_id: str) -> SecretAdded:
    """Add the secret that takes the place of another, which keeps working until it is retired.

    Raises NotFound, StepUpNeeded, and NotPermitted where it has a successor or the app does not use a secret.
    """
    step_up.require(ctx)
    registered = get_own(ctx, client_id, to_change=True)
    if not registered.client.takes_secret:
        raise NotPermitted(N_("This app authenticates without a secret: a new one would not be accepted."))
    secret = secrets.replace(ctx, registered.client, secret_id)
    return SecretAdded(show(ctx, registered, secret.working), secret)


@transacts
def retire_secret(ctx: Context, client_id: str, secret_id: str) -> App:
    """Retire a secret at once; raises NotPermitted for the only one of an app that needs one, StepUpNeeded."""
    step_up.require(ctx)
    registered = get_own(ctx, client_id, to_change=True)
    secrets.retire(ctx, registered.client, secret_id)
    return show(ctx, registered)


@reads
def count_people(ctx: Context, client_id: str) -> int:
    """Count the people who would lose this app; raises NotFound."""
    return consents.count_people(ctx.db, get_own(ctx, client_id).client.id)


@transacts
def delete(ctx: Context, client_id: str, typed_name: str) -> None:
    """Delete the app with all that belongs to it; raises Invalid unless the owner typed its name."""
    app = get_own(ctx, client_id, to_change=True).client
    if typed_name.strip() != app.name:
        raise Invalid(typed_name=N_("Type the app's name exactly as it is written here."))
    remove(ctx, app)


def remove(ctx: Context, app: Client) -> None:
    """Delete an app that the actor may delete, and record it in the audit log."""
    audit.record(ctx, "app.deleted", user_id=app.owner_id, client_id=app.id, name=app.name)
    clients.delete(ctx.db, app.id)
