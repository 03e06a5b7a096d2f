"""What is read beside a client's secret: the code or the refresh token that it exchanges, while the secret is sought.

One statement instead of two or three. It changes no rule: what it does not find is looked for again, alone.
"""

import hmac
from dataclasses import dataclass

from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Context
from oauth2system.storage.lookups import token_exchange
from oauth2system.storage.lookups.token_exchange import Renewable, Secret
from oauth2system.storage.tables import clients
from oauth2system.storage.tables.ephemeral import Kept
from oauth2system.storage.tables.tokens import Person

Named = tuple[int, bytes]


@dataclass(slots=True)
class Beside:
    """Where a client's secret is looked up, and what was found there of that very client."""

    ctx: Context
    code: Named | None = None
    refresh: Named | None = None
    kept: tuple[Kept, Person] | None = None
    renewable: Renewable | None = None

    def secret(self, client_id: str, secret_id: int) -> Secret | None:
        """Return the client of that id with (digest, last used in ms) of its working secret of that id."""
        return self._with_refresh(client_id, secret_id) or clients.find_with_secret(self.ctx.db, client_id, secret_id)

    def _with_refresh(self, client_id: str, secret_id: int) -> Secret | None:
        if self.refresh is None:
            return self._with_code(client_id, secret_id)
        found = token_exchange.find_refresh(self.ctx.db, client_id, secret_id, self.refresh[0])
        if found is None:
            return None
        secret, renewable = found
        if hmac.compare_digest(renewable.digest, self.refresh[1]):
            self.renewable = renewable
        return secret

    def _with_code(self, client_id: str, secret_id: int) -> Secret | None:
        if self.code is None:
            return None
        found = token_exchange.find_code(self.ctx.db, client_id, secret_id, Kind.CODE, self.code, self.ctx.now_ms)
        if found is None:
            return None
        secret, kept, person = found
        self.kept = kept, person
        return secret


def beside(ctx: Context, params: Params) -> Beside:
    """Say what to look for, by what came; whatever is malformed or came twice is left to the rules."""
    code, refresh = params.peek("code"), params.peek("refresh_token")
    return Beside(
        ctx,
        token_format.read(Kind.CODE, code) if code else None,
        token_format.read(Kind.REFRESH, refresh) if refresh else None,
    )
