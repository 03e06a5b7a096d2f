"""Signatures, made outside transactions with the keys in memory."""

from typing import Any

from oauth2system.protocol.jose import keys as jose
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring


async def sign(runner: Runner, claims: dict[str, Any], alg: str, now_ms: int, typ: str = "JWT") -> str:
    """Return claims as a JWT of ours, e.g. a signed UserInfo answer."""
    return jose.sign((await keyring.get(runner)).signer(alg, now_ms), claims, typ)
