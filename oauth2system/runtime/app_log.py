"""The log of each app, for its owner: what worked, what was refused and why, and what visitors did.

Noted in memory and written twice a second (decision 0036): an event must cost a request nothing, and equal ones are
one row with a count. In the same write they are counted by the hour. The words are made when they are read.
"""

import re
from base64 import b32decode, b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from oauth2system import log
from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.reasons import record
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.reason import Noted, Params
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.events import durations
from oauth2system.runtime.events.acts import Act, LogOutcome
from oauth2system.runtime.events.changes import Changes
from oauth2system.runtime.events.noted import CountedOnly, EventNote, NotedEvents, RefusedKind, UnknownNote
from oauth2system.runtime.events.scrub import scrub, scrub_params
from oauth2system.runtime.lanes import writes
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import app_counts, app_log, clients, unknown_apps
from oauth2system.storage.tables.app_counts import AppCount
from oauth2system.storage.tables.app_log import LogRow
from oauth2system.storage.tables.unknown_apps import UnknownApp

REFERENCE_LENGTH = 8
_REFERENCE = re.compile(f"[A-Z2-7]{{{REFERENCE_LENGTH}}}")
_HOUR = lifetimes.Lifetime(hours=1)
# Refusals that a visitor asked for: the app made no mistake.
_BY_VISITORS = frozenset({AuthorizationReason.CONSENT_DENIED, GrantReason.DEVICE_DENIED})
_ACTS = {act.name: act for act in Act}


@dataclass(frozen=True, slots=True)
class EventView:
    """An event of an app under its reference; `detail` and `repair` are put into words where they are shown."""

    stage: str
    code: str
    reason: str
    reference: str
    params: Params
    detail: str
    repair: str
    sent: str
    registered: str
    times: int
    last_at: datetime
    outcome: str = LogOutcome.REFUSED
    first_at: datetime | None = None


def name_stage(path: str) -> str:
    """Return the name of an endpoint, as the log of an app shows it: `token`, `api/user`."""
    return path.removeprefix("/oauth2/").removeprefix("/")


def note_act(ctx: Context, client_id: str, act: Act, at_ms: int | None = None) -> None:
    """Note something that worked, or that a visitor did, for the owner of this app; not what its playground does.

    `at_ms` is when, if not now.
    """
    if ctx.proof.inside is None:
        ctx.server.of(NotedEvents).note(client_id, act, ctx.now_ms if at_ms is None else at_ms)


def note_duration(ctx: Context, client_id: str, begun_ms: int) -> None:
    """Note that a site has the data of a visitor now, whose request began at that moment."""
    step = durations.find_step(ctx.now_ms - begun_ms)
    ctx.server.of(NotedEvents).note(client_id, durations.KINDS[step], ctx.now_ms)


def note(ctx: Context, client_id: str, stage: str, error: OAuthError | Untrusted) -> None:
    """Note a refusal for the owner of this app; `stage` is the endpoint's name.

    A refusal that becomes a page gets a reference, under which its owner finds it. One that the owner provokes in the
    playground is shown there, and is no problem of the app.
    """
    if ctx.proof.inside is not None:
        ctx.proof.inside.refusals.append(error)
        return
    kind = RefusedKind(
        stage=stage,
        outcome=LogOutcome.VISITOR if error.reason in _BY_VISITORS else LogOutcome.REFUSED,
        reason=error.reason.name,
        params=record.write(dict(scrub_params(error.params.items()))),
        code=error.code,
        sent=scrub(error.sent),
        registered=scrub(error.registered),
    )
    ctx.server.of(NotedEvents).note(client_id, kind, ctx.now_ms)
    if isinstance(error, Untrusted):
        is_owner = _is_asked_by_owner(ctx, client_id)
        # A disabled app is to look like an unknown one to everybody else, and that has no reference (T018).
        if is_owner or error.reason is not PageReason.CLIENT_DISABLED:
            error.noted = Noted(client_id, _reference_of(_compute_fingerprint(kind)), is_owner)


