"""How often the hot paths ask the database, counted."""

import pytest

from oauth2system.storage.database.statements import Db
from tests.support.in_process.oauth_apps import App, House


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement from here on, by its first word."""
    words: list[str] = []
    run, send = Db._run, Db._send  # pyright: ignore[reportPrivateUsage]  (a test may look inside)

    def noted(db: Db, sql: str, args: tuple[object, ...]) -> object:
        words.append(sql.split(maxsplit=1)[0])
        return run(db, sql, args)

    def sent(db: Db, sql: str, args: tuple[object, ...]) -> None:
        before = len(words)
        send(db, sql, args)
        words[before:] = [sql.split(maxsplit=1)[0]]  # once, also where it is run

    monkeypatch.setattr(Db, "_run", noted)
    monkeypatch.setattr(Db, "_send", sent)
    return words


def test_an_anonymous_visitor_is_looked_up_once_counted_and_kept(house: House, c1: App, asked: list[str]) -> None:
    asked.clear()
    answer = house.door.get(f"/oauth2/authorize?client_id={c1.id}&response_type=code&scope=email")
    assert answer.headers["location"].startswith("/login?flow=")
    assert asked == ["SELECT", "INSERT", "INSERT"]


def test_a_refresh_looks_once_and_writes_twice(house: House, c1: App, asked: list[str]) -> None:
    refresh = house.tokens(c1, scope="identify")["refresh_token"]
    asked.clear()
    assert house.refresh(c1, refresh).status_code == 200
    assert asked == ["SELECT", "INSERT", "UPDATE"]


def test_a_code_is_looked_at_once_taken_and_founds_a_family(house: House, c1: App, asked: list[str]) -> None:
    code = house.code(c1, scope="identify")
    asked.clear()
    assert house.redeem(c1, code).status_code == 200
    assert asked == ["SELECT", "UPDATE", "INSERT", "INSERT"]


def test_a_public_app_needs_no_statement_more(house: House, p1: App, asked: list[str]) -> None:
    code = house.code(p1, scope="identify")
    asked.clear()
    tokens = house.redeem(p1, code).json()
    assert asked == ["SELECT", "UPDATE", "INSERT", "INSERT"]
    asked.clear()
    assert house.refresh(p1, tokens["refresh_token"]).status_code == 200
    assert asked == ["SELECT", "INSERT", "UPDATE"]
