"""What is wrong with an app, or will be: each finding with the reason why it matters and how to fix it.

It is read from what is registered and from what was recorded: counts of events, uses of secrets and addresses, and the
names of the claims that the app read. Where nothing was recorded it says so, and judges nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from oauth2system.i18n import N_, Message
from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client, is_local
from oauth2system.protocol.clients.redirect_uris import is_loopback
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps.ownership import bring_up_to_date, get_own
from oauth2system.services.clients import reads as app_reads
from oauth2system.services.clients import secrets
from oauth2system.services.clients.secrets import SecretView
from oauth2system.storage.tables import app_counts, consents, redirect_uses
from oauth2system.storage.tables import reads as read_rows
from oauth2system.storage.tables.app_counts import AppTotal


class HealthPlace(Enum):
    """Where on an app's pages a finding is fixed."""

    OVERVIEW = ""
    PROTOCOL = "/protocol"
    SECRETS = "/secrets"


@dataclass(frozen=True, slots=True)
class _Words:
    finding: Message
    why: Message
    fix: Message
    place: HealthPlace = HealthPlace.OVERVIEW


class HealthIssue(Enum):
    """What a check may find."""

    _value_: _Words

    HTTP_REDIRECT = _Words(
        N_("{uri} is not encrypted."),
        N_("Somebody between your visitors and your site can read the code and the session."),
        N_("Give the site a certificate, register its https address, and remove this one."),
    )
    UNUSED_REDIRECT = _Words(
        N_("Nobody was sent to {uri} in the last 90 days."),
        N_("A forgotten address may belong to somebody else one day, who then gets your visitors' codes."),
        N_("Remove it if you do not need it any more."),
    )
    PKCE_OFF = _Words(
        N_("PKCE is not demanded."),
        N_("A stolen code is accepted from anybody who also has the secret."),
        N_("Switch PKCE on in your library, then under Protocol, Requests."),
        HealthPlace.PROTOCOL,
    )
    PKCE_MISSING = _Words(
        N_("{n} requests came without the PKCE that your app demands, in the last 90 days."),
        N_("These sign-ins failed: visitors saw an error page."),
        N_("Switch PKCE on in your library: it sends code_challenge with each request."),
        HealthPlace.PROTOCOL,
    )
    SECRET_IN_QUERY = _Words(
        N_("The secret that ends in {hint} came in a query string in the last 90 days."),
        N_("Servers and proxies write addresses into their logs, where others may read the secret."),
        N_("Send it in the Authorization header or in a form, then replace it."),
        HealthPlace.SECRETS,
    )
    SECRET_OLD = _Words(
        N_("The secret that ends in {hint} is older than a year."),
        N_("The longer a secret is used, the more backups, chats and former colleagues have it."),
        N_("Replace it; the page guides you."),
        HealthPlace.SECRETS,
    )
    SECRET_EXPIRES = _Words(
        N_("The secret that ends in {hint} expires within 14 days."),
        N_("From then on your site cannot authenticate with it."),
        N_("Replace it; the page guides you."),
        HealthPlace.SECRETS,
    )
    SECRET_EXPIRED = _Words(
        N_("The secret that ends in {hint} has expired."),
        N_("It is not accepted any more."),
        N_("Retire it, and make a new one if your site still sends it."),
        HealthPlace.SECRETS,
    )
    SCOPE_UNREAD = _Words(
        N_("People allow your app {scope}, but it has read nothing of that lately."),
        N_("People are more willing to agree to less, and what you do not have cannot be stolen from you."),
        N_("Leave the scope out of your requests."),
    )
    NO_LOGOUT = _Words(
        N_("Your app takes no part in signing out."),
        N_("Who signs out here stays signed in at your site, also on a computer that others use."),
        N_("Register an address for logout notices, or send visitors here to sign out."),
        HealthPlace.PROTOCOL,
    )


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One thing to fix, with its words filled in, and where that is done."""

    issue: str
    finding: Message
    why: Message
    fix: Message
    place: HealthPlace


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What was found, and what could not be judged because too little was recorded so far."""

    findings: tuple[HealthFinding, ...]
    unknown: tuple[Message, ...]


_NO_EVENTS = N_("No sign-in was recorded so far: which addresses are used, and whether PKCE is sent, is not known yet.")
_FEW_DAYS = N_("Sign-ins are recorded for less than 90 days: which addresses nobody uses is not known yet.")
_NO_READS = N_("No read was recorded so far: which scopes your app needs is not known yet.")


