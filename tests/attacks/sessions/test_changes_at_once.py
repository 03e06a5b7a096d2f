"""What changes one person's access at the same moment is all answered: rows are written in one order.

On PostgreSQL two services that write the same rows in opposite orders wait for each other until one is ended. These
run with a pause after each statement and are not run again, so that a wrong order shows.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from oauth2system.errors import Refusal
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links, runner
from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts import email_addresses, password_reset
from oauth2system.services.admin import people
from oauth2system.services.sessions import sign_in, sign_out
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables.ephemeral import Whose
from tests.support.in_process.browsers import PASSWORD
from tests.support.in_process.story import SITE, Member, Story

ROUNDS = 3
PAUSE_S = 0.004
ADDRESS = {"email": "ada@example.org", "key": "ada@example.org"}

Act = Callable[[], Any]


def link(story: Story, member: Member, kind: Kind, **data: str) -> str:
    user_id = member.user_id
    generation = story.look("SELECT generation FROM users WHERE id = ?", user_id)[0][0]
    whose = Whose(user_id, None if kind is Kind.UNDO else generation)
    return story.ask(one_time_links.mint, kind, lives=timedelta(hours=1), data=data, whose=whose)


def sign_in_again(story: Story, member: Member) -> Act:
    found = story.ask(sign_in.find_owner, member.user_id, None)
    match = sign_in.compare(found, PASSWORD)
    return lambda: story.runner.now(SITE, sign_in.finish, found, match)


def change(story: Story, member: Member) -> Act:
    found = story.ask(sign_in.find_owner, member.user_id, None)
    match = sign_in.compare(found, PASSWORD)
    kept = found.candidates[0].kept
    return lambda: member.do(password_reset.save_change, found, match, kept)


def reset(story: Story, member: Member) -> Act:
    kept = story.look("SELECT password_hash FROM users WHERE id = ?", member.user_id)[0][0]
    token = link(story, member, Kind.RESET, **ADDRESS)
    return lambda: story.runner.now(Caller(), password_reset.save_reset, token, kept, None)


def confirm(story: Story, member: Member) -> Act:
    token = link(story, member, Kind.CONFIRM, does="confirm", **ADDRESS)
    return lambda: member.do(email_addresses.use_link, token, browser=None, device=None)


def move(story: Story, member: Member) -> Act:
    token = link(story, member, Kind.CONFIRM, does="move", **ADDRESS)
    return lambda: member.do(email_addresses.use_link, token, browser=None, device=None)


def leave(_story: Story, member: Member) -> Act:
    return lambda: member.do(sign_out.sign_out, everywhere=False)


def leave_everywhere(_story: Story, member: Member) -> Act:
    return lambda: member.do(sign_out.sign_out, everywhere=True)


def disable(story: Story, _member: Member) -> Act:
    return lambda: story.ask(people.disable, "ada")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (reset, change),
        (reset, sign_in_again),
        (reset, reset),
        (confirm, disable),
        (move, disable),
        (leave, leave_everywhere),
        (leave, disable),
        (change, leave_everywhere),
    ],
    ids=lambda act: act.__name__,
)
def test_two_changes_of_one_persons_access_never_wait_for_each_other(
    story: Story, monkeypatch: pytest.MonkeyPatch, one: Callable[..., Act], other: Callable[..., Act]
) -> None:
    monkeypatch.setattr(runner, "DEADLOCK_RETRIES", 0)
    ada = story.member("ada")
    for _round in range(ROUNDS):
        acts = [make(story, story.again(ada.user_id)) for make in (one, other)]
        with monkeypatch.context() as slowly, ThreadPoolExecutor(2) as threads:
            pause_after_statements(slowly)
            together = Barrier(2)

            def act(what: Act, together: Barrier = together) -> None:
                together.wait(30)
                with suppress(Refusal):  # an answer: the other one was first
                    what()

            list(threads.map(act, acts))
        story.ask(people.enable, "ada")


def pause_after_statements(slowly: pytest.MonkeyPatch) -> None:
    def then_pause(do: Callable[..., Any]) -> Callable[..., Any]:
        def run(db: Db, *args: Any) -> Any:
            answer = do(db, *args)
            time.sleep(PAUSE_S)
            return answer

        return run

    for name in ("_run", "_perform"):
        slowly.setattr(Db, name, then_pause(getattr(Db, name)))
