"""DPoP proofs at our endpoints: checked, and accepted once by all nodes together (RFC 9449)."""

from typing import NamedTuple

from oauth2system.policy import lifetimes
from oauth2system.protocol.errors import InvalidDpopProof
from oauth2system.protocol.jose import dpop
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import replays


class Sent(NamedTuple):
    """The DPoP headers of a request, with the method and address that they must name."""

    proofs: tuple[str, ...]
    method: str
    path: str

    def __bool__(self) -> bool:
        """Return whether there is any proof."""
        return bool(self.proofs)


def check(ctx: Context, sent: Sent, access_token: str | None = None) -> DpopProof | None:
    """Return the proof of a request, or None without one; each is accepted once (RFC 9449 §11.1, T063)."""
    if not sent:
        return None
    proof = dpop.check_proof(
        sent.proofs,
        method=sent.method,
        url=ctx.settings.public_url + sent.path,
        now=ctx.now,
        access_token=access_token,
        nonces=nonces(ctx),
    )
    if not replays.claim(ctx.db, proof.replay_key, to_ms(proof.forget_at)):
        raise InvalidDpopProof(TokenReason.PROOF_REPLAYED)
    return proof


@reads
def nonces(ctx: Context) -> tuple[str, str]:
    """Return the nonces that are valid now, newest first; every node computes the same (RFC 9449 §8)."""
    secret = ctx.server.encryption.key_for("dpop", "nonce")
    return dpop.nonces_at(secret, ctx.now, lifetimes.DPOP_NONCE.in_seconds)


async def next_nonce(call: Call) -> str:
    """Return the nonce for the next proof of an app that sent one, so that it need not ask (RFC 9449 §8.2)."""
    return (await call(nonces))[0]