async def run(call: Call, client_id: str) -> HealthCheck:
    """Check an own app with what is known up to now; raises NotFound."""
    await bring_up_to_date(call, client_id)
    await app_reads.save(call.runner)
    return await call(check, client_id)


@reads
def check(ctx: Context, client_id: str) -> HealthCheck:
    """Check an own app with what is stored; raises NotFound."""
    client = get_own(ctx, client_id).client
    hour_ms = lifetimes.Lifetime(hours=1).in_ms
    since_ms = ctx.now_ms - lifetimes.HEALTH_LOOKS_BACK.in_ms
    totals = app_counts.sum_up(ctx.db, client.id, since_ms // hour_ms)
    first_ms = min((one.first_ms for one in app_counts.sum_up(ctx.db, client.id) if _is_answer(one)), default=None)
    fields = read_rows.list_fields(ctx.db, client.id, since_ms, quotas.HEALTH_READS)
    unknown = [_NO_EVENTS] if first_ms is None else [_FEW_DAYS] if first_ms > since_ms else []
    findings = [
        *_check_redirects(ctx, client, since_ms, judge_use=not unknown),
        *_check_pkce(client, totals),
        *_check_secrets(ctx, client),
        *(_check_scopes(ctx, client, fields) if fields else ()),
        *_check_logout(client, totals),
    ]
    return HealthCheck(tuple(findings), (*unknown, *(() if fields else (_NO_READS,))))


def _is_answer(one: AppTotal) -> bool:
    return one.reason == Act.ANSWERED.name


def _say(issue: HealthIssue, **params: str | int) -> HealthFinding:
    words = issue.value
    finding = Message(words.finding.template, **params)
    return HealthFinding(issue.name, finding, words.why, words.fix, words.place)


def _check_redirects(ctx: Context, client: Client, since_ms: int, *, judge_use: bool) -> Iterator[HealthFinding]:
    """Look at the registered addresses; which port of a local one is used changes, so its use says nothing."""
    used = redirect_uses.list_used(ctx.db, client.id, since_ms)
    for uri in client.redirect_uris:
        if uri.lower().startswith("http://") and not is_loopback(uri):
            yield _say(HealthIssue.HTTP_REDIRECT, uri=uri)
        if judge_use and uri not in used and not is_local(uri):
            yield _say(HealthIssue.UNUSED_REDIRECT, uri=uri)


def _check_pkce(client: Client, totals: list[AppTotal]) -> Iterator[HealthFinding]:
    missing = sum(one.times for one in totals if one.reason == AuthorizationReason.PKCE_REQUIRED.name)
    if missing:
        yield _say(HealthIssue.PKCE_MISSING, n=missing)
    if not client.require_pkce and not client.is_public:
        yield _say(HealthIssue.PKCE_OFF)


def _check_secrets(ctx: Context, client: Client) -> Iterator[HealthFinding]:
    if not client.takes_secret:
        return
    for one in secrets.list_views(ctx, client):
        for issue in _judge_secret(ctx, one):
            yield _say(issue, hint=f"…{one.hint}")


def _judge_secret(ctx: Context, one: SecretView) -> Iterator[HealthIssue]:
    if one.expired:
        yield HealthIssue.SECRET_EXPIRED
        return
    if one.expires_at is not None and one.expires_at - ctx.now <= lifetimes.SECRET_FIRST_MAIL:
        yield HealthIssue.SECRET_EXPIRES
    if one.query_at is not None and ctx.now - one.query_at <= lifetimes.HEALTH_LOOKS_BACK:
        yield HealthIssue.SECRET_IN_QUERY
    if ctx.now - one.created_at > lifetimes.SECRET_YEAR:
        yield HealthIssue.SECRET_OLD


def _check_scopes(ctx: Context, client: Client, fields: frozenset[str]) -> Iterator[HealthFinding]:
    """Look for scopes that people allow and of whose claims the app read none."""
    for name in consents.list_scopes(ctx.db, client.id):
        claims = scopes.claims_of((name,))
        if name != scopes.OPENID and claims and not claims & fields:
            yield _say(HealthIssue.SCOPE_UNREAD, scope=name)


def _check_logout(client: Client, totals: list[AppTotal]) -> Iterator[HealthFinding]:
    wired = client.backchannel_logout_uri or client.frontchannel_logout_uri
    if wired or any(one.reason == Act.SIGNED_OUT.name for one in totals):
        return
    if scopes.OPENID in client.scopes and any(one.reason == Act.CODE_EXCHANGED.name for one in totals):
        yield _say(HealthIssue.NO_LOGOUT)
