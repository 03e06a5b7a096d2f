"""How many pictures arrive: at once in this process, and in an hour at this server."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from oauth2system.errors import TooManyAttempts
from oauth2system.policy import budgets, quotas
from oauth2system.policy.budgets import network
from oauth2system.runtime import rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.server_state import ServerState
from oauth2system.services.pictures.unfit import UnfitPicture


@dataclass(slots=True, eq=False)
class Arriving:
    """The uploads that are on their way or being decoded, by person and by address."""

    whose: Counter[str] = field(default_factory=Counter[str])
    all: int = 0


def spend(ctx: Context, user_id: str) -> None:
    """Count an upload by person, by address and in all; raises UnfitPicture when there were too many."""
    try:
        rate_limits.spend(ctx, budgets.UPLOADS, user_id)
        rate_limits.spend(ctx, budgets.UPLOADS_ADDRESS, network(ctx.source.ip))
        rate_limits.spend(ctx, budgets.UPLOADS_IN_ALL)
    except TooManyAttempts as error:
        raise UnfitPicture("picture_often") from error


@contextmanager
def place(server: ServerState, user_id: str, ip: str) -> Generator[None]:
    """Take a place for an upload and give it back; raises UnfitPicture when there is none for this person.

    What is held in memory is bounded by these places: no upload is read without one.
    """
    arriving = server.of(Arriving)
    limits = {f"person {user_id}": quotas.UPLOADS_OF_A_PERSON, f"address {network(ip)}": quotas.UPLOADS_OF_AN_ADDRESS}
    if arriving.all >= quotas.UPLOADS_AT_ONCE or any(arriving.whose[key] >= most for key, most in limits.items()):
        raise UnfitPicture("picture_busy")
    arriving.all += 1
    arriving.whose.update(limits.keys())
    try:
        yield
    finally:
        arriving.all -= 1
        arriving.whose.subtract(limits.keys())
        arriving.whose += Counter()  # drops those that have none
