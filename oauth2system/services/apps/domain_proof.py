"""Domains of an app that its owner proves: by a DNS record or a file with a token that fits this app and domain alone.

A proof counts as long as checks find it: one that is missing twice in a row is withdrawn (decision 0038).
"""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, lifetimes, look_alikes, quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.clients.redirect_uris import domain_of
from oauth2system.runtime import audit, outbox, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts, writes
from oauth2system.runtime.names.unfetched import Unfetched
from oauth2system.runtime.runner import Runner
from oauth2system.services.apps.ownership import get_own
from oauth2system.storage.tables import clients, domain_proofs, users
from oauth2system.storage.tables.domain_proofs import DomainProof, Method

RECORD = "_oauth2system"
PATH = "/.well-known/oauth2system-domain"
_PREFIX = "oauth2system-"
_TOKEN_LENGTH = 32


@dataclass(frozen=True, slots=True)
class DomainView:
    """A domain of an app, how it can be proved, and whether it is; `method` is empty where it is not."""

    domain: str
    token: str
    record: str
    file: str
    method: str
    proved_at: datetime | None
    seen_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True)
class ProofFinding:
    """What a check found in one of the two places: whether it is the token, and what else was there."""

    is_proof: bool
    words: Message
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainChecked:
    """The domains of an app after a check of one of them, and what was found."""

    domains: tuple[DomainView, ...]
    record: ProofFinding
    file: ProofFinding


@dataclass(frozen=True, slots=True)
class Expected:
    """What a check looks for, and on whose behalf."""

    domain: str
    token: str
    whose: str


@reads
def view(ctx: Context, client_id: str) -> tuple[DomainView, ...]:
    """Return the domains that an app of the actor uses; raises NotFound."""
    return _list_views(ctx, get_own(ctx, client_id).client)


async def check(call: Call, client_id: str, domain: str) -> DomainChecked:
    """Look for the proof of a domain now; raises NotFound, NotPermitted, TooManyAttempts."""
    expected = await call(begin, client_id, domain)
    record, file = await look(call.runner, expected)
    method: Method | None = "dns" if record.is_proof else "file" if file.is_proof else None
    return DomainChecked(await call(keep, client_id, domain, method), record, file)


@writes
def begin(ctx: Context, client_id: str, domain: str) -> Expected:
    """Count a check, by person, by domain and in all: nobody can use us to ask a server again and again."""
    client = get_own(ctx, client_id).client
    _require(ctx, client, domain)
    owner = client.owner_id or client.id
    for budget, whose in (
        (budgets.DOMAIN_CHECKS, owner),
        (budgets.DOMAIN_CHECKS_OF_ONE, domain),
        (budgets.DOMAIN_CHECKS_IN_ALL, "all"),
    ):
        rate_limits.spend(ctx, budget, whose)
    return Expected(domain, make_token(ctx, client.id, domain), owner)


@transacts
def keep(ctx: Context, client_id: str, domain: str, method: Method | None) -> tuple[DomainView, ...]:
    """Keep what a check has proved, if the domain is still one of the app's; return the app's domains."""
    client = get_own(ctx, client_id, to_change=True).client
    if method is not None:
        _require(ctx, client, domain)
        is_new = domain_proofs.find(ctx.db, client_id, domain) is None
        domain_proofs.keep(ctx.db, _make_proof(ctx, client_id, domain, method))
        if is_new:
            audit.record(ctx, "domain.proved", user_id=client.owner_id, client_id=client_id, domain=domain, by=method)
    return _list_views(ctx, client)


def _make_proof(ctx: Context, client_id: str, domain: str, method: Method) -> DomainProof:
    return DomainProof(client_id, domain, method, ctx.now, ctx.now, ctx.now + lifetimes.DOMAIN_CHECK)


def list_domains(client: Client) -> tuple[str, ...]:
    """Return the domains that an app uses: those of its redirect URIs and of its website, each once."""
    found = (domain_of(uri) for uri in (*client.redirect_uris, client.client_uri or ""))
    return tuple(dict.fromkeys(domain for domain in found if domain))


def make_token(ctx: Context, client_id: str, domain: str) -> str:
    """Return what proves a domain for an app. It fits no other app and no other domain, and nobody can guess it."""
    digest = ctx.server.encryption.fingerprint("domain proof", client_id, domain)
    return _PREFIX + urlsafe_b64encode(digest).decode()[:_TOKEN_LENGTH]


def _require(ctx: Context, client: Client, domain: str) -> None:
    if domain not in list_domains(client):
        raise NotFound(N_("The app does not use this domain any more."))
    if _looks_like_ours(ctx, domain):
        raise NotPermitted(N_("This domain looks like the address of this server. It cannot be proved."))


def _looks_like_ours(ctx: Context, domain: str) -> bool:
    """Return whether a domain reads like ours and is another: "checked" next to it would mislead people."""
    ours = ctx.settings.public_host.partition(":")[0]
    return domain != ours and look_alikes.reads_as(_decode(domain)) == look_alikes.reads_as(ours)


