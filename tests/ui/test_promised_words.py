"""The names of fields, buttons and tabs that people, screen readers and scripts rely on are on the pages."""

import ast
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "oauth2system" / "ui"

FIELDS = (
    *("Username", "Display name", "Email", "Password", "Username or email", "App name", "Redirect URI", "Code"),
    *("Recovery code", "Current password", "New password"),
)
BUTTONS = (
    *("Create account", "Sign in", "Sign out", "Confirm email", "Create app", "Authorize", "Cancel", "New secret"),
    *("Revoke access", "Save", "Continue", "Add passkey", "Sign in with a passkey", "Set up authenticator app"),
    *("New recovery codes", "End session", "End all other sessions", "Upload picture", "Remove picture"),
    *("Change email", "Download my data", "Delete account", "Register this address", "Copy", "Open link"),
)
TABS = ("Overview", "Connect", "Secrets", "Consent page", "Activity", "Playground", "Usage", "Protocol")
# Of features that are not there yet. Who builds one takes its names out of here.
NOT_YET = frozenset(
    {
        *("Recovery code", "Add passkey", "Sign in with a passkey", "Set up authenticator app", "New recovery codes"),
        *("Activity", "Playground", "Usage"),
    }
)


def words() -> set[str]:
    """Return every text that a page passes through gettext."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PAGES.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in {"_", "N_"}]
    return {str(call.args[0].value) for call in named if isinstance(call.args[0], ast.Constant)}


@pytest.mark.parametrize("name", [*FIELDS, *BUTTONS, *TABS])
def test_a_promised_name_is_on_a_page(name: str) -> None:
    assert name in words() or name in NOT_YET
