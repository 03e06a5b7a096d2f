"""Pairwise subjects over several hosts: a sector document lists the hosts that belong together (OIDC Core §8.1)."""

from typing import ParamSpec

from oauth2system.policy import budgets
from oauth2system.protocol.clients import consistency
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClientMetadata
from oauth2system.protocol.jose import strict_json
from oauth2system.protocol.jose.strict_json import NotJson
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import Source
from oauth2system.runtime.lanes import Service
from oauth2system.runtime.outgoing_http import Unfetched
from oauth2system.runtime.runner import Runner

P = ParamSpec("P")


async def judge(call: Call, rules: Service[P, Client], *args: P.args, **kwargs: P.kwargs) -> Client:
    """Return the client that `rules` judged, after its sector document was checked.

    Raises what `rules` raise, and InvalidClientMetadata where the document does not list its redirect URIs.
    """
    client = await call(rules, *args, **kwargs)
    await _check(call.runner, client, call.caller.source)
    return client


async def _check(runner: Runner, client: Client, source: Source) -> None:
    """Fetch the document and compare the redirect URIs; raise InvalidClientMetadata where one is not listed."""
    if client.sector_identifier_uri is None:
        return
    whose = client.owner_id or budgets.network(source.ip)
    try:
        document = strict_json.load(await runner.server.outgoing.fetch_json(client.sector_identifier_uri, whose))
    except (Unfetched, NotJson) as error:
        raise InvalidClientMetadata(MetadataReason.SECTOR_UNREADABLE, member="sector_identifier_uri") from error
    consistency.check_sector_document(document, client)