def _decode(domain: str) -> str:
    """Return a domain as browsers may show it, in the letters of its language."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def _list_views(ctx: Context, client: Client) -> tuple[DomainView, ...]:
    known = {proof.domain: proof for proof in domain_proofs.list_of_client(ctx.db, client.id)}
    return tuple(_view(ctx, client, domain, known.get(domain)) for domain in list_domains(client))


def _view(ctx: Context, client: Client, domain: str, proof: DomainProof | None) -> DomainView:
    if proof is not None and proof.seen_at <= ctx.now - lifetimes.DOMAIN_PROOF:
        proof = None
    return DomainView(
        domain,
        make_token(ctx, client.id, domain),
        f"{RECORD}.{domain}",
        f"https://{domain}{PATH}",
        proof.method if proof else "",
        proof.proved_at if proof else None,
        proof.seen_at if proof else None,
        proof.failures if proof else 0,
    )


async def look(runner: Runner, expected: Expected) -> tuple[ProofFinding, ProofFinding]:
    """Look for the token in both places at once."""
    return await asyncio.gather(_look_up(runner, expected), _fetch(runner, expected))


async def _look_up(runner: Runner, expected: Expected) -> ProofFinding:
    try:
        texts = await runner.server.outgoing.look_up_texts(f"{RECORD}.{expected.domain}", expected.whose)
    except Unfetched:
        return ProofFinding(is_proof=False, words=N_("The name servers of the domain did not answer."))
    if _holds(texts, expected.token):
        return ProofFinding(is_proof=True, words=N_("The record is there."))
    if not texts:
        return ProofFinding(is_proof=False, words=N_("There is no such record yet. A new one may need some minutes."))
    return ProofFinding(is_proof=False, words=N_("The record says something else:"), texts=_shorten(texts))


async def _fetch(runner: Runner, expected: Expected) -> ProofFinding:
    """Look into the file; a redirect is not followed: it may lead to what somebody else wrote."""
    url = f"https://{expected.domain}{PATH}"
    try:
        body = await runner.server.outgoing.fetch_text(url, expected.whose)
    except Unfetched:
        return ProofFinding(
            is_proof=False, words=N_("The file could not be fetched: it needs https and a plain answer.")
        )
    lines = tuple(line.strip() for line in body.decode("utf-8", "replace").splitlines() if line.strip())
    if _holds(lines, expected.token):
        return ProofFinding(is_proof=True, words=N_("The file is there."))
    # Only what looks like one of our tokens is shown: a page cannot be read through us.
    tokens = tuple(line for line in lines if line.startswith(_PREFIX) and len(line) == len(expected.token))
    return ProofFinding(is_proof=False, words=N_("The file is there, without this line."), texts=_shorten(tokens))


def _holds(texts: tuple[str, ...], token: str) -> bool:
    return token in map(str.strip, texts)


def _shorten(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text[:80] for text in texts[: quotas.DOMAIN_TEXT_SHOWN])


async def recheck_due(runner: Runner, stop: asyncio.Event) -> None:
    """Look again for every proof that is due, one after another; each is checked by one worker."""
    while not stop.is_set():
        due = await runner.transact(SYSTEM, claim)
        if due is None:
            return
        proof, expected = due
        record, file = await look(runner, expected)
        method: Method | None = "dns" if record.is_proof else "file" if file.is_proof else None
        await runner.transact(SYSTEM, settle, proof, method)


def claim(ctx: Context) -> tuple[DomainProof, Expected] | None:
    """Take the next proof that is due, so that no other worker checks it too."""
    proof = domain_proofs.claim_due(ctx.db, ctx.now_ms, ctx.now_ms + lifetimes.DOMAIN_CHECK_LEASE.in_ms)
    if proof is None:
        return None
    return proof, Expected(proof.domain, make_token(ctx, proof.client_id, proof.domain), f"check {proof.client_id}")


def settle(ctx: Context, proof: DomainProof, method: Method | None) -> None:
    """Keep a proof that was found again; withdraw one that is missing twice in a row, and one that is not used."""
    client = clients.find(ctx.db, proof.client_id)
    known = domain_proofs.find(ctx.db, proof.client_id, proof.domain)
    if client is None or known is None:
        return
    is_used = proof.domain in list_domains(client)
    if is_used and method is not None:
        domain_proofs.keep(ctx.db, _make_proof(ctx, client.id, proof.domain, method))
    elif is_used and not known.failures:
        domain_proofs.note_failure(ctx.db, known, ctx.now_ms + lifetimes.DOMAIN_CHECK_RETRY.in_ms)
    elif domain_proofs.withdraw(ctx.db, client.id, proof.domain):
        audit.record(ctx, "domain.withdrawn", user_id=client.owner_id, client_id=client.id, domain=proof.domain)
        if is_used:
            _report(ctx, client, proof.domain)


def _report(ctx: Context, client: Client, domain: str) -> None:
    owner = users.find(ctx.db, client.owner_id) if client.owner_id else None
    if owner is not None and owner.email_confirmed_at is not None and owner.disabled_at is None:
        facts = {"user_id": owner.id, "client_id": client.id, "app": client.name, "domain": domain}
        outbox.mail(ctx, "domain_withdrawn", lives=lifetimes.ACCESS_ENDED_MAIL, **facts)
