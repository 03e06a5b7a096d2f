"""Software that is set up and not written: complete settings, with a word where the secret goes.

The names of settings are those of each program's own documentation.
"""

from oauth2system.ui.docs.quick_starts.start import Part, Proof, QuickStart, SiteKind

_GRAFANA = """[server]
root_url = http://localhost:5000

[auth.generic_oauth]
enabled = true
name = Oauth2System
client_id = CLIENT_ID
client_secret = CLIENT_SECRET
scopes = openid profile email
auth_url = https://id.example.org/oauth2/authorize
token_url = https://id.example.org/oauth2/token
api_url = https://id.example.org/oauth2/userinfo
use_pkce = true
auth_style = InHeader
login_attribute_path = preferred_username
name_attribute_path = name
email_attribute_path = email
allow_sign_up = true"""

_GITEA = """gitea admin auth add-oauth \\
  --name oauth2system \\
  --provider openidConnect \\
  --key CLIENT_ID \\
  --secret CLIENT_SECRET \\
  --auto-discover-url https://id.example.org/.well-known/openid-configuration \\
  --scopes "openid profile email\""""

_NEXTCLOUD = """php occ app:install user_oidc
php occ user_oidc:provider oauth2system \\
  --clientid=CLIENT_ID \\
  --clientsecret=CLIENT_SECRET \\
  --discoveryuri=https://id.example.org/.well-known/openid-configuration \\
  --scope="openid profile email" \\
  --mapping-uid=sub \\
  --mapping-display-name=name \\
  --mapping-email=email
php occ config:system:set user_oidc enrich_login_id_token_with_userinfo --type=boolean --value=true
php occ config:system:set user_oidc default_token_endpoint_auth_method --value=client_secret_basic"""

_OAUTH2_PROXY = """provider = "oidc"
oidc_issuer_url = "https://id.example.org"
client_id = "CLIENT_ID"
client_secret = "CLIENT_SECRET"
redirect_url = "http://localhost:5000/oauth2/callback"
code_challenge_method = "S256"
scope = "openid profile email"
email_domains = ["*"]  # everybody who can sign in
upstreams = ["http://127.0.0.1:8080/"]  # your site
cookie_secret = "COOKIE_SECRET"  # openssl rand -base64 32 | tr -- +/ -_"""

_APACHE = """OIDCProviderMetadataURL https://id.example.org/.well-known/openid-configuration
OIDCClientID CLIENT_ID
OIDCClientSecret CLIENT_SECRET
OIDCRedirectURI http://localhost:5000/signed-in
OIDCCryptoPassphrase A_LONG_RANDOM_TEXT
OIDCScope "openid profile email offline_access"
OIDCPKCEMethod S256
<Location />
  AuthType openid-connect
  Require valid-user
</Location>"""

_HOME_ASSISTANT = """auth_oidc:
  client_id: "CLIENT_ID"
  discovery_url: "https://id.example.org/.well-known/openid-configuration"
  display_name: "Oauth2System\""""

_JELLYFIN = """Name of OpenID Provider: oauth2system
OpenID Endpoint: https://id.example.org
OpenID Client ID: CLIENT_ID
OID Secret: CLIENT_SECRET
Enabled: yes
Enable Authorization by Plugin: no
Request Additional Scopes: email"""

_IMMICH = """{
  "oauth": {
    "enabled": true,
    "issuerUrl": "https://id.example.org",
    "clientId": "CLIENT_ID",
    "clientSecret": "CLIENT_SECRET",
    "tokenEndpointAuthMethod": "client_secret_basic",
    "scope": "openid profile email",
    "buttonText": "Sign in with Oauth2System",
    "autoRegister": true
  }
}"""


def _at(name: str) -> str:
    """Return the address at which a program runs, until its owner says another."""
    return f"https://{name}.example.org"


ALL = (
    QuickStart(
        "grafana",
        "Grafana",
        SiteKind.SOFTWARE,
        Proof.READ,
        (Part("grafana.ini", _GRAFANA),),
        returns=("/login/generic_oauth",),
        site=_at("grafana"),
    ),
    QuickStart(
        "gitea",
        "Gitea",
        SiteKind.SOFTWARE,
        Proof.READ,
        (Part("Shell", _GITEA),),
        returns=("/user/oauth2/oauth2system/callback",),
        site=_at("gitea"),
    ),
    QuickStart(
        "nextcloud",
        "Nextcloud",
        SiteKind.SOFTWARE,
        Proof.READ,
        (Part("Shell", _NEXTCLOUD),),
        returns=("/apps/user_oidc/code",),
        site=_at("cloud"),
    ),
    QuickStart(
        "oauth2-proxy",
        "oauth2-proxy",
        SiteKind.SOFTWARE,
        Proof.READ,
        (Part("oauth2-proxy.cfg", _OAUTH2_PROXY),),
        returns=("/oauth2/callback",),
        site=_at("site"),
    ),
    QuickStart(
        "apache",
        "Apache, mod_auth_openidc",
        SiteKind.SOFTWARE,
        Proof.RUN,
        (Part("<VirtualHost>", _APACHE),),
        returns=("/signed-in",),
        site=_at("site"),
    ),
    QuickStart(
        "home-assistant",
        "Home Assistant, auth_oidc",
        SiteKind.SOFTWARE,
        Proof.READ,
        (Part("configuration.yaml", _HOME_ASSISTANT),),
        returns=("/auth/oidc/callback",),
        site=_at("home"),
        is_public=True,
    ),
    QuickStart(
        "jellyfin",
        "Jellyfin, SSO-Auth",
        SiteKind.SOFTWARE,
        Proof.NOT_TRIED,
        (Part("Dashboard, Plugins, SSO-Auth", _JELLYFIN),),
        returns=("/sso/OID/redirect/oauth2system",),
        site=_at("media"),
        method="client_secret_post",
    ),
    QuickStart(
        "immich",
        "Immich",
        SiteKind.SOFTWARE,
        Proof.READ,
        (Part("immich-config.json", _IMMICH),),
        returns=("/auth/login", "/user-settings", "app.immich:///oauth-callback"),
        site=_at("photos"),
    ),
)
