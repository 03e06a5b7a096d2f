"""The rough place of a session, by the operator's database file."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Misconfigured
from oauth2system.services.sessions import browser_sessions, new_sign_ins
from tests.support.in_process.browsers import House

_MARKER = b"\xab\xcd\xefMaxMind.com"
BERLIN = {"city": {"names": {"de": "Berlin", "en": "Berlin"}}, "country": {"names": {"en": "Germany"}}}


def write_places(path: Path, network: str, record: dict[str, Any]) -> None:
    """Write a file that knows a record for one network and nothing else."""
    wanted = IPv4Network(network)
    bits = [int(bit) for bit in f"{int(wanted.network_address):032b}"[: wanted.prefixlen]]
    count = len(bits)
    tree = b""
    for place, bit in enumerate(bits):
        onward = place + 1 if place + 1 < count else count + 16
        pair = (onward, count) if bit == 0 else (count, onward)
        tree += b"".join(one.to_bytes(3, "big") for one in pair)
    facts = {
        "node_count": _number(6, count), "record_size": _number(5, 24), "ip_version": _number(5, 4),
        "database_type": _text("City"), "languages": b"\x01\x04" + _text("en"),
        "binary_format_major_version": _number(5, 2), "binary_format_minor_version": _number(5, 0),
        "build_epoch": b"\x01\x02\x01", "description": b"\xe0",
    }  # fmt: skip
    path.write_bytes(tree + bytes(16) + _write(record) + _MARKER + _map(facts))


def _write(value: Any) -> bytes:
    return _map({name: _write(one) for name, one in value.items()}) if isinstance(value, dict) else _text(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (values of any shape)


def _map(members: dict[str, bytes]) -> bytes:
    return bytes([7 << 5 | len(members)]) + b"".join(_text(name) + one for name, one in members.items())


def _text(text: str) -> bytes:
    raw = text.encode()
    assert len(raw) < 29 + 256
    return (bytes([2 << 5 | len(raw)]) if len(raw) < 29 else bytes([2 << 5 | 29, len(raw) - 29])) + raw


def _number(kind: int, value: int) -> bytes:
    raw = value.to_bytes(2, "big").lstrip(b"\0")
    return bytes([kind << 5 | len(raw)]) + raw


def places_of(house: House, ip: str) -> tuple[str, str, str]:
    """Return the place in the list, in the notice on another device, and in the mail, of a sign-in from an address."""
    house.person("ada")
    home, away = house.browser(), house.browser(ip)
    home.sign_in()
    house.later(seconds=5)
    away.sign_in()
    listed = {one.is_this: one for one in house.ask(browser_sessions.list_sessions, caller=home.caller)}
    (asked,) = house.ask(new_sign_ins.list_questions, caller=home.caller)
    (text,) = [one.text for one in house.mail("ada@example.org") if "new sign-in" in one.subject]
    return listed[False].place, asked.place, "Berlin, Germany" if "Berlin, Germany" in text else ""


@pytest.mark.parametrize(("ip", "place"), [("198.51.100.7", "Berlin, Germany"), ("203.0.113.5", ""), ("::1", "")])
def test_a_person_sees_roughly_where_a_session_is(database_url: str, tmp_path: Path, ip: str, place: str) -> None:
    write_places(tmp_path / "places.mmdb", "198.51.100.0/24", BERLIN)
    house = House(database_url, tmp_path, PLACES_DATABASE="places.mmdb")
    assert places_of(house, ip) == (place, place, place)
    house.close()


@pytest.mark.parametrize("record", [{"country": {"names": {"de": "x"}}}, {"city": "Berlin"}, {"traits": {}}])
def test_a_record_of_another_shape_is_no_place(database_url: str, tmp_path: Path, record: dict[str, object]) -> None:
    write_places(tmp_path / "places.mmdb", "198.51.100.0/24", record)
    house = House(database_url, tmp_path, PLACES_DATABASE="places.mmdb")
    assert places_of(house, "198.51.100.7") == ("", "", "")
    house.close()


def test_a_file_that_is_no_database_is_logged_once_and_hurts_nobody(
    database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "places.mmdb").write_bytes(b"no database" * 100)
    house = House(database_url, tmp_path, PLACES_DATABASE="places.mmdb")
    assert places_of(house, "198.51.100.7") == ("", "", "")
    assert capfd.readouterr().err.count("places.unreadable") == 1
    house.close()


def test_without_a_file_there_is_only_the_address(house: House) -> None:
    assert places_of(house, "198.51.100.7") == ("", "", "")


def test_a_file_that_is_not_there_is_named_at_the_start(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="PLACES_DATABASE"):
        House(database_url, tmp_path, PLACES_DATABASE="nowhere.mmdb")