def _reference_of(fingerprint: bytes) -> str:
    """Return the short name of one kind of event; within an app it names one entry."""
    return b32encode(fingerprint).decode()[:REFERENCE_LENGTH]


def _compute_fingerprint(kind: Act | RefusedKind) -> bytes:
    text = f"{kind.stage} {kind.name}" if isinstance(kind, Act) else repr(tuple(kind))
    return sha256(text.encode()).digest()


def _is_asked_by_owner(ctx: Context, client_id: str) -> bool:
    if ctx.session is None:
        return False
    client = clients.find(ctx.db, client_id)
    return client is not None and client.owner_id == ctx.session.user_id


def note_caller(ctx: Context, client_id: str | None, stage: str, error: OAuthError | Untrusted) -> None:
    """Note a refusal for the app that a caller only names; an id of no app is noted for administrators."""
    if not client_id:
        return
    if client_id.isascii() and client_id.isdecimal() and clients.find(ctx.db, client_id) is not None:
        note(ctx, client_id, stage, error)
    else:
        note_unknown(ctx, client_id, stage)


def note_unknown(ctx: Context, client_id: str, stage: str) -> None:
    """Note a client id that no app has, for administrators."""
    sent_id = (scrub(client_id) or "")[: quotas.UNKNOWN_APP_LONGEST]
    if sent_id:
        ctx.server.of(NotedEvents).note_unknown(sent_id, stage, ctx.now_ms)


def write(ctx: Context) -> None:
    """Write all that this server has noted, in the transaction of the caller."""
    noted = ctx.server.of(NotedEvents)
    write_notes(ctx, noted.take())
    _write_unknown(ctx, noted.take_unknown())


def write_notes(ctx: Context, notes: Iterable[EventNote]) -> None:
    """Write events to the log and count them by the hour, then keep only the newest lines of each app."""
    notes = list(notes)
    entries = [_make_row(ctx.new_id(), one, one.kind) for one in notes if not isinstance(one.kind, CountedOnly)]
    app_log.merge(ctx.db, sorted(entries, key=lambda row: (row.client_id, row.fingerprint, row.log_window)))
    app_counts.add(ctx.db, _count_by_hour(notes))
    app_log.cap(ctx.db, sorted({row.client_id for row in entries}), quotas.LOG_OF_A_KIND)


def _write_unknown(ctx: Context, notes: list[UnknownNote]) -> None:
    if notes:
        unknown_apps.merge(ctx.db, [UnknownApp(*one) for one in notes], quotas.UNKNOWN_APPS)


def _make_row(row_id: int, note: EventNote, kind: Act | RefusedKind) -> LogRow:
    row = LogRow(
        id=row_id,
        client_id=note.client_id,
        fingerprint=_compute_fingerprint(kind),
        log_window=note.last_ms // lifetimes.LOG_MERGED.in_ms,
        stage=kind.stage,
        outcome=kind.outcome,
        reason=kind.name if isinstance(kind, Act) else kind.reason,
        params="" if isinstance(kind, Act) else kind.params,
        code="" if isinstance(kind, Act) else kind.code,
        detail="",
        sent=None if isinstance(kind, Act) else kind.sent,
        registered=None if isinstance(kind, Act) else kind.registered,
        repair="",
        times=note.times,
        first_ms=note.first_ms,
        last_ms=note.last_ms,
    )
    if isinstance(kind, Act):
        return row
    view = make_view(row)
    return row._replace(detail=str(view.detail), repair=str(view.repair))


