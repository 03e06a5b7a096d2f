"""Signatures, made beside the transaction with keys held ready."""

from typing import Any

from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens.id_token import half_hash
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.tokens.exchange import Issued


async def told(runner: Runner, issued: Issued) -> dict[str, str | int]:
    """Return the token answer with its signatures."""
    if issued.access_claims is None and issued.id_claims is None:
        return issued.answer
    key = (await keyring.ready(runner)).signer(issued.alg, issued.now_ms)
    return _signed(issued, key)


def _signed(issued: Issued, key: SigningKey) -> dict[str, str | int]:
    answer = dict(issued.answer)
    if issued.access_claims is not None:
        answer["access_token"] = jose.sign(key, issued.access_claims, access.JWT_TYPE)
    if issued.id_claims is not None:
        at_hash = half_hash(str(answer["access_token"]), key.alg)
        answer["id_token"] = jose.sign(key, {**issued.id_claims, "at_hash": at_hash})
    return answer


async def signed(runner: Runner, claims: dict[str, Any], alg: str, now_ms: int, typ: str = "JWT") -> str:
    """Return claims as a JWT of ours, e.g. a signed UserInfo answer."""
    return jose.sign((await keyring.ready(runner)).signer(alg, now_ms), claims, typ)
