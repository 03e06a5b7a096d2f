"""The audit trail: who did what to whom, without a secret in it."""

from typing import Any

from oauth2system.policy import budgets, user_agents
from oauth2system.runtime import rate_limits
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import audit
from oauth2system.storage.tables.audit import Event

Fact = str | int | bool | None | list[str]


def record_attempt(ctx: Context, event: str, *, user_id: str | None = None) -> None:
    """Record what an anonymous caller tried and what changed nothing; beyond a budget for all it is left out."""
    if rate_limits.try_spend(ctx, budgets.NOTED_IN_ALL):
        record(ctx, event, user_id=user_id)


def record(
    ctx: Context, event: str, *, user_id: str | None = None, client_id: str | None = None, **facts: Fact
) -> None:
    """Write one event in the same transaction as the change it records; facts are plain values and never secrets.

    The browser of the caller is one of the facts, by its name and its system, as far as both are known.
    """
    browser, system = user_agents.read(ctx.source.agent)
    facts = {"browser": browser or None, "system": system or None, **facts}
    data: dict[str, Any] = {key: value for key, value in facts.items() if value is not None}
    audit.add(
        ctx.db,
        Event(
            id=ctx.new_id(),
            at=ctx.now,
            event=event,
            actor=ctx.actor,
            user_id=user_id,
            client_id=client_id,
            ip=ctx.source.ip,
            data=data,
        ),
    )
