"""Keys made once for all tables, and the forgeries of T039, T053, T054 and T059."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import new as new_hmac
from typing import Any

from cryptography.hazmat.primitives import serialization

from oauth2system.protocol.jose import keys as jose

RSA = jose.generate("RS256")
PSS = jose.generate("PS256")
EC = jose.generate("ES256")
ED = jose.generate("EdDSA")
OTHER = jose.generate("ES256")
ALL = (RSA, PSS, EC, ED)
PUBLIC = tuple(jose.verification_key(key) for key in ALL)


def jwks_of(*keys: jose.SigningKey) -> str:
    return json.dumps({"keys": [jose.public_jwk(key) for key in keys]})


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_jws(header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes, key: jose.SigningKey = EC) -> str:
    """Sign any bytes as header and payload: what our own `sign` would never write."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    content = f"{b64(parts[0])}.{b64(parts[1])}"
    return f"{content}.{b64(jose.sign_bytes(key, content.encode()))}"


def hmac_jws(claims: dict[str, Any], secret: bytes, **header: object) -> str:
    content = f"{b64(json.dumps({'alg': 'HS256', **header}).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{content}.{b64(new_hmac(secret, content.encode(), sha256).digest())}"


def pem_of(key: jose.SigningKey) -> bytes:
    return key.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def forgeries(claims: dict[str, Any], key: jose.SigningKey = EC, typ: str = "JWT", **more: Any) -> dict[str, str]:
    """Return every forged or malformed version of a token: name -> token. None may pass anywhere.

    `more` stands in every header, where the right one has it, too: the key of a DPoP proof.
    """
    header: dict[str, Any] = {"alg": key.alg, "kid": key.kid, "typ": typ, **more}
    good = raw_jws(header, claims, key)
    head, body, tail = good.split(".")
    jwk = json.dumps(jose.public_jwk(key)).encode()
    pad = "A" if tail[0] != "A" else "B"
    hs: dict[str, Any] = {"kid": key.kid, "typ": typ, **more}
    nested = b'{"a":' * 1000 + b"1" + b"}" * 1000
    return {
        "T053 alg none, no signature": f"{b64(json.dumps({**header, 'alg': 'none'}).encode())}.{body}.",
        "T053 alg none with the signature": f"{b64(json.dumps({**header, 'alg': 'none'}).encode())}.{body}.{tail}",
        "T053 alg None": f"{b64(json.dumps({**header, 'alg': 'None'}).encode())}.{body}.{tail}",
        "T053 empty signature": f"{head}.{body}.",
        "T053 other signature": f"{head}.{body}.{pad}{tail[1:]}",
        "T053 short signature": f"{head}.{body}.{b64(b'x')}",
        "T053 zero signature": f"{head}.{body}.{b64(bytes(64))}",
        "T053 HS256 with the public PEM": hmac_jws(claims, pem_of(key), **hs),
        "T053 HS256 with the public JWK": hmac_jws(claims, jwk, **hs),
        "T053 HS256 with an empty key": hmac_jws(claims, b"", **hs),
        "T053 key from the header": raw_jws({"alg": "ES256", "typ": typ, "jwk": jose.public_jwk(OTHER)}, claims, OTHER),
        "T039 unknown kid": raw_jws({**header, "kid": "nobody"}, claims, key),
        "T039 kid with a path": raw_jws({**header, "kid": "../../dev/null"}, claims, key),
        "T039 kid with SQL": raw_jws({**header, "kid": "' OR 1=1 --"}, claims, key),
        "T039 kid that is a number": raw_jws({**header, "kid": 1}, claims, key),
        "T039 jku": raw_jws(
            {"alg": "ES256", "typ": typ, "kid": OTHER.kid, "jku": "https://evil.example/jwks"}, claims, OTHER
        ),
        "T054 unknown crit": raw_jws({**header, "crit": ["x"], "x": 1}, claims, key),
        "T054 empty crit": raw_jws({**header, "crit": []}, claims, key),
        "T054 b64=false": raw_jws({**header, "b64": False, "crit": ["b64"]}, claims, key),
        "T054 header member twice": raw_jws(json.dumps(header).encode()[:-1] + b', "alg": "none"}', claims, key),
        "T054 claim twice": raw_jws(header, json.dumps(claims).encode()[:-1] + b', "iss": "x", "iss": "y"}', key),
        "T054 padding": f"{head}.{body}.{tail}==",
        "T054 whitespace": f"{head}.{body}.{tail[:10]} {tail[10:]}",
        "T054 line end": good + "\n",
        "T054 two dots too many": good + "..",
        "T054 one part": head,
        "T054 nested JWS": raw_jws({**header, "cty": "JWT"}, good.encode(), key),
        "T054 payload is a list": raw_jws(header, b"[]", key),
        "T054 payload is not JSON": raw_jws(header, b"{", key),
        "T054 payload is not UTF-8": raw_jws(header, b'{"a":"\xff"}', key),
        "T054 half a sign": raw_jws(header, {**claims, "jti": "\ud800", "state": "\ud800"}, key),
        "T054 NaN": raw_jws(header, b'{"exp":NaN}', key),
        "T054 alg is a number": raw_jws({**header, "alg": 1}, claims, key),
        "T054 no alg": raw_jws(hs, claims, key),
        "T054 typ is a list": raw_jws({**header, "typ": ["JWT"]}, claims, key),
        "T054 wrong typ": raw_jws({**header, "typ": "wrong"}, claims, key),
        "T054 standard base64": good.replace("_", "/").replace("-", "+") + "/",
        "T059 1 MB": raw_jws(header, {**claims, "x": "x" * 1_000_000}, key),
        "T059 deep nesting": raw_jws(header, b'{"x":' + nested + b"}", key),
        "T059 JWE": ".".join([b64(b'{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":1000000000}'), *["AAAA"] * 4]),
        "T059 zip": raw_jws({**header, "zip": "DEF"}, claims, key),
        "not ASCII": "é.é.é",
        "empty": "",
    }
