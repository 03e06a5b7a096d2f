"""The few lines that connect a site by the simple flow, filled with an app's own values; tests run them."""

from oauth2system.build import STAND_IN
from oauth2system.ui.docs.guides import SIMPLE

SECRET = "CLIENT_SECRET"  # noqa: S105  (the words that stand where the secret goes)
ID = "CLIENT_ID"
ORIGIN = STAND_IN


def link(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return the authorization link to put behind "Sign in"."""
    return _filled("link", origin, client_id)


def curl(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Fetch the visitor from a shell."""
    return _filled("fetch.sh", origin, client_id)


def flask(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a Flask site."""
    return _filled("site.py", origin, client_id)


def javascript(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a site on Node, without any package."""
    return _filled("site.mjs", origin, client_id)


def php(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a PHP site."""
    return _filled("callback.php", origin, client_id)


def _filled(file: str, origin: str, client_id: str) -> str:
    """Return a piece of the guide with an app's values in it; vars of a page become a part of the text."""
    return SIMPLE.programs[file].replace(ORIGIN, f"{origin}").replace(ID, f"{client_id}")
