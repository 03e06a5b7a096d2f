"""T132, T159: an app whose server accepts and never answers holds up itself, and neither mails nor other apps."""

import asyncio
from collections import Counter
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oauth2system.policy import lifetimes, quotas
from oauth2system.runtime import outbox
from oauth2system.runtime.outbox import Hung, Recipient
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import worker
from oauth2system.storage.tables.outbox import Lane
from tests.support.in_process.browsers import House
from tests.support.patience import PATIENCE_S

DAY = timedelta(days=1)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    made = House(database_url, tmp_path)
    yield made
    made.close()


class Servers:
    """The servers of apps: what reached them, how many calls each owner and host had at once, and which hang."""

    def __init__(self, house: House, *, answer_after_s: float = 0.0) -> None:
        self.pause_s, self.hanging = answer_after_s, set[str]()
        self.reached: list[str] = []
        self.now, self.most = Counter[str](), Counter[str]()
        house.handlers["notice"] = self.deliver

    async def deliver(self, _runner: Runner, payload: dict[str, Any]) -> None:
        self.reached.append(payload["host"])
        self.now.update((payload["owner"], payload["host"]))
        self.most |= self.now
        await asyncio.sleep(self.pause_s)
        self.now.subtract((payload["owner"], payload["host"]))
        if payload["host"] in self.hanging:
            raise Hung("never answered")


def notify(house: House, owner: str, host: str) -> None:
    to = Recipient(f"app of {owner}", owner, host)
    house.ask(outbox.put, "notice", {"owner": owner, "host": host}, lives=DAY, to=to)


def test_t132_no_mail_waits_for_apps_that_never_answer(house: House) -> None:
    """Every place for notices is taken by servers that hang; a mail that is written now comes all the same."""
    servers = Servers(house, answer_after_s=4 * PATIENCE_S)
    came = asyncio.Event()

    async def mail(_runner: Runner, _payload: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        came.set()

    house.handlers[outbox.MAIL] = mail
    for number in range(56):
        notify(house, f"mallory {number % 14}", f"{number}.example")

    async def all_hang() -> None:
        while len(servers.reached) < quotas.DELIVERIES_AT_ONCE:
            house.runner.server.wake_up.wake()
            await asyncio.sleep(0.05)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.create_task(worker.deliver_until(house.runner, house.handlers, stop))
        await asyncio.wait_for(all_hang(), PATIENCE_S)
        await asyncio.to_thread(house.ask, outbox.mail, "invitation", lives=DAY)
        await asyncio.wait_for(came.wait(), PATIENCE_S)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)

    asyncio.run(run())


def test_t132_an_owner_and_a_host_have_two_calls_at_once_and_others_go_on(house: House) -> None:
    servers = Servers(house, answer_after_s=0.05)
    for number in range(12):
        notify(house, "mallory", f"{number}.example")
        notify(house, f"owner {number}", "shared.example")
    for number in range(4):
        notify(house, f"honest {number}", f"honest{number}.example")
    assert asyncio.run(worker.deliver_lane(house.runner, house.handlers, Lane.NOTICES)) == 28
    assert max(servers.most.values()) == quotas.DELIVERIES_OF_ONE
    place = max(servers.reached.index(f"honest{number}.example") for number in range(4))
    assert place < 8, "the first eight calls hold two of each, and all of the honest ones"


def test_t132_two_workers_keep_to_the_same_two(house: House, tmp_path: Path) -> None:
    """What one worker has claimed counts for the other, also while both claim: they choose the same rows."""
    servers = Servers(house, answer_after_s=0.05)
    for number in range(10):
        notify(house, "mallory", f"{number}.example")
    other = House(house.settings.database_url, tmp_path)

    async def both() -> int:
        return sum(
            await asyncio.gather(
                *(worker.deliver_lane(one.runner, house.handlers, Lane.NOTICES) for one in (house, other))
            )
        )

    assert asyncio.run(both()) == 10
    assert sorted(servers.reached) == sorted(f"{number}.example" for number in range(10)), "each once"
    assert servers.most["mallory"] == quotas.DELIVERIES_OF_ONE
    other.close()


def test_t132_a_host_that_hung_is_left_alone_for_a_while(house: House) -> None:
    servers = Servers(house)
    servers.hanging = {"gone.example"}
    for number in range(10):
        notify(house, f"owner {number}", "gone.example")
    notify(house, "ada", "here.example")
    house.deliver()
    assert Counter(servers.reached) == {"gone.example": quotas.DELIVERIES_OF_ONE, "here.example": 1}
    house.later(seconds=lifetimes.HOST_RESTS.in_seconds - 1)
    house.deliver()
    assert len(servers.reached) == 3
    servers.hanging = set()
    house.later(seconds=1)
    house.deliver()
    assert house.ask(outbox.count_backlog).waiting == 0


def test_t132_what_waits_for_one_app_and_one_owner_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "NOTICES_OF_AN_APP", 2)
    monkeypatch.setattr(quotas, "NOTICES_OF_AN_OWNER", 3)
    first, second = (Recipient(app, "mallory", "gone.example") for app in ("1", "2"))
    room: list[bool] = []
    for to in (first, first, first, second, second):
        room.append(house.ask(outbox.has_room, to))
        if room[-1]:
            house.ask(outbox.put, "notice", {}, lives=DAY, to=to)
    assert room == [True, True, False, True, False]
    assert house.ask(outbox.has_room, Recipient("3", "ada", "here.example"))
