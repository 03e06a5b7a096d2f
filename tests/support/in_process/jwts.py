"""JWTs as honest clients make them, and as attackers do."""

import base64
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, OKPKey, RSAKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def b64(raw: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def dumped(value: object) -> str:
    """Write JSON as a part of a JWT."""
    return b64(json.dumps(value).encode())


class Key:
    """A key of a client's, made for one algorithm."""

    def __init__(self, alg: str = "ES256", kid: str | None = "one") -> None:
        self.alg = alg
        self.kid = kid
        self.key: Any = (
            RSAKey.generate_key(2048, private=True)
            if alg in {"RS256", "PS256"}
            else OKPKey.generate_key("Ed25519")
            if alg == "EdDSA"
            else ECKey.generate_key("P-256")
        )

    @property
    def public(self) -> dict[str, Any]:
        """Return the public JWK."""
        found = dict(self.key.as_dict(private=False))
        found.pop("kid", None)
        return {**found, **({"kid": self.kid} if self.kid else {})}

    @property
    def jwks(self) -> str:
        """Return a JWK set with this key, as a client registers it."""
        return json.dumps({"keys": [{**self.public, "alg": self.alg, "use": "sig"}]})

    @property
    def jkt(self) -> str:
        """Return the RFC 7638 thumbprint."""
        return self.key.thumbprint()

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Sign claims; a header value of None leaves that member out."""
        plain = {"alg": self.alg, "kid": self.kid, **header}
        protected = {name: value for name, value in plain.items() if value is not None}
        signing = f"{dumped(protected)}.{dumped(claims)}"
        return f"{signing}.{b64(self._signature(signing.encode()))}"

    def _signature(self, content: bytes) -> bytes:
        key = self.key.private_key
        match self.alg:
            case "RS256":
                return key.sign(content, padding.PKCS1v15(), hashes.SHA256())
            case "PS256":
                return key.sign(content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
            case "ES256":
                r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
            case _:
                return key.sign(content)

    def assertion(self, client_id: str, audience: object, now: float, **claims: Any) -> str:
        """Sign a client assertion; a claim of None is left out."""
        times = {"jti": uuid4().hex, "iat": now, "exp": now + 60}
        plain = {"iss": client_id, "sub": client_id, "aud": audience, **times, **claims}
        return self.sign({name: value for name, value in plain.items() if value is not None})

    def proof(self, method: str, url: str, now: float, **changes: Any) -> str:
        """Sign a DPoP proof (RFC 9449 §4.2); `token` sets ath, `header` changes the header, None leaves out."""
        token, header = changes.pop("token", None), changes.pop("header", {})
        ath = b64(sha256(token.encode()).digest()) if token else None
        plain = {"jti": uuid4().hex, "htm": method, "htu": url, "iat": now, "ath": ath, **changes}
        jwk = {name: value for name, value in self.public.items() if name != "kid"}
        head = {"typ": "dpop+jwt", "jwk": jwk, "kid": None, **header}
        return self.sign({name: value for name, value in plain.items() if value is not None}, **head)


def hs256(secret: bytes, claims: object) -> str:
    """Sign with a shared secret, however short it is."""
    signing = f"{dumped({'alg': 'HS256', 'typ': 'JWT'})}.{dumped(claims)}"
    return f"{signing}.{b64(hmac.digest(secret, signing.encode(), 'sha256'))}"


def unsigned(header: object, claims: object, signature: bytes = b"") -> str:
    """Put a JWT together by hand."""
    return f"{dumped(header)}.{dumped(claims)}.{b64(signature)}"
