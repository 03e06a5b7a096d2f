"""Where an app's visitors return to: its redirect URIs, and the one that the simple flow uses."""

from dataclasses import dataclass

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, Message
from oauth2system.policy import quotas
from oauth2system.protocol.clients.consistency import move_problem
from oauth2system.protocol.clients.redirect_uris import check_redirect_uri, complete
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.apps.ownership import get_own, save
from oauth2system.services.apps.views import App
from oauth2system.services.sessions import step_up
from oauth2system.storage.tables import consents
from oauth2system.storage.tables.clients import RegisteredClient


@dataclass(frozen=True, slots=True)
class UriProblem:
    """What is wrong with a redirect URI, and the address that was probably meant, if that may be registered."""

    sentence: Message
    meant: str | None


@reads
def find_problem(ctx: Context, uri: str) -> UriProblem | None:
    """Return what is wrong with a redirect URI while it is typed, or None."""
    uri, allow_http = uri.strip(), ctx.settings.allow_http_redirects
    fault = check_redirect_uri(uri, allow_http=allow_http, plain_schemes=ctx.settings.allow_plain_schemes)
    return None if fault is None else UriProblem(fault.sentence, complete(uri, allow_http=allow_http))


def check(ctx: Context, uri: str) -> None:
    """Raise Invalid when an app may not register this redirect URI."""
    if problem := find_problem(ctx, uri):
        raise Invalid(redirect_uri=problem.sentence)


@transacts
def add(ctx: Context, client_id: str, uri: str) -> App:
    """Register one more address; the first one also serves the simple flow. Raises Invalid.

    Raises StepUpNeeded for an app of many people: the address could take all of them to somebody else (T093).
    """
    registered, uri = get_own(ctx, client_id, to_change=True), uri.strip()
    if consents.count_people(ctx.db, client_id) >= quotas.PEOPLE_FOR_STEP_UP:
        step_up.require(ctx)
    known = registered.client.redirect_uris
    check(ctx, uri)
    if uri in known:
        raise Invalid(redirect_uri=N_("It is already there."))
    if len(known) >= quotas.REDIRECT_URIS_OF_AN_APP:
        raise Invalid(redirect_uri=N_("An app can have at most 20 addresses."))
    return _save(ctx, registered, (*known, uri), registered.client.simple_redirect_uri or uri)


@transacts
def remove(ctx: Context, client_id: str, uri: str) -> App:
    """Remove an address; a single one that is left serves the simple flow. Raises Invalid."""
    registered = get_own(ctx, client_id, to_change=True)
    left = tuple(known for known in registered.client.redirect_uris if known != uri)
    simple = registered.client.simple_redirect_uri
    if simple not in left:
        simple = left[0] if len(left) == 1 else None
    return _save(ctx, registered, left, simple)


def _save(ctx: Context, registered: RegisteredClient, uris: tuple[str, ...], simple: str | None) -> App:
    """Save these addresses; raises Invalid if another setting depends on the old ones (OIDC Core §8.1)."""
    if problem := move_problem(registered.client, uris):
        raise Invalid(redirect_uri=problem.sentence)
    return save(ctx, registered, "redirect_uris", redirect_uris=uris, simple_redirect_uri=simple)


@transacts
def choose_for_simple_flow(ctx: Context, client_id: str, uri: str) -> App:
    """Choose the registered address that the simple flow returns to; raises Invalid for any other."""
    registered = get_own(ctx, client_id, to_change=True)
    if uri not in registered.client.redirect_uris:
        raise Invalid(simple_redirect_uri=N_("Choose one of the registered addresses."))
    return save(ctx, registered, "simple_redirect_uri", simple_redirect_uri=uri)
