"""The signatures of a token answer, made after its transaction with keys held ready."""

from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens.id_token import half_hash
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.tokens.exchange import Issued


async def sign(runner: Runner, issued: Issued) -> dict[str, str | int]:
    """Return the JSON members of the token answer (RFC 6749 §5.1), its JWTs signed."""
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
