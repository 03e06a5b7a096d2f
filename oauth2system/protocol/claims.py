"""What is told about a person: /api/user, ID token and userinfo, from (user, scopes)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class UserFacts:
    """All that any client can ever learn about a person."""

    id: str
    username: str
    display_name: str
    email: str
    email_verified: bool
    avatar: str | None = None
    locale: str | None = None
    zoneinfo: str | None = None
    updated_at: datetime | None = None


def simple_user(user: UserFacts, scopes: frozenset[str]) -> dict[str, Any]:
    """Return the JSON of /api/user: exactly the promised keys and no others."""
    found: dict[str, Any] = {"id": user.id}
    if "identify" in scopes or "profile" in scopes:
        found["username"] = found["user_name"] = user.username
        found["display_name"] = user.display_name
        found["avatar"] = user.avatar
    if "email" in scopes:
        found["email"] = user.email
        found["email_verified"] = user.email_verified
    return found
