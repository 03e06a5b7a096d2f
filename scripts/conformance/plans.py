"""The plans that we run, and the configuration of each."""

from dataclasses import dataclass, field
from typing import Any

ALIAS = "oauth2system"
DISCOVERY = {"server_metadata": "discovery"}
STATIC = {**DISCOVERY, "client_registration": "static_client"}
DYNAMIC = {**DISCOVERY, "client_registration": "dynamic_client"}
FAPI2 = {"client_auth_type": "private_key_jwt", "sender_constrain": "dpop", "fapi_profile": "plain_fapi"}


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan of the suite, in the variant that we run."""

    name: str
    variant: dict[str, str] = field(default_factory=dict[str, str])
    # Of `app create`, for the plans with clients that sign.
    profile: str = ""


PLANS = {
    "config": Plan("oidcc-config-certification-test-plan"),
    "basic": Plan("oidcc-basic-certification-test-plan", STATIC),
    "basic-dynamic": Plan("oidcc-basic-certification-test-plan", DYNAMIC),
    "form-post": Plan("oidcc-formpost-basic-certification-test-plan", STATIC),
    "rp-logout": Plan(
        "oidcc-rp-initiated-logout-certification-test-plan",
        {"client_registration": "dynamic_client", "response_type": "code"},
    ),
    "back-channel": Plan(
        "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        {"client_registration": "dynamic_client", "response_type": "code"},
    ),
    "front-channel": Plan(
        "oidcc-frontchannel-rp-initiated-logout-certification-test-plan",
        {"client_registration": "dynamic_client", "response_type": "code"},
    ),
    "third-party": Plan("oidcc-3rdparty-init-login-certification-test-plan", {"response_type": "code"}),
    "dynamic": Plan("oidcc-dynamic-certification-test-plan", {"response_type": "code"}),
    "fapi2-openid": Plan("fapi2-security-profile-final-test-plan", {**FAPI2, "openid": "openid_connect"}, "fapi2"),
    "fapi2-plain": Plan("fapi2-security-profile-final-test-plan", {**FAPI2, "openid": "plain_oauth"}, "fapi2"),
    "fapi2-signed": Plan(
        "fapi2-message-signing-final-test-plan",
        {
            **FAPI2,
            "openid": "openid_connect",
            "fapi_request_method": "signed_non_repudiation",
            "fapi_response_mode": "plain_response",
        },
        "fapi2-signed",
    ),
}


def callback(suite: str) -> str:
    """Return the redirect URI of the suite."""
    return f"{suite}/test/a/{ALIAS}/callback"


def config(plan: Plan, ours: str, clients: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the configuration of a plan: our address, and the clients that were created for it."""
    first, second, by_post = clients
    resource = "/api/user" if plan.variant.get("openid") == "plain_oauth" else "/oauth2/userinfo"
    return {
        "alias": ALIAS,
        "description": "Oauth2System",
        "server": {"discoveryUrl": f"{ours}/.well-known/openid-configuration"},
        "client": first,
        "client2": second,
        "client_secret_post": by_post,
        "resource": {"resourceUrl": f"{ours}{resource}"},
    }
