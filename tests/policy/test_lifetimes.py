"""Lifetimes that depend on each other."""

from datetime import timedelta

from oauth2system.policy import lifetimes
from oauth2system.policy.lifetimes import Lifetime


def test_a_lifetime_knows_itself_in_the_units_that_rows_and_answers_use() -> None:
    assert Lifetime(minutes=1, seconds=0.5) == timedelta(seconds=60.5)
    assert (Lifetime(minutes=1, seconds=0.5).in_ms, Lifetime(minutes=1, seconds=0.5).in_seconds) == (60_500, 60)


def test_what_depends_on_another_lifetime_outlives_it() -> None:
    assert lifetimes.CODE < lifetimes.USED_CODE, "a code that expired is told from one that was used"
    assert lifetimes.ACCESS_TOKEN < lifetimes.REFRESH_TOKEN_IDLE < lifetimes.REFRESH_TOKEN
    assert lifetimes.SESSION_SEEN < lifetimes.SESSION_IDLE < lifetimes.SESSION < lifetimes.ENDED_FAMILY_KEPT
    assert lifetimes.JWKS_CACHED < lifetimes.KEY_PUBLISHED_BEFORE, "every cache has seen a key before it signs"
    assert max(lifetimes.ACCESS_TOKEN, lifetimes.ID_TOKEN) < lifetimes.KEY_PUBLISHED_AFTER
    assert lifetimes.DELIVERY_FIRST_PAUSE < lifetimes.DELIVERY_LONGEST_PAUSE
