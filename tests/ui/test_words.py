"""Moments, browsers and numbers as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from oauth2system.ui import words

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "10 February 2026"),
    ],
)
def test_a_moment_is_told_as_people_tell_it(gone: timedelta, said: str) -> None:
    assert words.ago(NOW - gone, NOW) == said


def test_what_never_happened_is_called_never() -> None:
    assert words.ago(None, NOW) == "never"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/19.0 Safari/605.1", "Safari on macOS"),
        ("curl/8.9", "A program"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_as_its_owner_would(agent: str, said: str) -> None:
    assert words.browser(agent) == said


@pytest.mark.parametrize(("count", "said"), [(0, "nobody yet"), (1, "1 person"), (2, "2 people")])
def test_people_are_counted(count: int, said: str) -> None:
    assert words.people(count) == said


def test_what_happened_several_times_says_so() -> None:
    assert words.times(1, NOW, NOW) == "just now"
    assert words.times(3, NOW - timedelta(minutes=2), NOW) == "3 times, last 2 minutes ago"
