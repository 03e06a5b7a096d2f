"""How long visitors take, from the link of a site until the site has their data: counted in steps, not kept singly.

Each step is a quarter longer than the one before it. So an hour of an app has few rows however many visitors it had,
and the middle of all of them is known to about a tenth.
"""

from collections.abc import Mapping
from math import ceil, log, sqrt

from oauth2system.runtime.events.noted import CountedOnly

TOOK = "took"
_FIRST_MS = 100
_FACTOR = 1.25
# The last step is half an hour, which is as long as a sign-in can wait.
_STEPS = 45
# One for each step; they are counted and are no lines of the log.
KINDS = tuple(CountedOnly("user", TOOK, str(step)) for step in range(_STEPS))


def find_step(took_ms: int) -> int:
    """Return the step that a duration in milliseconds belongs to."""
    if took_ms <= _FIRST_MS:
        return 0
    return min(ceil(log(took_ms / _FIRST_MS) / log(_FACTOR)), _STEPS - 1)


def estimate_median(counts: Mapping[int, int]) -> int | None:
    """Return the median in milliseconds of durations that were counted by step; None without any."""
    half = sum(counts.values()) / 2
    seen = 0
    for step in sorted(counts):
        seen += counts[step]
        if seen >= half > 0:
            return round(_FIRST_MS * _FACTOR**step / sqrt(_FACTOR))
    return None
