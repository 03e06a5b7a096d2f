"""Which app the address of an open page names."""

from oauth2system.ui.state import Visitor


def find_app_id(state: Visitor) -> str:
    """Return what stands in the place of the app's id: `42` of /apps/42/usage."""
    return state.router.url.path.removeprefix("/apps/").partition("/")[0]


def is_open(state: Visitor, app_id: str, page: str = "") -> bool:
    """Return whether the tab still shows this page of this app; `page` is what follows the id, such as `/usage`."""
    return state.router.url.path.rstrip("/") == f"/apps/{app_id}{page}"
