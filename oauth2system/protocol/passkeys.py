"""Passkeys: what a browser is asked, and whether its answer proves a key (Web Authentication Level 3).

The only file that uses the library, which is loaded when a browser first answers: a server at rest saves its memory.
Nothing here is looked up: challenges, keys and counters come in as arguments.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential, RegistrationCredential

Options = dict[str, Any]

LONGEST_ANSWER = 16 * 1024  # characters; an answer with an RSA key has three thousand
LONGEST_ID = 1023  # bytes (§4, Credential ID)
TIMEOUT_MS = 5 * 60 * 1000  # time to find the phone (§15.1 suggests 5 to 10 minutes)
ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA and RS256, by their numbers in the registry of COSE
# A browser that was asked for no attestation sends none, or the key's own signature. The parsers of all other
# formats are never reached.
_FORMATS = frozenset({"none", "packed"})
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "internal", "hybrid"})


class Defect(StrEnum):
    """Why an answer proves nothing."""

    MALFORMED = "malformed"
    ORIGIN = "origin"
    CHALLENGE = "challenge"
    UNVERIFIED = "unverified"
    UNKNOWN_KIND = "unknown kind"
    WRONG = "wrong"


class Unproved(Exception):
    """The answer of a browser proves nothing; `defect` says why."""

    def __init__(self, defect: Defect) -> None:
        """Keep the defect."""
        super().__init__(defect)
        self.defect = defect


@dataclass(frozen=True, slots=True)
class Site:
    """The relying party: the host that passkeys belong to, and the one origin whose answers count."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey that exists: its id, and how a browser reaches it."""

    credential_id: bytes
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a registration proved. `syncs` keys are copied to a person's other devices, `copied` ones already were."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    syncs: bool
    copied: bool


@dataclass(frozen=True, slots=True)
class Use:
    """What the use of a passkey proved."""

    sign_count: int
    verified: bool
    syncs: bool
    copied: bool


@dataclass(frozen=True, slots=True)
class BrowserAnswer:
    """The answer of a browser, read but not verified yet."""

    challenge: bytes
    credential_id: bytes
    user_handle: bytes | None
    verified: bool
    parsed: Any = field(repr=False)


def ask_to_create(  # noqa: PLR0913  (the options of §5.4)
    site: Site, name: str, challenge: bytes, *, user_handle: bytes, username: str, shown: str, known: Sequence[Known]
) -> Options:
    """Return the options for a new passkey (§5.4); devices that have one of the `known` refuse to make another."""
    return {
        "rp": {"id": site.host, "name": name},
        "user": {"id": encode(user_handle), "name": username, "displayName": shown},
        "challenge": encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": TIMEOUT_MS,
        "excludeCredentials": [_described(one) for one in known],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": "preferred",
        },
        "attestation": "none",
    }


def ask_to_use(site: Site, challenge: bytes, *, known: Sequence[Known] = (), must_verify: bool) -> Options:
    """Return the options to use a passkey (§5.5): one of the `known`, or any that the person has for this host."""
    return {
        "challenge": encode(challenge),
        "rpId": site.host,
        "timeout": TIMEOUT_MS,
        "allowCredentials": [_described(one) for one in known],
        "userVerification": "required" if must_verify else "discouraged",
    }


def read_new(text: str, site: Site) -> BrowserAnswer:
    """Read the answer to `ask_to_create`; raises Unproved where it is malformed, or made for another origin."""
    from webauthn.helpers import parse_attestation_object, parse_registration_credential_json  # noqa: PLC0415  (see the top)

    parsed = _parse(parse_registration_credential_json, text)
    response = parsed.response
    challenge = _challenge(response.client_data_json, site)
    try:
        made = parse_attestation_object(response.attestation_object)
    except Exception as error:
        raise Unproved(Defect.MALFORMED) from error
    if made.fmt not in _FORMATS or made.att_stmt.x5c:
        raise Unproved(Defect.UNKNOWN_KIND)
    return BrowserAnswer(challenge, parsed.raw_id, None, made.auth_data.flags.uv, parsed)


