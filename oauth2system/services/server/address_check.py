"""Whether people arrive at this server: `check` asks at the public address, as a browser does.

What it finds depends on where it is asked from and on what runs at this moment. So it is never a reason not to start.
"""

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import orjson

from oauth2system.errors import Busy, Misconfigured
from oauth2system.i18n import N_, Message
from oauth2system.runtime import outgoing_http
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.outgoing_http import Seen, Unfetched
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import signing_keys
from oauth2system.services.server.config_check import Problem
from oauth2system.settings import Settings
from oauth2system.storage.database import migrations
from oauth2system.storage.database.migrations import Schema
from oauth2system.storage.database.transactions import Database

PATIENCE_S = 2.0
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/oauth2/jwks"
_OK = 200
_REDIRECTS = range(300, 400)
# What a proxy answers while there is no server behind it.
_NOBODY_BEHIND = frozenset({502, 503, 504})
# Where a server answers that listens everywhere.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (these are not listened on here)

E = TypeVar("E", bound=BaseException)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whether this server answers at its public address, and what is wrong there; neither when none runs yet."""

    served: bool
    problem: Problem | None = None


def look(settings: Settings) -> Arrival:
    """Ask for the server's own documents at its public address, within seconds."""
    url = settings.public_url
    runs_here = _listens(settings)
    try:
        seen = asyncio.run(outgoing_http.look(url + DISCOVERY))
        if seen.status in _NOBODY_BEHIND and not runs_here:
            return _not_yet(settings)
        return _judge(settings, seen)
    except Unfetched as error:
        if (problem := _find_broken_path(settings, error)) is not None:
            return Arrival(served=False, problem=problem)
        if not runs_here:
            return _not_yet(settings)
        return _report_wrong(
            N_("A server runs here, but this machine does not reach it at {url} ({why}).", url=url, why=error.why),
            N_("Check the name, the proxy and the firewall in between."),
        )


def _judge(settings: Settings, seen: Seen) -> Arrival:
    """Judge whether this server answered at its address, or another one: by its issuer, then by its keys."""
    url = settings.public_url
    if seen.status in _REDIRECTS:
        return _report_wrong(
            N_("{url} sends browsers on to {place}.", url=url, place=seen.location),
            N_("Set OAUTH2SYSTEM_PUBLIC_URL to the address where people arrive."),
        )
    issuer = _read_member(seen, "issuer")
    if issuer is None:
        return _report_wrong(
            N_("At {url} something else answers ({status}).", url=url, status=seen.status),
            N_(
                "Point that address, or its proxy, to {host} port {port}, where this server listens.",
                host=settings.host,
                port=settings.port,
            ),
        )
    if issuer != url:
        return _report_wrong(
            N_("The server that answers at {url} calls itself {issuer}.", url=url, issuer=issuer),
            N_("Restart it, if its settings have changed; otherwise it is another one."),
        )
    ours, theirs = _read_own_keys(settings), _keys_of(asyncio.run(outgoing_http.look(url + JWKS)))
    if ours is not None and ours != theirs and not ours & theirs:
        return _report_wrong(
            N_("The server that answers at {url} uses another database.", url=url),
            N_("Stop it, or give both the same OAUTH2SYSTEM_DATABASE_URL."),
        )
    return Arrival(served=True)


def _report_wrong(what: Message, fix: Message) -> Arrival:
    return Arrival(served=False, problem=Problem(what, fix, refuses=False))


def _find_broken_path(settings: Settings, error: Unfetched) -> Problem | None:
    """Return what is wrong whether or not the server runs: the name, or TLS."""
    url = settings.public_url
    if certificate := _find_cause(error, ssl.SSLCertVerificationError):
        return Problem(
            N_("This machine does not trust the certificate of {url}: {why}.", url=url, why=certificate.verify_message),
            N_("Give the proxy a certificate for {host}.", host=settings.public_host),
            refuses=False,
        )
    if _find_cause(error, ssl.SSLError):
        return Problem(
            N_("At {url} nothing answers with TLS.", url=url),
            N_("A proxy must add it: this server answers http only."),
            refuses=False,
        )
    if _find_cause(error, socket.gaierror):
        return Problem(
            N_("This machine finds no address for the name {host}.", host=settings.public_host),
            N_("Check OAUTH2SYSTEM_PUBLIC_URL, and the name in DNS."),
            refuses=False,
        )
    return None


def _find_cause(error: BaseException | None, kind: type[E]) -> E | None:
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None


def _not_yet(settings: Settings) -> Arrival:
    """Report that no server runs, after trying whether one could listen."""
    try:
        free_address(settings)
    except Misconfigured as reason:
        return Arrival(served=False, problem=Problem(reason.message))
    return Arrival(served=False)


def _listens(settings: Settings) -> bool:
    host = _EVERYWHERE.get(settings.host, settings.host)
    try:
        with socket.create_connection((host, settings.port), PATIENCE_S):
            return True
    except OSError:
        return False


def free_address(settings: Settings) -> str:
    """Return the numeric address to listen on, tried now; raises Misconfigured.

    A port that another program also listens on would be shared with it.
    """
    try:
        family, kind, number, _name, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, number) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return str(address[0])
    except OSError as error:
        raise Misconfigured(_explain_cannot_listen(settings, error)) from error


def _explain_cannot_listen(settings: Settings, error: OSError) -> Message:
    where = f"{settings.host}:{settings.port}"
    match error.errno:
        case errno.EADDRINUSE:
            return N_("Port {where} is taken by another program; choose one with --port.", where=where)
        case errno.EACCES:
            return N_("This account may not listen on {where}; ports below 1024 are for root.", where=where)
        case _:
            return N_("The server cannot listen on {where}: {why}.", where=where, why=error.strerror)


def _read_own_keys(settings: Settings) -> frozenset[str] | None:
    """Return the ids of our signing keys; None where the database cannot say."""
    runner = Runner(settings, Database(settings.database_url))
    try:
        found = migrations.look(runner.database)
        if found is not Schema.CURRENT:
            return frozenset() if found is Schema.EMPTY else None
        listed = runner.now(SYSTEM, signing_keys.list_keys)
        return frozenset(key.kid for key, _until in listed.keys)
    except Busy:
        return None
    finally:
        runner.close()


def _keys_of(seen: Seen) -> frozenset[str]:
    keys: Any = _read_member(seen, "keys")
    listed = cast("list[Any]", keys) if isinstance(keys, list) else []
    found = (cast("dict[str, Any]", key) for key in listed if isinstance(key, dict))
    return frozenset(str(key.get("kid")) for key in found)


def _read_member(seen: Seen, name: str) -> Any:
    """Return a member of a JSON object that was answered, None where there is none."""
    try:
        found: Any = orjson.loads(seen.body) if seen.status == _OK else None
    except orjson.JSONDecodeError:
        return None
    members = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    return members.get(name)
