"""Single lines and settings that several pages show, filled with an app's own values."""

from oauth2system.build import STAND_IN
from oauth2system.ui.docs.guides import SIMPLE

SECRET = "CLIENT_SECRET"  # noqa: S105  (the words that stand where the secret goes)
ID = "CLIENT_ID"
ORIGIN = STAND_IN


def link(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return the authorization link to put behind "Sign in"."""
    return SIMPLE.programs["link"].replace(ORIGIN, f"{origin}").replace(ID, f"{client_id}")


def env(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return what most products read from their environment."""
    return (
        f"OIDC_ISSUER={origin}\n"
        f"OIDC_DISCOVERY_URL={origin}/.well-known/openid-configuration\n"
        f"CLIENT_ID={client_id}\n"
        f"CLIENT_SECRET={SECRET}\n"
        'OIDC_SCOPES="openid profile email"'
    )
