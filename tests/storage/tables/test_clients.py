"""Clients: every field comes back as it was, and a change leaves no trace of what was before."""

from collections.abc import Generator
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import client_secrets, clients, users
from oauth2system.storage.tables.client_secrets import ClientSecret
from oauth2system.storage.tables.clients import ClientRow
from tests.storage.database.rows import NOW, opened, user

LATER = NOW + timedelta(hours=1)
ADA = user("ada")


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    with opened(database_url) as made:
        with made.transaction() as db:
            assert users.add(db, ADA)
        yield made


def other(name: str, default: Any) -> Any:
    """Return a value of a field's type that is not its default."""
    match default:
        case bool():
            return not default
        case frozenset():
            return frozenset({"b", "a", "ä"})
        case tuple():
            return (f"{name} 2", f"{name} 1")
        case int():
            return 42
        case _:
            return f"a {name}"


def every_field_changed(client_id: str) -> Client:
    kept: dict[str, Any] = {"id": client_id, "owner_id": ADA.id, "default_max_age": 7, "disabled": False}
    changed: dict[str, Any] = {spec.name: other(spec.name, spec.default) for spec in fields(Client)}
    return Client(**{**changed, **kept})


def test_every_field_comes_back_as_it_was(database: Database) -> None:
    plain, full = Client(id="1", name="Plain"), every_field_changed("2")
    assert {spec.name for spec in fields(Client) if getattr(plain, spec.name) == getattr(full, spec.name)} == {
        "disabled"
    }
    with database.transaction() as db:
        clients.add(db, plain, NOW)
        clients.add(db, full, NOW)
    assert database.look(lambda db: clients.find(db, "1")) == plain
    assert database.look(lambda db: clients.find(db, "2")) == full


def test_every_column_is_mapped() -> None:
    assert {*clients.COLUMNS, "created_at", "updated_at", "stamp"} == set(vars(ClientRow)["__table__"].columns.keys())


def test_saving_leaves_nothing_of_what_was_before(database: Database) -> None:
    with database.transaction() as db:
        clients.add(db, every_field_changed("2"), NOW)
        clients.save(db, Client(id="2", name="Plain"), LATER)
        generation = every_field_changed("2").generation  # a save that comes late takes no revocation back
        assert clients.find(db, "2") == Client(id="2", name="Plain", generation=generation)
        registered = clients.find_registered(db, "2", hold=True)
        assert registered is not None
        assert (registered.created_at, registered.updated_at) == (NOW, LATER)
        assert clients.last_change(db) == 1_772_370_000_000


def test_saving_does_not_enable_what_an_administrator_disabled(database: Database) -> None:
    client = Client(id="2", name="Plain")
    with database.transaction() as db:
        clients.add(db, client, NOW)
        clients.set_disabled(db, "2", NOW, disabled=True)
        clients.save(db, replace(client, name="Other"), LATER)
        assert clients.find(db, "2") == Client(id="2", name="Other", disabled=True)
        clients.set_disabled(db, "2", LATER, disabled=False)
        assert clients.find(db, "2") == Client(id="2", name="Other")


def test_apps_are_listed_newest_first(database: Database) -> None:
    def names(*found: clients.RegisteredClient) -> list[str]:
        return [one.client.name for one in found]

    with database.transaction() as db:
        for number, (name, owner) in enumerate([("Old", ADA.id), ("Nobody's 100%", None), ("New", ADA.id)], start=1):
            clients.add(db, Client(id=str(number), name=name, owner_id=owner), NOW + timedelta(hours=number))
        assert names(*clients.list_owned(db, ADA.id)) == ["New", "Old"]
        assert clients.count_owned(db, ADA.id) == 2
        assert names(*clients.list_page(db, "", 0, 10)) == ["New", "Nobody's 100%", "Old"]
        assert names(*clients.list_page(db, "", 1, 1)) == ["Nobody's 100%"]
        assert names(*clients.list_page(db, "0%", 0, 10)) == ["Nobody's 100%"]
        assert names(*clients.list_page(db, "_", 0, 10)) == []
        assert clients.owner_of(db, "1") == ("ada", "Ada")
        assert clients.owner_of(db, "2") is None


@pytest.mark.parametrize("strange", ["", "abc", "1 ", "\x00", "-1", "9" * 400])
def test_what_is_no_id_is_no_app(database: Database, strange: str) -> None:
    with database.transaction() as db:
        clients.add(db, Client(id="1", name="App"), NOW)
        assert clients.find_registered(db, strange, hold=True) is None


def test_only_enabled_public_apps_have_sites_of_their_own(database: Database) -> None:
    uris = ("https://a.example", "https://b.example")
    with database.transaction() as db:
        clients.add(db, Client(id="1", name="App", is_public=True, redirect_uris=uris), NOW)
        clients.add(db, Client(id="2", name="App", redirect_uris=("https://c.example",)), NOW)
        clients.add(db, Client(id="3", name="App", is_public=True, redirect_uris=("https://d.example",)), NOW)
        clients.set_disabled(db, "3", NOW, disabled=True)
        assert clients.list_public_redirect_uris(db) == list(uris)


def test_a_secret_is_kept_until_it_is_retired(database: Database) -> None:
    client = Client(id="1", name="App")
    first = ClientSecret(7, "1", b"digest", None, "First", "abcd", NOW)
    second = ClientSecret(8, "1", b"other", b"sealed", "Second", "efgh", LATER)
    with database.transaction() as db:
        clients.add(db, client, NOW)
        client_secrets.add(db, first)
        client_secrets.add(db, second)
        kept = client_secrets.list_kept(db, "1")
        assert [secret.id for secret in kept] == [7, 8]
        assert (kept[0], kept[1].sealed) == (first, b"sealed")
        assert clients.find_with_secret(db, "1", 8) == (client, (b"other", None))
        assert not client_secrets.retire(db, 8, "2", NOW)
        assert client_secrets.retire(db, 8, "1", NOW)
        assert not client_secrets.retire(db, 8, "1", LATER)
        assert client_secrets.list_kept(db, "1") == [first]
        assert clients.find_with_secret(db, "1", 8) == (client, None)