def read_use(text: str, site: Site) -> BrowserAnswer:
    """Read the answer to `ask_to_use`; raises Unproved where it is malformed, or made for another origin."""
    from webauthn.helpers import parse_authentication_credential_json, parse_authenticator_data  # noqa: PLC0415  (see the top)

    parsed = _parse(parse_authentication_credential_json, text)
    response = parsed.response
    challenge = _challenge(response.client_data_json, site)
    try:
        verified = parse_authenticator_data(response.authenticator_data).flags.uv
    except Exception as error:
        raise Unproved(Defect.MALFORMED) from error
    return BrowserAnswer(challenge, parsed.raw_id, response.user_handle, verified, parsed)


def verify_new(answer: BrowserAnswer, site: Site) -> NewKey:
    """Return the key of an answer whose challenge the caller has checked (§7.1); raises Unproved."""
    from webauthn import verify_registration_response  # noqa: PLC0415  (see the top)
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415  (loaded with the first passkey)
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415  (loaded with the first passkey)

    asked: RegistrationCredential = answer.parsed
    try:
        found = verify_registration_response(
            credential=asked,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
    except Exception as error:
        raise Unproved(Defect.WRONG) from error
    # The id that the browser states is not signed: only the one in the authenticator's data counts.
    if found.credential_id != answer.credential_id or not 0 < len(found.credential_id) <= LONGEST_ID:
        raise Unproved(Defect.WRONG)
    return NewKey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        aaguid=found.aaguid,
        transports=_transports(asked),
        syncs=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        copied=found.credential_backed_up,
    )


def verify_use(answer: BrowserAnswer, site: Site, public_key: bytes, *, must_verify: bool) -> Use:
    """Check the signature over an answer whose challenge the caller has checked (§7.2); raises Unproved.

    The caller compares the counter, after this: only the holder of the key can have a passkey marked as copied.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415  (see the top)
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415  (loaded with the first passkey)

    if must_verify and not answer.verified:
        raise Unproved(Defect.UNVERIFIED)
    asked: AuthenticationCredential = answer.parsed
    try:
        found = verify_authentication_response(
            credential=asked,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=must_verify,
        )
    except Exception as error:
        raise Unproved(Defect.WRONG) from error
    return Use(
        sign_count=found.new_sign_count,
        verified=found.user_verified,
        syncs=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        copied=found.credential_backed_up,
    )


def is_copied(stored: int, stated: int) -> bool:
    """Return whether a counter shows that another copy of the key was used (§6.1.1); zero means no counter."""
    return (stored > 0 or stated > 0) and stated <= stored


def methods_of(use: Use, *, alone: bool) -> tuple[str, ...]:
    """Return what the use of a passkey proved, in the words of RFC 8176: a key, and whether the person was checked."""
    key = "swk" if use.syncs else "hwk"
    person = ("user",) if use.verified else ()
    several = ("mfa",) if use.verified or not alone else ()
    return (key, *person, *several)


def same_handle(stored: bytes, stated: bytes | None) -> bool:
    """Return whether the person that an authenticator names is the one of the passkey (§7.2 step 6)."""
    return stated is None or hmac.compare_digest(stored, stated)


def encode(value: bytes) -> str:
    """Return bytes in base64url without padding, as all members of the options are written."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def _described(one: Known) -> Options:
    found: Options = {"type": "public-key", "id": encode(one.credential_id)}
    return found | {"transports": list(one.transports)} if one.transports else found


def _parse(parse: Any, text: str) -> Any:
    if len(text) > LONGEST_ANSWER:
        raise Unproved(Defect.MALFORMED)
    try:
        parsed = parse(json.loads(text))
    except Exception as error:
        raise Unproved(Defect.MALFORMED) from error
    if not 0 < len(parsed.raw_id) <= LONGEST_ID:
        raise Unproved(Defect.MALFORMED)
    return parsed


def _challenge(client_data: bytes, site: Site) -> bytes:
    """Return the challenge that was answered; raises Unproved unless a page of ours, in no frame of others, asked."""
    from webauthn.helpers import parse_client_data_json  # noqa: PLC0415  (see the top)

    try:
        said = parse_client_data_json(client_data)
    except Exception as error:
        raise Unproved(Defect.MALFORMED) from error
    if said.origin != site.origin or said.cross_origin:
        raise Unproved(Defect.ORIGIN)
    return said.challenge


def _transports(asked: "RegistrationCredential") -> tuple[str, ...]:
    named = {one.value for one in asked.response.transports or []}
    return tuple(sorted(named & _TRANSPORTS))
