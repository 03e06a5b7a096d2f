"""How many at once, how often and how long, counted in memory: for what costs this process and not the database."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.policy.budgets import Budget

# Keys, each with the most that it may hold.
Limits = tuple[tuple[str, int], ...]


def most(limit: int, factor: float) -> int:
    """Return a limit times the setting RATE_LIMIT_FACTOR; at least one."""
    return max(1, int(limit * factor))


class Places:
    """Places that are taken and given back, counted under several keys; a key without any costs nothing."""

    def __init__(self) -> None:
        """Start with every place free."""
        self._taken: dict[str, int] = {}

    def take(self, limits: Limits) -> bool:
        """Take one place under each key; False, and none is taken, when one of them is full."""
        taken = self._taken
        for key, limit in limits:
            if taken.get(key, 0) >= limit:
                return False
        for key, _limit in limits:
            taken[key] = taken.get(key, 0) + 1
        return True

    def give_back(self, limits: Limits) -> None:
        """Give back what `take` took."""
        taken = self._taken
        for key, _limit in limits:
            left = taken[key] - 1
            if left:
                taken[key] = left
            else:
                del taken[key]


class Tries:
    """Attempts within a period, counted in this process. Every period begins afresh, so old keys are forgotten."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing spent."""
        self._clock = clock
        self._spent: dict[str, Counter[str]] = {}
        self._periods: dict[str, int] = {}

    def spend(self, budgets: Iterable[tuple[Budget, str]], factor: float) -> bool:
        """Spend one attempt of each budget and key; False, and none is spent, when one of them is used up.

        One of the budgets should be for all callers together: it also limits how many keys are remembered.
        """
        asked = [(self._of(budget), whose, most(budget.times, factor)) for budget, whose in budgets]
        if any(spent[whose] >= limit for spent, whose, limit in asked):
            return False
        for spent, whose, _limit in asked:
            spent[whose] += 1
        return True

    def _of(self, budget: Budget) -> Counter[str]:
        period = int(self._clock() * 1000 / budget.period_ms)
        if self._periods.get(budget.name) != period:
            self._periods[budget.name] = period
            self._spent[budget.name] = Counter()
        return self._spent[budget.name]


class Reads:
    """Ends reads that last too long. All are looked at together: a timer for each would cost more than the read."""

    def __init__(self) -> None:
        """Start with nothing to read."""
        self._fresh: set[asyncio.Task[Any]] = set()
        self._old: set[asyncio.Task[Any]] = set()
        self._ended: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> "asyncio.Task[Any] | None":
        """Begin a read of the current task; it is cancelled at the second look from now."""
        task = asyncio.current_task()
        if task is not None:
            self._fresh.add(task)
            if self._timer is None:
                self._look_later(task)
        return task

    def end(self, task: "asyncio.Task[Any] | None") -> bool:
        """End a read; True when it was cancelled here, which the task then need not pass on."""
        if task is None:
            return False
        self._fresh.discard(task)
        self._old.discard(task)
        if not self._ended or task not in self._ended:
            return False
        self._ended.discard(task)
        task.uncancel()
        return True

    def _look_later(self, task: "asyncio.Task[Any]") -> None:
        self._timer = task.get_loop().call_later(lifetimes.BODY_LOOK.total_seconds(), self._look)

    def _look(self) -> None:
        late, self._old, self._fresh, self._timer = self._old, self._fresh, set(), None
        for task in late:
            self._ended.add(task)
            task.cancel()
        if self._old:
            self._look_later(next(iter(self._old)))
