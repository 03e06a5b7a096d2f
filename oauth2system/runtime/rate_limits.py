"""Rate limits: attempts counted against policy/budgets.py, in the database that all processes share."""

from oauth2system.errors import TooManyAttempts
from oauth2system.policy.budgets import Budget
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import rate_limits


def spend(ctx: Context, budget: Budget, *whose: str) -> None:
    """Spend one attempt, or refuse with the time to wait; counted before anything is checked (T097)."""
    if not try_spend(ctx, budget, *whose):
        raise TooManyAttempts(_wait_seconds(ctx, budget, *whose))


def wait_seconds(ctx: Context, budget: Budget, *whose: str) -> int:
    """Return how long to wait for the next attempt."""
    return _wait_seconds(ctx, budget, *whose)


def try_spend(ctx: Context, budget: Budget, *whose: str) -> bool:
    """Spend one attempt; False when there is none left."""
    return rate_limits.spend(ctx.db, _key(ctx, budget, whose), ctx.now_ms, _cost(ctx, budget), budget.period_ms)


def give_back(ctx: Context, budget: Budget, *whose: str) -> None:
    """Return one attempt that was no failure after all."""
    rate_limits.give_back(ctx.db, _key(ctx, budget, whose), _cost(ctx, budget))


def refill(ctx: Context, budget: Budget, *whose: str) -> None:
    """Forget every attempt, e.g. after the right password."""
    rate_limits.refill(ctx.db, _key(ctx, budget, whose))


def _key(ctx: Context, budget: Budget, whose: tuple[str, ...]) -> bytes:
    return ctx.server.encryption.fingerprint("throttle", budget.name, *whose)


def _cost(ctx: Context, budget: Budget) -> int:
    """Return what one attempt costs, in milliseconds of refilling."""
    return max(1, int(budget.period_ms / (budget.times * ctx.settings.rate_limit_factor)))


def _wait_seconds(ctx: Context, budget: Budget, *whose: str) -> int:
    full_at = rate_limits.full_at(ctx.db, _key(ctx, budget, whose))
    wait_ms = full_at + _cost(ctx, budget) - budget.period_ms - ctx.now_ms
    return max(1, -(-wait_ms // 1000))
