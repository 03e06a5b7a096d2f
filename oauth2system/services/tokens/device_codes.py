"""Device codes at the token endpoint: each poll of a device gets the approval once, or the reason why not yet."""

import hmac

from oauth2system.protocol import device, scopes
from oauth2system.protocol.authorization.request import AuthorizationRequest
from oauth2system.protocol.authorization.target import Target
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.device import DeviceFacts
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import acr
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.protocol.tokens.grants import IssuedCode
from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import device_codes
from oauth2system.storage.tables.device_codes import DeviceCode


def redeem(ctx: Context, caller: AuthenticatedClient, params: Params) -> tuple[DeviceCode, IssuedCode]:
    """Answer a poll: what was allowed, once, or why not yet (RFC 8628 §3.4, §3.5)."""
    read = token_format.read(Kind.DEVICE, params.need("device_code"))
    row = device_codes.find(ctx.db, read[0]) if read else None
    if read is None or row is None or not hmac.compare_digest(row.digest, read[1]):
        row = None
    facts = _read_facts(row)
    if row is not None and facts is not None and facts.client_id == caller.client.id:
        too_fast = device.polls_too_fast(facts, ctx.now)
        device_codes.note_poll(ctx.db, row.id, ctx.now_ms, device.next_interval(facts) if too_fast else facts.interval)
    device.check_poll(facts, caller, ctx.now)
    if row is None or row.user_id is None or not device_codes.take(ctx.db, row.id, ctx.now_ms):
        device.check_poll(None, caller, ctx.now)  # another poll was faster
        raise AssertionError  # not reached: an unknown code is refused
    return row, _as_code(ctx, row, row.user_id)


def _read_facts(row: DeviceCode | None) -> DeviceFacts | None:
    if row is None:
        return None
    polled_at = None if row.polled_ms is None else from_ms(row.polled_ms)
    return DeviceFacts(row.client_id, from_ms(row.expires_ms), row.status, row.interval, polled_at)


def _as_code(ctx: Context, row: DeviceCode, user_id: str) -> IssuedCode:
    """Return what was allowed as the data of a code; a device has no redirect URI."""
    target = Target(row.client_id, "", "query", None, ctx.settings.public_url, uri_was_sent=False)
    request = AuthorizationRequest(target, scopes.read(row.scopes), resources=tuple(row.resources.split()))
    signed_in, until = from_ms(row.auth_time_ms or 0), from_ms(row.expires_ms)
    amr = tuple((row.amr or "pwd").split())
    return IssuedCode(request, user_id, signed_in, until, acr=acr.name_level(amr), amr=amr, sid=row.sid)
