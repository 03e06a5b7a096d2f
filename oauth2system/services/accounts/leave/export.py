"""A person's data as one ZIP file: made in pieces, kept for its person, and fetched once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from oauth2system.errors import NotPermitted, TooManyAttempts
from oauth2system.i18n import N_, Message
from oauth2system.policy import quotas
from oauth2system.runtime import app_log
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.accounts.leave import archive, collection, readme
from oauth2system.services.accounts.leave.archive import Archive, Download
from oauth2system.services.accounts.leave.collection import Page
from oauth2system.services.clients import reads as app_reads
from oauth2system.settings import Settings

WHOLE = 100  # percent
_BUSY_SECONDS = 10


@dataclass(slots=True, eq=False)
class Exports:
    """Whose files are being made by this server."""

    running: set[str] = field(default_factory=set[str])


class KeptFile(NamedTuple):
    """Where the file of a person is kept, and the moment that counts."""

    user_id: str
    name: str
    now: datetime


@reads
def find_place(ctx: Context) -> KeptFile:
    """Return where the actor's file is kept; raises NotPermitted."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    me = ctx.session.user_id
    return KeptFile(me, ctx.server.encryption.fingerprint("export", me).hex(), ctx.now)


def find_folder(settings: Settings) -> Path:
    """Return the folder of these files."""
    return settings.var / "exports"


def delete_old(ctx: Context, _most: int) -> int:
    """Delete the files that were not fetched within an hour; returns how many."""
    return archive.delete_old(find_folder(ctx.settings), ctx.now, quotas.EXPORTS_KEPT)


async def make(call: Call, say: Callable[[Message], str]) -> AsyncGenerator[int]:
    """Make the file with everything that is kept about the actor; gives its progress in percent, and 100 when done.

    `say` puts a sentence of ours into the person's language. Raises NotPermitted, and TooManyAttempts while the same
    person's file, or too many others, are being made.
    """
    place = await call(find_place)
    running = call.runner.server.of(Exports).running
    if place.user_id in running or len(running) >= quotas.EXPORTS_AT_ONCE:
        raise TooManyAttempts(_BUSY_SECONDS)
    running.add(place.user_id)
    try:
        async with aclosing(_make(call, place, say)) as steps:
            async for percent in steps:
                yield percent
    finally:
        running.discard(place.user_id)


async def _make(call: Call, place: KeptFile, say: Callable[[Message], str]) -> AsyncGenerator[int]:
    await app_log.flush(call)
    await app_reads.save(call.runner)
    short = await call(collection.begin)
    folder = find_folder(call.settings)
    await call.slow(partial(archive.delete_old, folder, place.now, quotas.EXPORTS_KEPT - 1))
    made = await call.slow(partial(Archive, folder))
    try:
        text = readme.write(say, call.settings.public_url).encode()
        await call.slow(partial(_add_short, made, text, short))
        done = 0
        lists: tuple[tuple[str, Callable[[Any], Awaitable[Page]]], ...] = (
            ("reads.json", partial(call, collection.list_reads)),
            ("events.json", partial(call, collection.list_events)),
        )
        for name, list_rows in lists:
            async with aclosing(_add_long(call, made, name, list_rows)) as steps:
                async for added in steps:
                    done += added
                    yield min(WHOLE - 1, done * WHOLE // max(short.rows, 1))
        await call.slow(partial(made.keep, place.name, place.now))
    finally:
        made.discard()
    yield WHOLE


def _add_short(made: Archive, text: bytes, short: collection.Collected) -> None:
    made.add("README.txt", text)
    for name, document in short.documents.items():
        made.add_document(name, document)
    for name, body in short.pictures.items():
        made.add(name, body)


async def _add_long(
    call: Call, made: Archive, name: str, list_rows: Callable[[Any], Awaitable[Page]]
) -> AsyncGenerator[int]:
    """Add a long list page by page: no more than one page of it is ever in memory."""
    rows = made.open_rows(name)
    after = None
    while True:
        page = await list_rows(after)
        await call.slow(partial(rows.add, page.rows))
        yield len(page.rows)
        after = page.after
        if after is None:
            break
    rows.end()


async def fetch(call: Call, say: Callable[[Message], str], *, is_made: bool) -> Download:
    """Return the actor's file, which is then gone; one that is not there is made first. Raises as `make`.

    `is_made` is whether the person waited for it on the page.
    """
    place = await call(find_place)
    if is_made and (found := archive.take(find_folder(call.settings), place.name, place.now)):
        return found
    async with aclosing(make(call, say)) as steps:
        async for _percent in steps:
            pass
    made = archive.take(find_folder(call.settings), place.name, place.now)
    if made is None:  # two browsers of one person fetched it at the same moment
        raise TooManyAttempts(_BUSY_SECONDS)
    return made
