"""Lifetimes that depend on each other."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import oauth2system
from oauth2system.policy import lifetimes
from oauth2system.policy.lifetimes import Lifetime


def test_a_lifetime_knows_itself_in_the_units_that_rows_and_answers_use() -> None:
    assert Lifetime(minutes=1, seconds=0.5) == timedelta(seconds=60.5)
    assert (Lifetime(minutes=1, seconds=0.5).in_ms, Lifetime(minutes=1, seconds=0.5).in_seconds) == (60_500, 60)


def test_what_depends_on_another_lifetime_outlives_it() -> None:
    assert lifetimes.CODE < lifetimes.USED_CODE, "a code that expired is told from one that was used"
    assert lifetimes.ACCESS_TOKEN < lifetimes.REFRESH_TOKEN_IDLE < lifetimes.REFRESH_TOKEN
    assert lifetimes.SESSION_SEEN < lifetimes.BRIEF_SESSION_IDLE < lifetimes.BRIEF_SESSION < lifetimes.SESSION
    assert lifetimes.SESSION_SEEN < lifetimes.SESSION_IDLE < lifetimes.SESSION < lifetimes.ENDED_FAMILY_KEPT
    assert lifetimes.JWKS_CACHED < lifetimes.KEY_PUBLISHED_BEFORE, "every cache has seen a key before it signs"
    assert max(lifetimes.ACCESS_TOKEN, lifetimes.ID_TOKEN) < lifetimes.KEY_PUBLISHED_AFTER
    assert lifetimes.DELIVERY_FIRST_PAUSE < lifetimes.DELIVERY_LONGEST_PAUSE


# Technical limits: nobody who runs a server would want to choose them.
_TECHNICAL = {
    "LARGEST_GROUP": "how many writers share one commit",
    "_LONGEST_PAUSE_S": "between two tries to get SQLite's lock",
    "LONGEST_LINE": "of a backup, so that a damaged file is not read into memory",
    "MOST_LINES": "how many connections to PostgreSQL a lane has",
    "_MOST_PREPARED": "how many statements a connection prepares",
    "_MOST_SHAPES": "how many compiled statements are kept",
    "_MILLISECOND": "a unit",
}


def test_no_other_file_below_the_doors_chooses_a_duration_or_a_limit() -> None:
    root = Path(oauth2system.__file__).parent
    chosen = {
        f"{path.relative_to(root)}: {name}"
        for layer in ("storage", "runtime", "services")
        for path in (root / layer).rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for name in [ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)]
        if name not in _TECHNICAL
        if re.match(r"_?(MOST|LONGEST|LARGEST|SHORTEST)(_|$)", name)
        or re.search(r"timedelta\(", ast.unparse(node.value))
    }
    assert not chosen, "policy/lifetimes.py and policy/quotas.py are the two screens for these"
