"""The news that an app has changed: who hears it in this process, and at the other workers."""

import pytest

from oauth2system.policy import quotas
from oauth2system.runtime.events.changes import Changes
from oauth2system.runtime.events.other_workers import read_message


def test_a_tab_watches_one_app_at_a_time_until_it_is_forgotten() -> None:
    changes, heard = Changes(), list[str]()
    changes.watch("1", "tab", lambda: heard.append("1"))
    changes.watch("2", "tab", lambda: heard.append("2"))
    changes.announce(["1", "2"])
    assert (heard, changes.count()) == (["2"], 1)
    changes.forget("tab")
    changes.forget("tab")
    changes.announce(["1", "2"])
    assert (heard, changes.count()) == (["2"], 0)


def test_a_tab_that_cannot_be_called_keeps_no_other_from_hearing() -> None:
    changes, heard = Changes(), list[str]()

    def fail() -> None:
        raise ZeroDivisionError

    changes.watch("1", "first", fail)
    changes.watch("1", "second", lambda: heard.append("second"))
    changes.announce(["1"])
    assert heard == ["second"]


def test_an_empty_id_stands_for_every_app() -> None:
    changes, heard = Changes(), list[str]()
    for one in ("1", "2"):
        changes.watch(one, one, lambda one=one: heard.append(one))
    changes.wake([""])
    assert sorted(heard) == ["1", "2"]


def test_nothing_is_kept_for_other_workers_where_there_are_none() -> None:
    changes = Changes()
    changes.announce(["1"])
    assert changes.take_outgoing() == set()


def test_too_many_changes_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "CHANGES_WAITING", 2)
    changes = Changes()
    changes.is_shared = True
    for number in range(100):
        changes.announce([str(number)])
    assert changes.take_outgoing() == {""}
    assert not changes.news.is_set()


@pytest.mark.parametrize(
    ("data", "apps"),
    [
        (b'["other", "1", "2"]', {"1", "2"}),
        (b'["me", "1"]', set[str]()),
        (b'["other", 1, null, "2"]', {"2"}),
        (b"[]", set[str]()),
        (b"{}", set[str]()),
        (b"\xff", set[str]()),
    ],
)
def test_a_message_names_apps_and_what_is_no_message_names_none(data: bytes, apps: set[str]) -> None:
    assert read_message(data, "me") == apps
