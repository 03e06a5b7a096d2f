"""Claims about a person at /api/user and userinfo, from (user, scopes, claims asked for by name)."""

from collections.abc import Iterable
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from oauth2system.i18n import tag
from oauth2system.protocol import scopes as scope_words
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.jose.jws import encode


class UserFacts(NamedTuple):
    """Everything that a client can learn about a person.

    `avatar` is the name of their picture, `updated_at` is in seconds since 1970, and `language` is the catalogue of
    their profile, None where they follow their browser.
    """

    id: str
    username: str
    display_name: str
    email: str
    email_verified: bool
    avatar: str | None = None
    updated_at: int | None = None
    language: str | None = None


def picture_of(user: UserFacts, issuer: str) -> str | None:
    """Return the public address of a person's picture, on this server."""
    return f"{issuer}/avatars/{user.avatar}.webp" if user.avatar else None


def simple_user(user: UserFacts, scopes: frozenset[str], issuer: str) -> dict[str, Any]:
    """Return the JSON of /api/user: exactly the promised keys and no others."""
    found: dict[str, Any] = {"id": user.id}
    if "identify" in scopes or "profile" in scopes:
        found["username"] = found["user_name"] = user.username
        found["display_name"] = user.display_name
        found["avatar"] = picture_of(user, issuer)
    if "email" in scopes:
        found["email"] = user.email
        found["email_verified"] = user.email_verified
    return found


def build_userinfo(
    subject: str, user: UserFacts, scopes: frozenset[str], issuer: str, asked: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the UserInfo claims (OIDC Core §5.3.2): `sub`, the scopes' claims, and those asked for by name."""
    found: dict[str, Any] = {"sub": subject}
    if "profile" in scopes:
        found.update(_build_profile(user, issuer))
    if "email" in scopes:
        found["email"] = user.email
        found["email_verified"] = user.email_verified
    if asked:
        found.update(keep_only(user, asked, issuer))
    return found


def keep_only(user: UserFacts, names: Iterable[str], issuer: str) -> dict[str, Any]:
    """Return these claims and no others; what has no value is left out (OIDC Core §5.3.2)."""
    every = {**_build_profile(user, issuer), "email": user.email, "email_verified": user.email_verified}
    return {name: every[name] for name in names if name in every}


def _build_profile(user: UserFacts, issuer: str) -> dict[str, Any]:
    """Return what `profile` releases (OIDC Core §5.4); a claim without a value is absent, never null or empty."""
    found: dict[str, Any] = {"name": user.display_name or user.username, "preferred_username": user.username}
    if user.avatar:
        found["picture"] = picture_of(user, issuer)
    if user.language:
        found["locale"] = tag(user.language)
    if user.updated_at is not None:
        found["updated_at"] = user.updated_at
    return found


def list_supported() -> list[str]:
    """Return every claim discovery may promise."""
    return sorted({"auth_time", "acr", "amr", "nonce", "sid"} | scope_words.claims_of(scope_words.NAMES - {"identify"}))


def sector_of(client: Client) -> str | None:
    """Return the host whose clients know a person by one name (OIDC Core §8.1); None when hosts differ."""
    if client.sector_identifier_uri is not None:
        return urlsplit(client.sector_identifier_uri).hostname
    hosts = {urlsplit(uri).hostname or uri for uri in client.redirect_uris}
    return hosts.pop() if len(hosts) == 1 else None


def subject_of(user_id: str, client: Client, secret: bytes) -> str:
    """Return the `sub` this client knows a person by: the user id, or a name of the sector's own."""
    if client.subject_type == "public":
        return user_id
    sector = sector_of(client) or client.id
    salt = sha256(b"pairwise\0" + secret).digest()
    return encode(hmac_digest(salt, f"{sector}\0{user_id}".encode(), "sha256"))
