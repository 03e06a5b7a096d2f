"""How many at once and how often, by key: counted in memory, for what costs this process and not the database."""

import time
from collections import Counter
from collections.abc import Callable, Iterable

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
        self._taken: Counter[str] = Counter()

    def take(self, limits: Limits) -> bool:
        """Take one place under each key; False, and none is taken, when one of them is full."""
        if any(self._taken[key] >= limit for key, limit in limits):
            return False
        self._taken.update(key for key, _limit in limits)
        return True

    def give_back(self, limits: Limits) -> None:
        """Give back what `take` took."""
        for key, _limit in limits:
            self._taken[key] -= 1
            if self._taken[key] <= 0:
                del self._taken[key]


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
