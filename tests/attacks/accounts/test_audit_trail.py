"""Whatever an administrator or an operator does leaves a line: who, to whom, when (T122)."""

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.services.admin import apps as all_apps
from oauth2system.services.admin import people
from tests.support.in_process.story import Member, Story

Act = Callable[[Story, Member, str, str], Any]


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Generator[Story]:
    made = Story(database_url, tmp_path)
    yield made
    made.close()


ACTS: dict[str, Act] = {
    "account.disabled": lambda _story, admin, name, _app: admin.do(people.disable, name),
    "account.enabled": lambda _story, admin, name, _app: admin.do(people.enable, name),
    "account.created": lambda _story, admin, _name, _app: admin.do(people.create, "fresh", "fresh@example.org"),
    "invitation.created": lambda _story, admin, _name, _app: admin.do(people.invite, "guest@example.org"),
    "app.changed": lambda _story, admin, _name, app: admin.do(all_apps.disable, app),
    "app.tokens_revoked": lambda _story, admin, _name, app: admin.do(all_apps.revoke_tokens, app),
    "app.deleted": lambda _story, admin, _name, app: admin.do(all_apps.delete, app),
}


@pytest.mark.parametrize("event", ACTS)
def test_t122_an_administrators_act_is_written_down(story: Story, event: str) -> None:
    admin, owner = story.member("root", admin=True), story.member("ada")
    app = story.app(owner)
    story.later(seconds=5)
    before = set(story.look("SELECT id FROM audit"))
    ACTS[event](story, admin, "ada", app.client_id)
    lines = story.look("SELECT id, actor, at, event, user_id, client_id, data FROM audit")
    [(_id, actor, at, _event, user_id, client_id, data)] = [
        line for line in lines if (line[0],) not in before and line[3] == event
    ]
    assert actor == f"user:{admin.user_id}"
    assert at == int(story.now.timestamp() * 1000)
    assert user_id or client_id or event == "invitation.created"
    assert "@" not in str(data)


def test_t122_an_operators_command_is_written_down_as_such(story: Story) -> None:
    story.ask(people.create, "ada", "ada@example.org", confirmed=True)
    assert story.look("SELECT actor FROM audit WHERE event = 'account.created'") == [("system",)]


def test_t122_nothing_changes_what_is_written() -> None:
    """Lines are added and, after a long time, purged; else only an erased person's traces are taken out of them."""
    root = Path(__file__).resolve().parents[3] / "oauth2system"
    sources = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    assert [name for name, text in sources.items() if "DELETE FROM audit" in text] == []
    changed = {name: re.findall(r"UPDATE audit SET ([^\"]+) WHERE", text) for name, text in sources.items()}
    assert {name: found for name, found in changed.items() if found} == {
        "storage/tables/audit.py": [
            "user_id = NULL, actor = ?, ip = '', data = '{}'",
            "actor = ?, ip = ''",
        ]
    }, "what happened, when and to which app stays"
    # An expression names the class of the table that it changes.
    assert [name for name, text in sources.items() if "AuditRow" in text] == ["storage/tables/audit.py"]
    changes = re.findall(r"\b(?:\w+\.)?\w*\(db, AuditRow|update\(|delete\(", sources["storage/tables/audit.py"])
    assert changes == ["purge_rows(db, AuditRow"]
