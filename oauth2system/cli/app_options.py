"""What the options of `app create` ask for, as client metadata (RFC 7591 §2). The service judges them."""

from pathlib import Path
from typing import Any

from oauth2system.cli.parser import Arguments
from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.jose import strict_json
from oauth2system.protocol.jose.strict_json import NotJson

# What people type -> what the standards call it. Every other grant is typed as it is called.
_GRANTS = {"device_code": DEVICE_GRANT}
# FAPI 2.0 Message Signing §5.3.1: the same profile, and each pushed request is a signed object.
_SIGNED = "-signed"


def metadata_of(asked: Arguments) -> dict[str, Any]:
    """Return the members that the options name; what was not asked for is left out.

    Raises Invalid for options that contradict each other, and for a key file that is not JSON.
    """
    members = {
        "client_name": asked.name,
        "redirect_uris": asked.redirect_uris,
        "grant_types": [_GRANTS.get(word, word) for word in _split_words(asked.grants)],
        "scope": " ".join(_split_words(asked.scopes)),
        "optional_scope": " ".join(_split_words(asked.optional_scopes)),
        "client_uri": asked.homepage,
        "policy_uri": asked.privacy,
        "tos_uri": asked.terms,
        "token_endpoint_auth_method": _choose_method(asked),
        "id_token_signed_response_alg": asked.id_token_alg,
        "id_token_userinfo_claims": asked.id_token_claims,
        "access_token_format": asked.access_token_format,
        "require_pushed_authorization_requests": asked.require_par,
        "profile": asked.profile.removesuffix(_SIGNED),
        "require_signed_request_object": asked.profile.endswith(_SIGNED),
        "post_logout_redirect_uris": asked.post_logout_redirect_uris,
        "backchannel_logout_uri": asked.backchannel_logout_uri,
        "backchannel_logout_session_required": asked.backchannel_logout_uri is not None,
        "frontchannel_logout_uri": asked.frontchannel_logout_uri,
        "frontchannel_logout_session_required": asked.frontchannel_logout_uri is not None,
    }
    switched_off = {"require_pkce": asked.no_pkce, "simple_flow": asked.no_simple_flow}
    return {
        **{name: value for name, value in members.items() if value},
        **{name: False for name, is_off in switched_off.items() if is_off},
        **({"jwks": _read_keys(asked.jwks)} if asked.jwks else {}),
    }


def _split_words(texts: list[str]) -> list[str]:
    return [word for text in texts for word in text.split()]


def _choose_method(asked: Arguments) -> str:
    """Return how the app authenticates; with keys of its own it signs, unless an option names another method."""
    if asked.public:
        if asked.auth_method not in (None, "none"):
            raise Invalid(auth_method=N_("A public app cannot keep a secret: its method is none."))
        return "none"
    signs = asked.jwks is not None or asked.profile != "default"
    return asked.auth_method or ("private_key_jwt" if signs else "client_secret_basic")


def _read_keys(path: str) -> Any:
    try:
        return strict_json.load(Path(path).read_bytes())
    except NotJson as error:
        raise Invalid(jwks=N_("The file {path} is not JSON.", path=path)) from error
