"""README.txt of an export: what each file is, in plain words."""

from collections.abc import Callable

from oauth2system.i18n import N_, Message

_FILES = (
    ("profile.json", N_("Your account: names, email, language, and which second factors you have.")),
    ("sessions.json", N_("The browsers in which you are signed in.")),
    ("trusted_browsers.json", N_("The browsers that ask for no second factor.")),
    ("passkeys.json", N_("Your passkeys: their names, and when each was made and last used.")),
    ("connections.json", N_("The sites that may use your account, and what each may read.")),
    ("reads.json", N_("What each site read about you, when, and from which network.")),
    ("events.json", N_("What happened to your account, the oldest first.")),
    ("apps.json", N_("The apps that you have made here.")),
    ("pictures/", N_("Your picture, and the logos of your apps.")),
)
_FOOT = N_("All times are in UTC. Passwords and other secrets are in none of these files.")


def write(say: Callable[[Message], str], server: str) -> str:
    """Return the text in the language of `say`."""
    lines = [f"{name}\n  {say(words)}" for name, words in _FILES]
    return "\n\n".join((say(N_("This is what {server} keeps about you.", server=server)), *lines, say(_FOOT))) + "\n"