def _count_by_hour(notes: Iterable[EventNote]) -> list[AppCount]:
    """Sum notes up by app, hour and name; in the same order in every process, so that two never deadlock."""
    counts: dict[tuple[str, int, str, str, str], AppCount] = {}
    for one in notes:
        kind = one.kind
        reason = kind.name if isinstance(kind, Act) else kind.reason
        key = (one.client_id, one.last_ms // _HOUR.in_ms, kind.stage, str(kind.outcome), reason)
        known = counts.get(key, AppCount(*key, 0, one.first_ms, one.last_ms))
        times, first_ms, last_ms = known.times + one.times, known.first_ms, known.last_ms
        counts[key] = AppCount(*key, times, min(first_ms, one.first_ms), max(last_ms, one.last_ms))
    return [counts[key] for key in sorted(counts)]


def list_views(ctx: Context, client_id: str, limit: int = 20) -> tuple[EventView, ...]:
    """List what was refused to an app for an owner already found to own it."""
    return tuple(make_view(kept) for kept in app_log.list_refusals(ctx.db, client_id, limit))


def list_events(ctx: Context, client_id: str, limit: int, stage: str = "", outcome: str = "") -> list[EventView]:
    """List what happened to an app, newest first, for an owner already found to own it."""
    return [make_view(kept) for kept in app_log.list_of_client(ctx.db, client_id, limit, stage, outcome)]


def find_reference(ctx: Context, client_id: str, reference: str, limit: int) -> list[EventView]:
    """List the entries of an app that have this reference, newest first; none for what is no reference."""
    if not _REFERENCE.fullmatch(reference):
        return []
    first = b32decode(reference)
    after = (int.from_bytes(first, "big") + 1).to_bytes(len(first) + 1, "big").removeprefix(b"\0")
    return [make_view(kept) for kept in app_log.list_by_fingerprint(ctx.db, client_id, first, after, limit)]


def make_view(kept: LogRow) -> EventView:
    """Return an event in the words of today; one of a reason that this version does not know, in those stored."""
    params = record.read(kept.params)
    sent, registered = kept.sent or "", kept.registered or ""
    act = _ACTS.get(kept.reason)
    if act is not None:
        known = act.sentence, ""
    else:
        known = record.read_messages(kept.reason, {"sent": sent, "registered": registered, **params})
    detail, repair = known or (kept.detail, kept.repair)
    return EventView(
        stage=kept.stage,
        code=kept.code,
        reason=kept.reason,
        reference=_reference_of(kept.fingerprint),
        params=params,
        detail=detail,
        repair=repair,
        sent=sent,
        registered=registered,
        times=kept.times,
        last_at=from_ms(kept.last_ms),
        outcome=kept.outcome,
        first_at=from_ms(kept.first_ms),
    )


async def save(runner: Runner) -> None:
    """Write what this server has noted and announce it, a bounded number at a time; what fails is tried again."""
    noted = runner.server.of(NotedEvents)
    async with noted.saving:
        await _save_noted(runner, noted)


async def _save_noted(runner: Runner, noted: NotedEvents) -> None:
    waiting, unknown = noted.take(), noted.take_unknown()
    if lost := noted.take_lost():
        log.event("app_log.lost", count=lost)
    try:
        while waiting:
            batch = waiting[: quotas.LOG_WRITTEN_AT_ONCE]
            await runner.transact(SYSTEM, write_notes, batch)
            del waiting[: quotas.LOG_WRITTEN_AT_ONCE]
            runner.server.of(Changes).announce({one.client_id for one in batch})
    finally:
        noted.put_back(waiting)
    if unknown:
        await runner.transact(SYSTEM, _write_unknown, unknown)


async def flush(call: Call) -> None:
    """Write what this server noted in memory, so that the next read shows what happened a moment ago."""
    server = call.runner.server
    noted = server.of(NotedEvents)
    if noted.waiting() or noted.saving.locked():
        await save(call.runner)
    if server.last_used.waiting():
        await call(write_stamps)


@writes
def write_stamps(ctx: Context) -> None:
    """Write when things were last used."""
    ctx.server.last_used.write(ctx.db)


def purge(ctx: Context, limit: int) -> int:
    """Delete lines that are older than they are kept, a bounded number at a time."""
    before_ms = ctx.now_ms - lifetimes.LOG_KEPT.in_ms
    return app_log.purge(ctx.db, before_ms, limit) + unknown_apps.purge(ctx.db, before_ms, limit)


def purge_counts(ctx: Context, limit: int) -> int:
    """Delete counts that are older than they are kept, a bounded number at a time."""
    return app_counts.purge(ctx.db, (ctx.now_ms - lifetimes.COUNTS_KEPT.in_ms) // _HOUR.in_ms, limit)
