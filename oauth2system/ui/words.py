"""Times, browsers and counts in words, for people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Literal

from babel.dates import format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from oauth2system.i18n import _, conventions, date_in_words, ngettext
from oauth2system.policy import user_agents

MINUTE, HOUR, DAY = 60, 3600, 86400
RECENT_DAYS = 30
_UNITS: tuple[tuple[Literal["day", "hour", "minute"], int], ...] = (("day", DAY), ("hour", HOUR), ("minute", MINUTE))


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago something was; the date for what is older than a month."""
    if moment is None:
        return _("never")
    seconds = int(((now or datetime.now(UTC)) - moment).total_seconds())
    if seconds < MINUTE:
        return _("just now")
    if seconds >= RECENT_DAYS * DAY:
        return day(moment)
    unit, length = next(one for one in _UNITS if seconds >= one[1])
    passed = timedelta(seconds=-(seconds // length) * length)
    return format_timedelta(passed, unit, threshold=inf, add_direction=True, locale=conventions())


def span(seconds: int) -> str:
    """Return how long something took: "4 minutes"."""
    return format_timedelta(timedelta(seconds=seconds), threshold=inf, locale=conventions())


def day(moment: datetime) -> str:
    """Return a date with the month as a word: it cannot be misread."""
    return date_in_words(moment)


def month(moment: datetime) -> str:
    """Return a month and its year, as the reader's language names them together."""
    return format_skeleton("yMMMM", moment, locale=conventions())


def number(value: int) -> str:
    """Return a number with the separators of the reader's language."""
    return format_decimal(value, locale=conventions())


def clock(now: datetime | None = None) -> str:
    """Say what time it is, for what does not change by itself."""
    return _("{time} UTC").format(time=f"{now or datetime.now(UTC):%H:%M:%S}")


def times(count: int, last: datetime, now: datetime | None = None) -> str:
    """Return how often something happened, and when last."""
    if count == 1:
        return ago(last, now)
    return _("{n} times, last {when}").format(n=count, when=ago(last, now))


def listed(several: Sequence[str]) -> str:
    """Return several words as one list, written as its reader writes lists."""
    return format_list(several, locale=conventions())


def browser(agent: str) -> str:
    """Return a short name of a browser and its system, by its User-Agent."""
    named = user_agents.in_words(agent)
    return _(named)


def apps(count: int) -> str:
    """Count apps."""
    return _count(count, ngettext("{n} app", "{n} apps", count))


def people(count: int) -> str:
    """Return a number of people in words."""
    return _count(count, ngettext("{n} person", "{n} people", count)) if count else _("nobody yet")


def _count(number: int, text: str) -> str:
    return text.format(n=number)
