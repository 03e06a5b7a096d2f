"""Keys and signatures through joserfc, imported only here: key objects are reused, algorithms come from a list."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Any, TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from oauth2system.protocol.jose.jws import BadJwt, Unverified, encode, load, read
from oauth2system.protocol.jose.strict_json import dump
from oauth2system.protocol.reasons.faults import JwtFault

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_RSA_BITS = (2048, 8192)
_RSA_CHARS = (342, 1366)  # the same in base64url
_RSA_EXPONENT = (3, 1 << 32)  # with a larger one, each check of a signature takes up to seventy times as long
_LONGEST_MEMBER = 2048
_P256_BYTES = 32
_MAX_KEYS = 20
_HMAC_BYTES = 32
# OIDC Core §10.1, RFC 7638 §7: what only the owner of a key has.
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_TYPES = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)  # RFC 7518 §3.5: the salt is as long as the hash
_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """Claims whose signature was checked against a key we chose."""

    claims: Mapping[str, Any]
    header: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One public key of somebody: the algorithms it can be used with, and its names."""

    key: PublicKey
    algs: frozenset[str]
    kid: str | None
    thumbprint: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One of our keys: one use, one algorithm (RFC 7517 §4.2, §4.4)."""

    kid: str
    alg: str
    key: PrivateKey = field(repr=False)


def sign(key: SigningKey, claims: Mapping[str, Any], typ: str = "JWT") -> str:
    """Return a compact JWS, built by hand: a library costs as much again as an ES256 signature."""
    content = f"{_header(key.kid, key.alg, typ)}.{encode(dump(claims))}"
    return f"{content}.{encode(sign_bytes(key, content.encode('ascii')))}"


def sign_bytes(key: SigningKey, content: bytes) -> bytes:
    """Return the bare signature with the key's one algorithm (RFC 7518 §3.1)."""
    return _SIGN[key.alg](key.key, content)


@lru_cache(maxsize=256)
def _header(kid: str, alg: str, typ: str) -> str:
    return encode(dump({"alg": alg, "typ": typ, "kid": kid}))


def _sign_es256(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(content, _ECDSA))
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")  # RFC 7518 §3.4


_SIGN: dict[str, Callable[[Any, bytes], bytes]] = {
    "RS256": lambda key, content: key.sign(content, _PKCS1, _SHA256),
    "PS256": lambda key, content: key.sign(content, _PSS, _SHA256),
    "ES256": _sign_es256,
    "EdDSA": lambda key, content: key.sign(content),
}


def verify(
    token: str | Unverified, keys: Iterable[VerificationKey], *, algs: Collection[str], typs: Collection[str] = ()
) -> VerifiedClaims:
    """Check the signature with a key and an algorithm that we chose; the header's own keys are never used."""
    jws = read(token) if isinstance(token, str) else token
    alg = canonical(jws.alg)
    if alg not in algs or alg not in _VERIFY:  # RFC 8725 §3.1; "none" is in neither
        raise BadJwt(JwtFault.ALG_REFUSED, alg=jws.alg[:20])
    check_typ(jws, typs)
    key = _choose(keys, alg, jws.kid)
    try:
        _VERIFY[alg](key.key, jws.signature, jws.signing_input)
    except InvalidSignature as error:
        raise BadJwt(JwtFault.SIGNATURE_WRONG) from error
    return VerifiedClaims(jws.claims, jws.header)


def canonical(alg: str) -> str:
    """Return the name we know an algorithm by: Ed25519 is EdDSA with its one curve here (RFC 9864 §2.2)."""
    return "EdDSA" if alg == "Ed25519" else alg


