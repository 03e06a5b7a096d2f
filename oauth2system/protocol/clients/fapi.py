"""The FAPI 2.0 Security Profile as one switch of an app."""

from dataclasses import replace

from oauth2system.protocol.capabilities import FAPI_ALGS
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClientMetadata
from oauth2system.protocol.reasons.metadata import MetadataReason


def apply_profile(client: Client) -> Client:
    """Return a client of the profile with everything the profile asks for; others stay as they are.

    Raises InvalidClientMetadata where only the app itself can bring what is missing: a key to prove
    itself with (FAPI 2.0 Security Profile §5.3.2.1).
    """
    if not client.is_fapi:
        return client
    if client.token_endpoint_auth_method != "private_key_jwt":  # noqa: S105  (a method's name)
        raise InvalidClientMetadata(MetadataReason.PROFILE_NEEDS_KEYS, member="profile")
    alg = client.id_token_signed_response_alg
    return replace(
        client,
        require_pkce=True,
        require_pushed_authorization_requests=True,
        dpop_bound_access_tokens=True,
        id_token_signed_response_alg=alg if alg in FAPI_ALGS else "PS256",
        simple_flow=False,
    )
