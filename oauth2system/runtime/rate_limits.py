"""Rate limits: attempts counted against policy/budgets.py, in the database that all processes share.

The hot paths have no statement to spare. Their budgets are counted in memory, by each process for itself.
"""

from dataclasses import dataclass, field

from oauth2system.errors import TooManyAttempts
from oauth2system.policy import quotas
from oauth2system.policy.budgets import Budget
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import rate_limits


def spend(ctx: Context, budget: Budget, *whose: str) -> None:
    """Spend one attempt, or refuse with the time to wait; counted before anything is checked (T097)."""
    if not try_spend(ctx, budget, *whose):
        raise TooManyAttempts(_wait_seconds(ctx, budget, *whose))


@dataclass(slots=True, eq=False)
class InMemory:
    """The budgets that one process counts by itself: when (ms) each is whole again, the oldest use first."""

    full_at: dict[tuple[str, ...], float] = field(default_factory=dict[tuple[str, ...], float])


def spend_in_memory(ctx: Context, budget: Budget, *whose: str) -> None:
    """Spend one attempt without a statement, or refuse with the time to wait; spend it before anything is written."""
    full_at = ctx.server.of(InMemory).full_at
    key = (budget.name, *whose)
    cost = budget.period_ms / (budget.times * ctx.settings.rate_limit_factor)
    whole = max(full_at.pop(key, 0.0), ctx.now_ms) + cost
    over = whole - ctx.now_ms - budget.period_ms
    full_at[key] = whole if over <= 0 else whole - cost
    if len(full_at) > quotas.BUDGETS_IN_MEMORY:
        full_at.pop(next(iter(full_at)), None)
    if over > 0:
        raise TooManyAttempts(max(1, int(-(-over // 1000))))


def wait_seconds(ctx: Context, budget: Budget, *whose: str) -> int:
    """Return how long to wait for the next attempt."""
    return _wait_seconds(ctx, budget, *whose)


def try_spend(ctx: Context, budget: Budget, *whose: str) -> bool:
    """Spend one attempt; False when there is none left."""
    return rate_limits.spend(
        ctx.db, _make_key(ctx, budget, whose), ctx.now_ms, _compute_cost(ctx, budget), budget.period_ms
    )


def give_back(ctx: Context, budget: Budget, *whose: str) -> None:
    """Return one attempt that was no failure after all."""
    rate_limits.give_back(ctx.db, _make_key(ctx, budget, whose), _compute_cost(ctx, budget))


def refill(ctx: Context, budget: Budget, *whose: str) -> None:
    """Forget every attempt, e.g. after the right password."""
    rate_limits.refill(ctx.db, _make_key(ctx, budget, whose))


def _make_key(ctx: Context, budget: Budget, whose: tuple[str, ...]) -> bytes:
    return ctx.server.encryption.fingerprint("throttle", budget.name, *whose)


def _compute_cost(ctx: Context, budget: Budget) -> int:
    """Return what one attempt costs, in milliseconds of refilling."""
    return max(1, int(budget.period_ms / (budget.times * ctx.settings.rate_limit_factor)))


def _wait_seconds(ctx: Context, budget: Budget, *whose: str) -> int:
    full_at = rate_limits.full_at(ctx.db, _make_key(ctx, budget, whose))
    wait_ms = full_at + _compute_cost(ctx, budget) - budget.period_ms - ctx.now_ms
    return max(1, -(-wait_ms // 1000))