def verify_hmac(token: str | Unverified, secret: bytes) -> VerifiedClaims:
    """Check an HS256 signature; kept apart so that no public key can ever be taken for a secret (RFC 8725 §2.1)."""
    jws = read(token) if isinstance(token, str) else token
    if jws.alg != "HS256" or len(secret) < _HMAC_BYTES:  # OIDC Core §16.19
        raise BadJwt(JwtFault.HMAC_REFUSED)
    if not compare_digest(hmac_digest(secret, jws.signing_input, "sha256"), jws.signature):
        raise BadJwt(JwtFault.SIGNATURE_WRONG)
    return VerifiedClaims(jws.claims, jws.header)


def check_typ(jws: Unverified, typs: Collection[str]) -> None:
    """Refuse a type that was not asked for; RFC 7515 §4.1.9: a media type, in any letter case."""
    typ = jws.header.get("typ", "").lower().removeprefix("application/")
    if typs and typ not in typs:
        raise BadJwt(JwtFault.TYP_WRONG, typ=typ[:20])


def _choose(keys: Iterable[VerificationKey], alg: str, kid: str | None) -> VerificationKey:
    """Return the one key this may be signed with; without a kid there must be only one that fits."""
    # A registered key without a name fits any kid (RFC 7517 §4.5 makes it optional); one with a name only its own.
    fitting = [key for key in keys if alg in key.algs and (None in (kid, key.kid) or kid == key.kid)]
    if len(fitting) != 1:
        raise BadJwt(JwtFault.KEY_AMBIGUOUS if fitting else JwtFault.KEY_UNKNOWN)
    return fitting[0]


def _verify_es256(key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes) -> None:
    if len(signature) != 2 * _P256_BYTES:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:_P256_BYTES], "big"), int.from_bytes(signature[_P256_BYTES:], "big")
    key.verify(encode_dss_signature(r, s), content, _ECDSA)


_VERIFY: dict[str, Callable[[Any, bytes, bytes], None]] = {
    "RS256": lambda key, signature, content: key.verify(signature, content, _PKCS1, _SHA256),
    "PS256": lambda key, signature, content: key.verify(signature, content, _PSS, _SHA256),
    "ES256": _verify_es256,
    "EdDSA": lambda key, signature, content: key.verify(signature, content),
}


@lru_cache(maxsize=256)
def parse_jwks(text: str) -> tuple[VerificationKey, ...]:
    """Read a JWK set (RFC 7517 §5); keys for other uses or of unknown kinds are left out, bad ones refused."""
    members = load(text).get("keys")
    if not isinstance(members, list):
        raise BadJwt(JwtFault.KEYS_MISSING)
    jwks = cast("list[Any]", members)
    if len(jwks) > _MAX_KEYS:
        raise BadJwt(JwtFault.KEYS_TOO_MANY, most=_MAX_KEYS)
    return tuple(parse_jwk(jwk) for jwk in jwks if _is_wanted(jwk))


def _is_wanted(jwk: object) -> bool:
    if not isinstance(jwk, dict):
        raise BadJwt(JwtFault.KEY_NOT_OBJECT)
    member = cast("dict[str, Any]", jwk)
    alg = member.get("alg")
    if isinstance(alg, str) and canonical(alg) not in _VERIFY:
        return False  # a library lists all it can do, RS512 among it (RFC 7517 §5)
    # OIDC Registration §2: an encryption key may stand in the set, but it never signs.
    return member.get("use", "sig") == "sig" and member.get("kty") != "oct" and member.get("crv", "P-256") in _CURVES


_CURVES = ("P-256", "Ed25519")


