"""The few lines that connect a site by the simple flow, filled with an app's own values; tests run them."""

from oauth2system.build import STAND_IN
from oauth2system.ui.docs.guides import AUTHORIZATION_CODE, SIMPLE

SECRET = "CLIENT_SECRET"  # noqa: S105  (the words that stand where the secret goes)
ID = "CLIENT_ID"
ORIGIN = STAND_IN


def link(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return the authorization link to put behind "Sign in"."""
    return _fill("link", origin, client_id)


def curl(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Fetch the visitor from a shell."""
    return _fill("fetch.sh", origin, client_id)


def flask(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a Flask site."""
    return _fill("site.py", origin, client_id)


def javascript(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a site on Node, without any package."""
    return _fill("site.mjs", origin, client_id)


def php(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a PHP site."""
    return _fill("callback.php", origin, client_id)


def env(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return what most products read from their environment."""
    return (
        f"OIDC_ISSUER={origin}\n"
        f"OIDC_DISCOVERY_URL={origin}/.well-known/openid-configuration\n"
        f"CLIENT_ID={client_id}\n"
        f"CLIENT_SECRET={SECRET}\n"
        'OIDC_SCOPES="openid profile email"'
    )


def authlib(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a Flask site by OpenID Connect, with PKCE; the secret comes from the environment."""
    text = AUTHORIZATION_CODE.programs["site_authlib.py"].replace('os.environ["CLIENT_ID"]', f'"{ID}"')
    # CLIENT_SECRET stays, so the id is put in where it stands alone.
    return text.replace(ORIGIN, f"{origin}").replace(f'"{ID}"', f'"{client_id}"')


def oauth2_proxy(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return the settings of oauth2-proxy, which puts a sign-in before a site that has none."""
    return (
        f'provider = "oidc"\n'
        f'oidc_issuer_url = "{origin}"\n'
        f'client_id = "{client_id}"\n'
        f'client_secret = "{SECRET}"\n'
        'redirect_url = "https://your-site.example/oauth2/callback"  # register this address\n'
        'code_challenge_method = "S256"\n'
        'scope = "openid profile email"\n'
        'email_domains = ["*"]  # everybody who can sign in\n'
        'upstreams = ["http://127.0.0.1:8080/"]  # your site\n'
        'cookie_secret = "COOKIE_SECRET"  # openssl rand -base64 32 | tr -- +/ -_'
    )


def _fill(file: str, origin: str, client_id: str) -> str:
    """Return a piece of the guide with an app's values in it; vars of a page become a part of the text."""
    return SIMPLE.programs[file].replace(ORIGIN, f"{origin}").replace(ID, f"{client_id}")
