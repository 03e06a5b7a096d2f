"""The apps that this server keeps in memory with their secrets, so that hot reads need not read them (decision 0043).

An app is kept with its stamp: a random number that the database draws anew at every write of the app or one of its
secrets, in every transaction and by every program. A read that returns the stamp of today proves that what is kept is
what the database holds, at the moment of that read. No stamp comes twice, so nothing is left of a write that was
rolled back.
"""

import threading
from collections import OrderedDict
from typing import Any, NamedTuple

from oauth2system.policy import quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.transactions import Db, Row
from oauth2system.storage.tables import clients
from oauth2system.storage.tables.clients import StoredSecret

# The id of an app, and that of the secret that its caller shows.
AppKey = tuple[str, int]
# The id of no secret, for a caller that asks about none.
NO_SECRET = -1
_JOIN = "LEFT JOIN client_secrets w ON w.id = ? AND w.client_id = c.id AND w.retired_at IS NULL"
_WIDTH = len(clients.COLUMNS)
_STAMP = _WIDTH + 2


class AppRead(NamedTuple):
    """A statement about an app: `narrow` reads the app's stamp, `wide` reads the app and one secret as well."""

    narrow: str
    wide: str


def read_with(columns: str = "", joins: str = "") -> AppRead:
    """Return the statement that reads these columns with an app `c`; the id of the app is its last value."""
    more = f", {columns}" if columns else ""
    return AppRead(
        f"SELECT c.stamp{more} FROM clients c {joins} WHERE c.id = ?",  # noqa: S608  (our own column names)
        f"SELECT {clients.JOINED}, w.digest, w.expires_at, c.stamp{more}"  # noqa: S608  (our own column names)
        f" FROM clients c {_JOIN} {joins} WHERE c.id = ?",
    )


class FoundClient(NamedTuple):
    """An app in any state, its unretired secret of the id that was asked for, and what was read with them."""

    client: Client
    secret: StoredSecret | None
    row: Row


class _KeptClient(NamedTuple):
    stamp: int
    client: Client
    secret: StoredSecret | None
    # How many bytes of memory it counts for.
    size: int


class KnownClients:
    """The apps that one server keeps, each with one secret.

    Only apps and secrets that exist are kept: made-up ids take no place. Where the memory for them is full, those go
    first that were not asked for longest.
    """

    __slots__ = ("_kept", "_lock", "_size")

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[AppKey, _KeptClient] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()  # on PostgreSQL services run in threads

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    def find(self, db: Db, read: AppRead, key: AppKey, *values: Any) -> FoundClient | None:
        """Return an app, a secret of it and the row of a statement, all as of one moment; None without such an app.

        `values` are those of the statement, but for the id of the app.
        """
        client_id, secret_id = key
        known = self._recall(key)
        if known is not None:
            row = db.one(read.narrow, *values, client_id)
            if row is None:
                return None
            if row[0] == known.stamp:
                return FoundClient(known.client, known.secret, row[1:])
        row = db.one(read.wide, secret_id, *values, client_id)
        if row is None:
            return None
        client, secret = clients.from_row(row[:_WIDTH]), clients.secret_from_row(row[_WIDTH:_STAMP])
        if (secret is not None or secret_id == NO_SECRET) and (size := _measure(row)) <= quotas.KNOWN_CLIENT_LARGEST:
            self._keep(key, _KeptClient(row[_STAMP], client, secret, size + quotas.KNOWN_CLIENT_OVERHEAD))
        return FoundClient(client, secret, row[_STAMP + 1 :])

    def _recall(self, key: AppKey) -> _KeptClient | None:
        """Return what is kept, and put it at the end of the line of those that make room."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        return known

    def _keep(self, key: AppKey, known: _KeptClient) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = known
            self._size += known.size - (0 if before is None else before.size)
            while self._size > quotas.KNOWN_CLIENTS_BYTES:
                self._size -= self._kept.popitem(last=False)[1].size


def _measure(row: Row) -> int:
    """Return the size of the texts of an app."""
    return sum(len(value) for value in row[:_WIDTH] if isinstance(value, str))
