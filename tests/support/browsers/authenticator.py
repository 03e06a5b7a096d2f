"""A software authenticator: makes passkeys and uses them as a browser would, and as an attacker would."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

PRESENT, VERIFIED, SYNCS, COPIED, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
ES256, EDDSA, RS256 = -7, -8, -257


def encode(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def decode(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}===")


@dataclass
class Passkey:
    """One key on an authenticator."""

    id: bytes
    key: Key
    handle: bytes
    count: int = 0
    syncs: bool = False

    def copy(self) -> "Passkey":
        """Copy the key with its counter, as a thief does."""
        return replace(self)


@dataclass
class Authenticator:
    """What a person holds. `counts` is whether it has a counter, `verifies` whether it checks a finger or a PIN."""

    origin: str = "http://localhost:8000"
    counts: bool = True
    verifies: bool = True
    syncs: bool = False
    algorithm: int = ES256
    passkeys: list[Passkey] = field(default_factory=list[Passkey])

    def create(self, options: dict[str, Any], **changed: Any) -> str:
        """Answer `navigator.credentials.create`; `changed` is what a dishonest one does otherwise."""
        made = Passkey(
            changed.get("id", os.urandom(32)), _fresh(self.algorithm), decode(options["user"]["id"]), syncs=self.syncs
        )
        self.passkeys.append(made)
        data = self._data(made, options["rp"]["id"], changed, HAS_KEY) + _attested(made)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, **changed.get("attestation", {}), "authData": data})
        client = self._client("webauthn.create", options, **changed)
        transports = changed.get("transports", ["internal", "hybrid"])
        return _written(made.id, clientDataJSON=client, attestationObject=attestation, transports=transports)

    def use(self, options: dict[str, Any], passkey: Passkey | None = None, **changed: Any) -> str:
        """Answer `navigator.credentials.get` with this passkey, or the newest."""
        used = passkey or self.passkeys[-1]
        data = self._data(used, options["rpId"], changed)
        client = self._client("webauthn.get", options, **changed)
        signature = _sign(changed.get("key", used.key), data + hashlib.sha256(client).digest())
        handle = changed.get("handle", used.handle)
        return _written(
            changed.get("id", used.id),
            clientDataJSON=client,
            authenticatorData=data,
            signature=changed.get("signature", signature),
            userHandle=handle,
        )

    def _data(self, used: Passkey, host: str, changed: dict[str, Any], more: int = 0) -> bytes:
        """Return the authenticator data (§6.1)."""
        if self.counts:
            used.count += 1
        flags = PRESENT | (VERIFIED if self.verifies else 0) | (SYNCS | COPIED if used.syncs else 0)
        flags = changed.get("flags", flags) | more
        count: int = changed.get("count", used.count)
        return hashlib.sha256(changed.get("host", host).encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], **changed: Any) -> bytes:
        said = {
            "type": changed.get("type", kind),
            "challenge": changed.get("challenge", options["challenge"]),
            "origin": changed.get("origin", self.origin),
            "crossOrigin": changed.get("cross_origin", False),
        }
        return json.dumps(said).encode()


def _attested(made: Passkey) -> bytes:
    return bytes(16) + len(made.id).to_bytes(2, "big") + made.id + cbor2.dumps(_cose(made.key))


def _written(key_id: bytes, **response: Any) -> str:
    """Return the answer as our script writes it."""
    plain = {name: encode(value) if isinstance(value, bytes) else value for name, value in response.items()}
    return json.dumps({"id": encode(key_id), "rawId": encode(key_id), "type": "public-key", "response": plain})


def _fresh(algorithm: int) -> Key:
    match algorithm:
        case -8:
            return ed25519.Ed25519PrivateKey.generate()
        case -257:
            return rsa.generate_private_key(65537, 2048)
        case _:
            return ec.generate_private_key(ec.SECP256R1())


def _cose(key: Key) -> dict[int, Any]:
    """Return the public key as RFC 9052 writes it."""
    match key:
        case ec.EllipticCurvePrivateKey():
            point = key.public_key().public_numbers()
            return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        case ed25519.Ed25519PrivateKey():
            return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
        case _:
            number = key.public_key().public_numbers()
            return {1: 3, 3: RS256, -1: number.n.to_bytes(256, "big"), -2: number.e.to_bytes(3, "big")}


def _sign(key: Key, data: bytes) -> bytes:
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        case ed25519.Ed25519PrivateKey():
            return key.sign(data)
        case _:
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
