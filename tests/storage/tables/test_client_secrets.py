"""Uses of a secret are counted by day, in whatever order they are written."""

from itertools import product

from oauth2system.protocol.clients.client import Client
from oauth2system.storage.tables import client_secrets, clients, users
from oauth2system.storage.tables.client_secrets import ClientSecret, SecretUses
from tests.storage.database.rows import NOW, opened, user

DAYS = range(100, 104)


def expect(days: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the newest day, its uses, those of the day before, and when it was last used."""
    newest = max(days)
    return newest, newest * days.count(newest), (newest - 1) * days.count(newest - 1), newest * 10


def test_uses_of_two_days_are_kept_whatever_was_written_first(database_url: str) -> None:
    with opened(database_url) as database:
        ada = user("ada")
        with database.transaction() as db:
            assert users.add(db, ada)
            clients.add(db, Client(id="1", name="App", owner_id=ada.id), NOW)
        for number, days in enumerate(product(DAYS, repeat=3), 1):
            with database.transaction() as db:
                client_secrets.add(db, ClientSecret(number, "1", b"1", None, "", "", NOW))
                for day in days:
                    new = SecretUses(day, day, day * 10, str(day), "query", None)
                    client_secrets.count_uses(db, [(number, new)])
                row = db.one(
                    "SELECT used_day, uses, uses_before, last_used_at, last_network FROM client_secrets WHERE id = ?",
                    number,
                )
            assert row == (*expect(days), str(row[0] if row else "")), days
