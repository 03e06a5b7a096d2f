"""What is inside a token or an answer: each member with its value and a sentence that says what it is."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from oauth2system.i18n import N_, Message
from oauth2system.services.insight.playground.redaction import hide, shorten

_PARTS_OF_A_JWT = 3
_TIMES = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})
UNKNOWN = N_("A member that this page has no sentence for.")
MEANINGS: Mapping[str, Message] = MappingProxyType(
    {
        "iss": N_("Who issued it: this server. Your site compares it with the address it expects."),
        "sub": N_("The person, by the id that your app knows them by. It never changes; store this one."),
        "aud": N_("Who it is for. Your site refuses a token that is for another app."),
        "exp": N_("When it expires, in seconds since 1970. After that it is not accepted."),
        "iat": N_("When it was issued, in seconds since 1970."),
        "nbf": N_("From when on it is valid, in seconds since 1970."),
        "auth_time": N_("When the person last signed in here, in seconds since 1970."),
        "nonce": N_("The value that your request sent. It ties the ID token to that request."),
        "acr": N_("How strong the sign-in was."),
        "amr": N_("How the person proved who they are: pwd is a password, otp a code, hwk a passkey."),
        "azp": N_("The app that asked for the token."),
        "at_hash": N_("A digest of the access token. It shows that the two belong together."),
        "c_hash": N_("A digest of the code. It shows that the two belong together."),
        "sid": N_("The session of the person here. Logout notices name it."),
        "jti": N_("The id of this one token."),
        "client_id": N_("The app that the token was issued to: yours."),
        "scope": N_("What the person allowed. It can be less than what was asked for."),
        "active": N_("Whether the token is accepted at this moment."),
        "cnf": N_("The key that the token is bound to. Without that key it is not accepted."),
        "token_type": N_("How the token is sent: with Bearer, anybody who has it can use it."),
        "access_token": N_("Your server shows it to read the person's data. Keep it on the server."),
        "refresh_token": N_("Your server exchanges it for a new access token. Each one is used once."),
        "id_token": N_("Who signed in, signed by this server. It is opened below."),
        "expires_in": N_("For how many seconds the access token or the code is accepted."),
        "error": N_("The kind of problem, for your program."),
        "error_description": N_("What went wrong, for you. Do not show it to visitors."),
        "device_code": N_("The device sends it each time it asks whether the person has answered."),
        "user_code": N_("The code that the person types on another device."),
        "verification_uri": N_("The address that the device shows to the person."),
        "verification_uri_complete": N_("The same address with the code in it, for a QR code."),
        "interval": N_("How many seconds the device waits between two questions."),
        "request_uri": N_("Stands for the request that your server has just pushed."),
        "username": N_("The username of the person. It can change."),
        "user_name": N_("The username again, for sites that read it under this name."),
        "preferred_username": N_("The username of the person. It can change."),
        "name": N_("The name that the person wants to be shown under. It can be long, in any script."),
        "display_name": N_("The name that the person wants to be shown under. It can be long, in any script."),
        "id": N_("The person, by the id that your app knows them by. It never changes; store this one."),
        "avatar": N_("The address of the picture, or null for a person without one."),
        "picture": N_("The address of the picture. It is missing for a person without one."),
        "locale": N_("The language that the person chose here. It is missing where they chose none."),
        "email": N_("The email address of the person."),
        "email_verified": N_("Whether the person proved that the address is theirs. Here it always is."),
        "updated_at": N_("When the profile last changed, in seconds since 1970."),
        "alg": N_("How the token is signed. Your library compares it with what it expects."),
        "kid": N_("Which of the keys of this server signed it. They are at the address jwks_uri."),
        "typ": N_("What kind of token this is."),
    }
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One member: its name, its value as text, and what it is."""

    name: str
    value: str
    meaning: Message


@dataclass(frozen=True, slots=True)
class Decoded:
    """A token or an answer, opened; `name` is what it is called on the wire."""

    name: str
    claims: tuple[Claim, ...]


def explain(name: str, members: Mapping[str, Any], secrets: Mapping[str, str]) -> Decoded:
    """Return an object with a sentence for each of its members, without the secrets."""
    found = (
        Claim(key, hide(_write(key, value), secrets), MEANINGS.get(key, UNKNOWN)) for key, value in members.items()
    )
    return Decoded(name, tuple(found))


def _write(name: str, value: Any) -> str:
    if name in _TIMES and isinstance(value, int):
        return f"{value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
    if name in {"access_token", "refresh_token", "id_token", "device_code"}:
        return shorten(str(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def open_token(name: str, token: str, secrets: Mapping[str, str]) -> Decoded | None:
    """Return what a signed token says, its header first; None for one that says nothing (an opaque one)."""
    parts = token.split(".")
    if len(parts) != _PARTS_OF_A_JWT:
        return None
    return explain(name, {**_read_part(parts[0]), **_read_part(parts[1])}, secrets)


def _read_part(part: str) -> dict[str, Any]:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
