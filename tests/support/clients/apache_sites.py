"""The sites that one Apache serves in tests: that of docs/clients.md, and others that speak all the module can."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.support.clients import clients_page
from tests.support.clients.apache import Apache
from tests.support.in_process.jwts import Key
from tests.support.servers.server import Server

SITE, API = "Apache", "An API behind Apache"
Words = dict[str, str]
SIGNED = ("token_endpoint_auth_method", "id_token_signed_response_alg", "userinfo_signed_response_alg")

# The first site under stricter eyes: pages on which the module renews what it holds, or hands all of it over.
_FRESH = """
<Location /fresh.html>
  OIDCRefreshAccessTokenBeforeExpiry 3600 logout_on_error
  OIDCPassRefreshToken On
</Location>
"""
# A site that posts whatever can be posted, and is told of a sign-out by the browser.
_POSTS = """
OIDCProviderTokenEndpointAuth client_secret_post
OIDCProviderAuthRequestMethod POST
OIDCResponseMode form_post
OIDCUserInfoTokenMethod post_param
"""
# A site that signs: itself at the token endpoint, and each of its requests.
_SIGNS = """
OIDCPrivateKeyFiles one#{folder}/private.pem
OIDCPublicKeyFiles one#{folder}/public.pem
OIDCProviderTokenEndpointAuth private_key_jwt
OIDCRequestObject "{{\\"copy_and_remove_from_request\\": [\\"redirect_uri\\", \\"state\\", \\"nonce\\", \
\\"code_challenge\\", \\"code_challenge_method\\"], \\"copy_from_request\\": [\\"client_id\\", \\"response_type\\", \
\\"scope\\"], \\"crypto\\": {{\\"sign_alg\\": \\"RS256\\"}}, \\"request_object_type\\": \\"request\\"}}"
"""
# A site that knows nothing of us but what its person types, and registers itself.
_STRANGER = """
OIDCRedirectURI {site}/signed-in
OIDCCryptoPassphrase a-long-random-text
OIDCHTTPTimeoutShort 30
OIDCMetadataDir {folder}/metadata
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCPrivateKeyFiles one#{folder}/private.pem
OIDCPublicKeyFiles one#{folder}/public.pem
OIDCDefaultLoggedOutURL {site}/bye.html
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
"""


@dataclass(frozen=True, slots=True)
class Sites:
    """One running Apache and the credentials of its apps."""

    apache: Apache
    docs: Words
    posts: Words
    signs: Words
    api: Words

    def url(self, name: str) -> str:
        """Return a site's address."""
        return self.apache.url(name)

    def leave(self, name: str) -> str:
        """Return the address of a site's link to sign out, as docs/clients.md gives it."""
        bye = quote(f"{self.url(name)}/bye.html", safe="")
        return f"{self.url(name)}/signed-in?logout={bye}"

    def registered(self) -> dict[str, Any]:
        """Return what the site that registers itself was answered."""
        (file,) = (self.apache.folder / "metadata").glob("*.client")
        return json.loads(file.read_text(encoding="utf-8"))


def make(apache: Apache, server: Server) -> Sites:
    """Register the apps, write the sites and start Apache."""
    _write_keys(apache.folder)
    token = server.ask("registration-token", "create", "--owner", "ada", "--uses", "10")["initial_access_token"]
    sites = Sites(
        apache,
        docs=_documented(apache, server),
        posts=_posting(apache, server, token),
        signs=_signing(apache, server, token),
        api=_guarded(apache, server),
    )
    _stranger(apache, server, token)
    apache.start()
    return sites


def _site(apache: Apache, server: Server, name: str, words: Words, more: str) -> Words:
    lines = clients_page.block(SITE, "apache").splitlines()
    if not words["CLIENT_SECRET"]:
        lines = [line for line in lines if "CLIENT_SECRET" not in line]
    text = clients_page.filled("\n".join(lines), server, apache.url(name), **words)
    apache.site(name, text + more)
    return words


def _documented(apache: Apache, server: Server) -> Words:
    words = clients_page.create(SITE, server, apache.url("docs"))
    return _site(apache, server, "docs", words, _FRESH)


def _registered(apache: Apache, server: Server, token: str, name: str, **metadata: object) -> Words:
    """Make an app by the protocol: a command starts a process each time."""
    url = apache.url(name)
    uris = {"redirect_uris": [f"{url}/signed-in"], "post_logout_redirect_uris": [f"{url}/bye.html"]}
    wish = {"client_name": name, "grant_types": ["authorization_code", "refresh_token"], **uris, **metadata}
    headers = {"authorization": f"Bearer {token}"}
    made = httpx.post(f"{server.url}/oauth2/register", json=wish, headers=headers)
    assert made.status_code == 201, made.text
    return clients_page.words(made.json())


def _posting(apache: Apache, server: Server, token: str) -> Words:
    frame = f"{apache.url('posts')}/signed-in?logout=get"
    method = {"token_endpoint_auth_method": "client_secret_post"}
    words = _registered(apache, server, token, "posts", frontchannel_logout_uri=frame, **method)
    return _site(apache, server, "posts", words, _POSTS)


def _signing(apache: Apache, server: Server, token: str) -> Words:
    jwks = json.loads((apache.folder / "jwks.json").read_text(encoding="utf-8"))
    method = {"token_endpoint_auth_method": "private_key_jwt", "require_signed_request_object": True}
    words = _registered(apache, server, token, "signs", jwks=jwks, **method)
    return _site(apache, server, "signs", words, _SIGNS.format(folder=apache.folder))


def _guarded(apache: Apache, server: Server) -> Words:
    words = clients_page.create(API, server, apache.url("api"))
    apache.site("api", clients_page.filled(clients_page.block(API, "apache"), server, apache.url("api"), **words))
    return words


def _stranger(apache: Apache, server: Server, token: str) -> None:
    metadata = apache.folder / "metadata"
    metadata.mkdir()
    metadata.chmod(0o777)
    wishes = {
        "registration_token": token,
        "token_endpoint_auth": "private_key_jwt",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        # Of a site on this machine it would be http, which OIDC Registration §2 does not have.
        "registration_endpoint_json": '{"initiate_login_uri": null}',
    }
    issuer = quote(server.url.removeprefix("http://"), safe="")
    (metadata / f"{issuer}.conf").write_text(json.dumps(wishes), encoding="utf-8")
    apache.site("stranger", _STRANGER.format(folder=apache.folder, site=apache.url("stranger")))


def _write_keys(folder: Path) -> None:
    key = Key("RS256")
    private = key.key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.key.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "private.pem").write_bytes(private)
    (folder / "public.pem").write_bytes(public)
    (folder / "jwks.json").write_text(key.jwks, encoding="utf-8")
