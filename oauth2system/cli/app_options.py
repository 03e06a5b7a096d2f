"""What an app is asked to be, by options: read, and judged by the rules that programs are judged by (RFC 7591)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from oauth2system.cli.parser import Asked
from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.policy import lifetimes
from oauth2system.protocol import scopes
from oauth2system.protocol.authorization.validate import is_resource
from oauth2system.protocol.capabilities import FAPI_ALGS
from oauth2system.protocol.clients import consistency, fapi
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT, Client
from oauth2system.protocol.clients.metadata import check_jwks
from oauth2system.protocol.clients.redirect_uris import check_post_logout_uri, check_web_uri

# What people type -> what the standards call it.
GRANTS = {
    "authorization_code": CODE_GRANT,
    "refresh_token": REFRESH_GRANT,
    "client_credentials": CLIENT_CREDENTIALS,
    "device_code": DEVICE_GRANT,
    DEVICE_GRANT: DEVICE_GRANT,
}
_NONE = "none"
_SIGNED = "private_key_jwt"


def client_of(asked: Asked, *, allow_http: bool) -> Client:
    """Return the client that was asked for, or refuse what cannot be."""
    _check_simple(asked)
    grants = _grants(asked)
    client = Client(
        id="",
        name=asked.name,
        first_party=asked.first_party,
        redirect_uris=tuple(dict.fromkeys(asked.redirect_uris)),
        scopes=_scopes(asked) or Client("", "").scopes,
        grant_types=grants,
        response_types=frozenset({"code"}) if CODE_GRANT in grants else frozenset(),
        reread_seconds=asked.reread,
        **_tokens(asked),
        **_keys(asked),
        **_leaving(asked, allow_http=allow_http),
    )
    client = _in_profile(client, asked)
    if client.is_public and CLIENT_CREDENTIALS in grants:
        raise Invalid(grant=N_("client_credentials is not for public apps."))
    consistency.check_keys(client)
    consistency.check_frame(client)
    return client


def _check_simple(asked: Asked) -> None:
    if asked.reread and (asked.public or asked.auth_method == _NONE):
        raise Invalid(reread=N_("The simple flow is never for public apps."))
    if not 0 <= asked.reread <= lifetimes.REREAD_LONGEST.in_seconds:
        raise Invalid(reread=N_("Choose a time of at most 24 hours."))


def _scopes(asked: Asked) -> frozenset[str]:
    found = frozenset(word for text in asked.scopes for word in text.split())
    if strange := found - scopes.NAMES:
        raise Invalid(scope=N_("There is no scope {name}.", name=", ".join(sorted(strange))))
    return found


def _grants(asked: Asked) -> frozenset[str]:
    words = [word for text in asked.grants for word in text.split()]
    if strange := set(words) - GRANTS.keys():
        raise Invalid(grant=N_("There is no grant {name}.", name=", ".join(sorted(strange))))
    return frozenset(GRANTS[word] for word in words) or Client("", "").grant_types


def _tokens(asked: Asked) -> dict[str, Any]:
    """Return what the app's tokens look like, and whom they may be for."""
    if strange := [uri for uri in asked.resources if not is_resource(uri)]:
        raise Invalid(resource=N_("{uri} is no resource: write an absolute URI without #.", uri=strange[0]))
    return {
        "access_token_format": asked.access_token_format,
        "resources": tuple(dict.fromkeys(asked.resources)),
        "id_token_signed_response_alg": asked.id_token_alg or "RS256",
    }


def _keys(asked: Asked) -> dict[str, Any]:
    """Return the app's authentication method; with keys of its own it signs, unless an option says otherwise."""
    signs = asked.jwks is not None or asked.profile == "fapi2"
    usual = _NONE if asked.public else _SIGNED if signs else "client_secret_basic"
    method = asked.auth_method or usual
    if asked.public and method != _NONE:
        raise Invalid(auth_method=N_("A public app cannot keep a secret: its method is none."))
    if method == _NONE and asked.no_pkce:
        raise Invalid(no_pkce=N_("A public app needs PKCE."))
    return {
        "token_endpoint_auth_method": method,
        "is_public": method == _NONE,
        "require_pkce": not asked.no_pkce,
        "simple_flow": method.startswith("client_secret") and not asked.no_simple_flow,
        "jwks": check_jwks(Path(asked.jwks).read_text(encoding="utf-8")) if asked.jwks else None,
        "require_pushed_authorization_requests": asked.require_par,
    }


def _leaving(asked: Asked, *, allow_http: bool) -> dict[str, Any]:
    for uri in asked.post_logout_redirect_uris:
        if problem := check_post_logout_uri(uri, allow_http=allow_http):
            raise Invalid(post_logout_redirect_uri=problem.sentence)
    for uri in (asked.backchannel_logout_uri, asked.frontchannel_logout_uri):
        if uri is not None and (problem := check_web_uri(uri, allow_http=allow_http)):
            raise Invalid(logout_uri=problem.sentence)
    return {
        "post_logout_redirect_uris": tuple(dict.fromkeys(asked.post_logout_redirect_uris)),
        "backchannel_logout_uri": asked.backchannel_logout_uri,
        "backchannel_logout_session_required": asked.backchannel_logout_uri is not None,
        "frontchannel_logout_uri": asked.frontchannel_logout_uri,
        "frontchannel_logout_session_required": asked.frontchannel_logout_uri is not None,
    }


def _in_profile(client: Client, asked: Asked) -> Client:
    """Return the client under the FAPI 2.0 Security Profile, where that was asked for: all of it or nothing."""
    if asked.profile != "fapi2":
        return client
    if client.token_endpoint_auth_method != _SIGNED or client.jwks is None:
        raise Invalid(jwks=N_("The fapi2 profile needs the app's public keys: --jwks FILE."))
    if asked.no_pkce:
        raise Invalid(no_pkce=N_("The fapi2 profile needs PKCE."))
    if asked.id_token_alg not in (None, *FAPI_ALGS):
        raise Invalid(id_token_alg=N_("The fapi2 profile signs with {algs}.", algs=", ".join(FAPI_ALGS)))
    return fapi.joined(replace(client, profile="fapi2"))
