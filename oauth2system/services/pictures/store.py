"""Where pictures are kept: in the database, under names that nobody can guess (decision 0027)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial

from oauth2system.policy import quotas
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.pictures import images
from oauth2system.services.pictures.images import Encoded
from oauth2system.storage.tables import pictures, users

_NAME_BYTES = 16


@dataclass(slots=True, eq=False)
class Drawings:
    """The drawings that were asked for, by name and size, the oldest use first."""

    known: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict[tuple[str, int], bytes])


def drawn_name(ctx: Context, user_id: str) -> str:
    """Return the name of a person's drawing: always the same, and it does not disclose their id."""
    return ctx.server.encryption.fingerprint("drawing", user_id)[:_NAME_BYTES].hex()


def keep_for_user(ctx: Context, user_id: str, encoded: Encoded) -> None:
    """Show a person by this picture from now on; the one before is gone at once."""
    name = ctx.random(_NAME_BYTES).hex()
    _show_user(ctx, user_id, name)
    pictures.add(ctx.db, name, encoded, user_id=user_id, client_id=None)


def remove_of_user(ctx: Context, user_id: str) -> None:
    """Show a person by their drawing again; the picture is gone at once."""
    _show_user(ctx, user_id, drawn_name(ctx, user_id))


def _show_user(ctx: Context, user_id: str, name: str) -> None:
    # The person's row first: of two uploads at the same moment the later one deletes what the earlier one wrote.
    users.update(ctx.db, user_id, avatar=name, updated_at=ctx.now)
    pictures.delete_of_user(ctx.db, user_id)


def replace_of_client(ctx: Context, client_id: str, encoded: Encoded | None) -> str | None:
    """Keep a logo in place of the one before and return its name; None takes it away. The caller holds the app."""
    pictures.delete_of_client(ctx.db, client_id)
    if encoded is None:
        return None
    name = ctx.random(_NAME_BYTES).hex()
    pictures.add(ctx.db, name, encoded, user_id=None, client_id=client_id)
    return name


async def find(call: Call, name: str, pixels: int) -> bytes | None:
    """Return one size of a picture or of a person's drawing; None where there is none under this name today."""
    body, is_drawn = await call(look, name, pixels)
    if body is not None or not is_drawn:
        return body
    drawings = call.runner.server.of(Drawings).known
    key = name, pixels
    known = drawings.get(key) or await call.slow(partial(images.draw, name, pixels))
    drawings[key] = known
    drawings.move_to_end(key)
    if len(drawings) > quotas.DRAWINGS_IN_MEMORY:
        drawings.popitem(last=False)
    return known


@reads
def look(ctx: Context, name: str, pixels: int) -> tuple[bytes | None, bool]:
    """Return one size of a picture, and whether a person is shown by a drawing of this name instead."""
    body = pictures.find(ctx.db, name, pixels)
    return body, body is None and users.is_drawn(ctx.db, name)
