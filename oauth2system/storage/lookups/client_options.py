"""The members of an app's metadata that decide whether a narrow read may answer for it.

A narrow read does not load the whole app. Most apps have none of these options, and then the answer depends on no more
than the token, the person and the consent.
"""

from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from oauth2system.protocol.clients.client import Client


class ClientOptions(NamedTuple):
    """How an app authenticates and how it wants its answers, in the names of OIDC Registration §2."""

    token_endpoint_auth_method: str
    profile: str
    subject_type: str
    userinfo_signed_response_alg: str | None


_OF_CLIENT = {field.name: field.default for field in fields(Client)}
DEFAULTS = ClientOptions._make(_OF_CLIENT[name] for name in ClientOptions._fields)


@lru_cache(maxsize=256)  # a pure function, and many apps have the same options
def read(metadata: str) -> ClientOptions:
    """Read the `metadata` column, which keeps only what differs from a plain app."""
    members: dict[str, Any] = orjson.loads(metadata)
    return ClientOptions._make(map(members.get, ClientOptions._fields, DEFAULTS))