def parse_jwk(jwk: Mapping[str, Any]) -> VerificationKey:
    """Read one public key; private members, small RSA keys and points off the curve are refused."""
    if PRIVATE_MEMBERS & jwk.keys():
        raise BadJwt(JwtFault.KEY_PRIVATE)
    kty, kid, alg = jwk.get("kty"), jwk.get("kid"), jwk.get("alg")
    kind = _TYPES.get(kty) if isinstance(kty, str) else None
    if kind is None or not isinstance(kid, str | None) or not isinstance(alg, str | None):
        raise BadJwt(JwtFault.KEY_KIND)
    if any(len(str(jwk[name])) > _LONGEST_MEMBER for name in _MEMBERS if name in jwk):
        raise BadJwt(JwtFault.KEY_UNREADABLE)
    if kind is RSAKey and not _RSA_CHARS[0] <= len(str(jwk.get("n"))) <= _RSA_CHARS[1]:
        raise BadJwt(JwtFault.KEY_RSA_SIZE)
    try:
        found = kind.import_key({name: jwk[name] for name in _MEMBERS if name in jwk})
        key, thumbprint = cast("PublicKey", found.public_key), found.thumbprint()
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadJwt(JwtFault.KEY_UNREADABLE) from error
    if isinstance(key, rsa.RSAPublicKey):
        _check_exponent(key.public_numbers().e)
    return VerificationKey(key, _algs_of(key, alg), kid, thumbprint)


def _check_exponent(exponent: int) -> None:
    """Refuse an RSA exponent that is even, below 3, or large enough to make every check slow (T059)."""
    if not _RSA_EXPONENT[0] <= exponent <= _RSA_EXPONENT[1] or exponent % 2 == 0:
        raise BadJwt(JwtFault.KEY_RSA_EXPONENT)


_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


def _algs_of(key: object, alg: str | None) -> frozenset[str]:
    match key:
        case rsa.RSAPublicKey() if _RSA_BITS[0] <= key.key_size <= _RSA_BITS[1]:
            algs = frozenset({"RS256", "PS256"})
        case ec.EllipticCurvePublicKey() if key.curve.name == "secp256r1":
            algs = frozenset({"ES256"})
        case ed25519.Ed25519PublicKey():
            algs = frozenset({"EdDSA"})
        case _:
            algs = frozenset[str]()
    usable = algs if alg is None else algs & {canonical(alg)}
    if not usable:
        raise BadJwt(JwtFault.KEY_UNUSABLE)
    return usable


def generate(alg: str) -> SigningKey:
    """Make a new key for one algorithm, named by its thumbprint (RFC 7638)."""
    match alg:
        case "RS256" | "PS256":
            key: PrivateKey = rsa.generate_private_key(65537, 2048)
        case "ES256":
            key = ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            key = ed25519.Ed25519PrivateKey.generate()
        case _:
            raise ValueError(f"no key can be made for {alg}")
    return SigningKey(_hash_members(key), alg, key)


def save(key: SigningKey) -> bytes:
    """Return the private key as PKCS #8 DER, which the caller encrypts before storing it."""
    return key.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def restore(der: bytes, alg: str) -> SigningKey:
    """Read what `save` wrote; decryption has proven it unchanged, so the key itself is not checked again."""
    key = cast("PrivateKey", serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True))
    return SigningKey(_hash_members(key), alg, key)


def public_jwk(key: SigningKey) -> dict[str, str]:
    """Return what the JWKS publishes of a key: public members, kid, use and alg (RFC 7517 §4)."""
    return {**_pick_members(key.key), "kid": key.kid, "use": "sig", "alg": key.alg}


def verification_key(key: SigningKey) -> VerificationKey:
    """Return the public half of one of our keys: for hints and JWT access tokens that come back."""
    return VerificationKey(key.key.public_key(), frozenset({key.alg}), key.kid, key.kid)


def _pick_members(key: PrivateKey) -> dict[str, str]:
    kind = (
        RSAKey
        if isinstance(key, rsa.RSAPrivateKey)
        else ECKey
        if isinstance(key, ec.EllipticCurvePrivateKey)
        else OKPKey
    )
    public = kind(key.public_key(), key.public_key())  # type: ignore[arg-type]  (each kind of key has a type of its own)
    return cast("dict[str, str]", public.as_dict(private=False))


def _hash_members(key: PrivateKey) -> str:
    return parse_jwk(_pick_members(key)).thumbprint
