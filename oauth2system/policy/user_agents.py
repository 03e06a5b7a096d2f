"""Browsers and systems by their User-Agent: names that people know, guessed from what every browser claims."""

import re
from typing import NamedTuple

from oauth2system.i18n import N_, Message


class Agent(NamedTuple):
    """The names of a browser and its system; empty where nothing is recognised."""

    browser: str
    system: str


_PROGRAM = "program"
# The first that fits: most browsers also name those that they descend from.
_BROWSERS = (
    ("EdgiOS|EdgA|Edg", "Edge"),
    ("OPR|OPiOS|OPT", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("YaBrowser", "Yandex Browser"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("DuckDuckGo|Ddg", "DuckDuckGo"),
    ("Brave", "Brave"),
    ("FxiOS|Focus|Firefox", "Firefox"),
    ("SeaMonkey", "SeaMonkey"),
    ("Epiphany", "GNOME Web"),
    ("CriOS|HeadlessChrome|Chromium|Chrome", "Chrome"),
    ("Trident|MSIE", "Internet Explorer"),
    ("Version/[0-9.]+ .*Safari", "Safari"),
    ("AppleWebKit.*Mobile", "Safari"),
    ("curl|Wget|python-requests|python-httpx|okhttp|Go-http-client|PostmanRuntime", _PROGRAM),
)
_SYSTEMS = (
    ("iPhone|iPod", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows Phone", "Windows Phone"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh|Mac OS X", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Ubuntu", "Ubuntu"),
    ("Fedora", "Fedora"),
    ("Linux|X11", "Linux"),
)
_BROWSER = tuple((re.compile(rf"(?<![A-Za-z])(?:{signs})(?![a-z])"), name) for signs, name in _BROWSERS)
_SYSTEM = tuple((re.compile(rf"(?<![A-Za-z])(?:{signs})"), name) for signs, name in _SYSTEMS)


def read(agent: str) -> Agent:
    """Return the names behind a User-Agent, which anybody can make up."""
    browser = next((name for signs, name in _BROWSER if signs.search(agent)), "")
    return Agent(browser, next((name for signs, name in _SYSTEM if signs.search(agent)), ""))


def in_words(agent: str) -> Message:
    """Return a browser and its system as people name them."""
    return describe(read(agent))


def describe(agent: Agent) -> Message:
    """Return the words for a browser and its system."""
    browser, system = agent
    name = N_("A program") if browser == _PROGRAM else Message(browser) if browser else N_("A browser")
    return N_("{browser} on {system}", browser=name, system=system) if system else name
