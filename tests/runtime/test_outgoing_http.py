"""The one way out: what it never visits, what it never says, and that it ends (T128-T134)."""

import _socket
import asyncio
import socket
import time
from collections.abc import Generator
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from oauth2system.policy import quotas
from oauth2system.runtime.outgoing_http import OutgoingHttp, Unfetched, is_public
from oauth2system.settings import Settings
from tests.support.in_process.door import read_settings
from tests.support.patience import PATIENCE_S
from tests.support.servers.recording_server import Sink, sink

GENTLE = ("127.0.0.1",)


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


@pytest.fixture
def closed(tmp_path: Path) -> Settings:
    return read_settings(tmp_path)


@pytest.fixture
def allowed(tmp_path: Path) -> Settings:
    return read_settings(tmp_path, FETCH_ALLOW="127.0.0.1")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let numbers be looked up, names by a table, and note every attempt to connect."""
    tried: list[Any] = []
    table = {"two.example": ["93.184.216.34", "127.0.0.1"], "inner.example": ["10.1.2.3"], "localhost.": ["127.0.0.1"]}

    def resolve(host: Any, port: Any, *_arguments: Any, **_options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in table:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in table[name]]
        return _socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)

    def connect(_self: socket.socket, address: Any) -> None:
        tried.append(address)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


def get(settings: Settings, url: str) -> bytes:
    return asyncio.run(OutgoingHttp(settings.fetch_allow).fetch_json(url, "ada"))


INSIDE = [
    "http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://0.0.0.0/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://[fe80::1]/", "https://[fc00::1]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://localhost./", "https://inner.example/", "https://two.example/", "https://[::7f00:1]/",
    "https://93.184.216.34:22/", "https://93.184.216.34:6379/", "http://93.184.216.34/", "ftp://93.184.216.34/",
    "file:///etc/passwd", "gopher://93.184.216.34/", "https://",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_t128_what_is_not_public_is_refused_before_any_connection(
    closed: Settings, connections: list[Any], url: str
) -> None:
    with pytest.raises(Unfetched) as refused:
        get(closed, url)
    assert str(refused.value) == "The address could not be fetched."
    assert connections == []


def test_public_addresses_are_public() -> None:
    for text in ("93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"):
        assert is_public(ip_address(text)), text


def test_t129_the_connection_goes_to_the_address_that_was_looked_at(
    closed: Settings, connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when looked at and ours a moment later is not looked at again."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def rebind(host: Any, port: Any, *_arguments: Any, **_options: Any) -> Any:
        asked.append(str(host))
        found = next(answers) if str(host) == "rebind.example" else [str(host)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    tried: list[str] = []

    async def connect(_self: Any, host: str, *_arguments: Any, **_options: Any) -> Any:
        tried.append(host)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", connect)
    with pytest.raises(Unfetched):
        get(closed, "https://rebind.example/")
    assert (asked, tried) == (["rebind.example"], ["93.184.216.34"])


def test_t130_no_redirect_is_followed(allowed: Settings, place: Sink) -> None:
    place.status, place.headers = 302, {"Location": f"{place.url}/elsewhere"}
    with pytest.raises(Unfetched):
        get(allowed, place.url)
    assert len(place.seen) == 1


def test_t131_whatever_is_wrong_ends_soon_and_with_one_text(
    allowed: Settings, place: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "FETCH_SECONDS", 0.6)
    long = 2 * PATIENCE_S
    kinds: list[dict[str, Any]] = [
        {"status": 500}, {"status": 404}, {"body": b"x" * 100_000}, {"headers": {"Content-Type": "text/html"}},
        {"headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"}}, {"pause_s": long},
        {"drip": True, "body": b"slow" * int(long)}, {"headers": {"X": "y" * 200_000}},
    ]  # fmt: skip
    for kind in kinds:
        plain: dict[str, Any] = {
            "status": 200, "body": b"{}", "headers": {"Content-Type": "application/json"},
            "pause_s": 0.0, "drip": False,
        }  # fmt: skip
        place.__dict__.update(plain | kind)
        began = time.monotonic()
        with pytest.raises(Unfetched) as refused:
            get(allowed, place.url)
        assert time.monotonic() - began < PATIENCE_S, kind
        assert str(refused.value) == "The address could not be fetched."


def test_t131_nobody_there_is_the_same_refusal(allowed: Settings) -> None:
    with pytest.raises(Unfetched):
        get(allowed, "http://127.0.0.1:9/")


def test_t134_a_request_says_nothing_of_us(allowed: Settings, place: Sink) -> None:
    assert get(allowed, f"{place.url}/keys?x=1") == b"{}"
    (seen,) = place.seen
    assert (seen.method, seen.path) == ("GET", "/keys?x=1")
    assert set(seen.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert seen.headers["user-agent"] == "Oauth2System"


def test_a_form_is_posted_and_its_answer_not_read(allowed: Settings, place: Sink) -> None:
    place.status = 204
    assert asyncio.run(OutgoingHttp(allowed.fetch_allow).post_form(place.url, b"a=b", "ada")) == 204
    assert (place.seen[0].method, place.seen[0].body) == ("POST", "a=b")


@pytest.mark.parametrize("allow", ["127.0.0.1", "127.0.0.0/8", "localhost,127.0.0.1"])
def test_the_operator_may_open_a_host_or_a_network(tmp_path: Path, place: Sink, allow: str) -> None:
    assert get(read_settings(tmp_path, FETCH_ALLOW=allow), place.url) == b"{}"


def test_opening_one_host_opens_no_other(tmp_path: Path, connections: list[Any]) -> None:
    with pytest.raises(Unfetched):
        get(read_settings(tmp_path, FETCH_ALLOW="10.1.2.4 other.example"), "https://inner.example/")
    assert connections == []


def refused_of(allowed: Settings, place: Sink, count: int, whose: str) -> int:
    """Fetch so many at once, and count what was refused; `whose` has a place for the number."""
    place.pause_s = 0.3

    async def many() -> list[Any]:
        outgoing = OutgoingHttp(allowed.fetch_allow)
        calls = (outgoing.fetch_json(f"{place.url}/{number}", whose.format(number)) for number in range(count))
        return await asyncio.gather(*calls, return_exceptions=True)

    return sum(isinstance(one, Unfetched) for one in asyncio.run(many()))


def test_no_more_than_a_few_at_once(allowed: Settings, place: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "FETCHES_OF_ONE", 100)
    assert refused_of(allowed, place, quotas.FETCHES_AT_ONCE + 4, "{}") == 4


@pytest.mark.parametrize("whose", ["one owner", "owner {} of many, one host"])
def test_t132_nobody_takes_all_connections_of_the_server(allowed: Settings, place: Sink, whose: str) -> None:
    assert refused_of(allowed, place, quotas.FETCHES_OF_ONE + 4, whose) == 4


def test_t132_a_name_server_that_hangs_holds_up_its_owner_alone(
    allowed: Settings, place: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, answered = socket.getaddrinfo, Event()

    def hang(host: Any, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(".slow.example"):
            answered.wait(PATIENCE_S)
            raise OSError
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(quotas, "FETCH_SECONDS", 0.2)

    async def many() -> tuple[list[Any], bytes]:
        outgoing = OutgoingHttp(allowed.fetch_allow)
        late: list[Any] = []
        for wave in range(3):  # nobody waits for the first ones any more, and their threads are still taken
            calls = (outgoing.fetch_json(f"https://{wave}{number}.slow.example/", "mallory") for number in range(4))
            late += await asyncio.gather(*calls, return_exceptions=True)
        monkeypatch.setattr(quotas, "FETCH_SECONDS", PATIENCE_S)
        free = await outgoing.fetch_json(place.url, "ada")
        answered.set()
        return late, free

    late, free = asyncio.run(many())
    assert free == b"{}"
    assert sum(one.hung for one in late) == quotas.LOOK_UPS_OF_ONE
    assert [one.why for one in late].count("too many look-ups at once") == 12 - quotas.LOOK_UPS_OF_ONE
