"""What counts as one address when attempts are counted."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.policy.budgets import network, networks


@pytest.mark.parametrize(
    ("ip", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_one_host_cannot_be_many_addresses(ip: str, counts_as: str) -> None:
    assert network(ip) == counts_as


@pytest.mark.parametrize(
    ("ip", "count_as"),
    [
        ("192.0.2.1", ("192.0.2.1",)),
        ("2001:db8:1:2:3:4:5:6", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("2001:db8:1:ffff::1%eth0", ("2001:db8:1:ffff::/64", "2001:db8:1::/48")),
        ("::ffff:192.0.2.1", ("192.0.2.1",)),
        ("a:b", ("a:b",)),
    ],
)
def test_one_line_of_many_networks_counts_as_one_network_too(ip: str, count_as: tuple[str, ...]) -> None:
    assert networks(ip) == count_as


GROUP = st.sampled_from([0, 0, 0, 1, 0xFFFF]) | st.integers(0, 0xFFFF)


@given(st.lists(GROUP, min_size=8, max_size=8), st.booleans())
def test_a_network_is_written_as_python_writes_it(groups: list[int], is_long: bool) -> None:
    address = ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))
    text = address.exploded if is_long else str(address)
    expected = tuple(str(ipaddress.IPv6Network((int(address) >> rest << rest, 128 - rest))) for rest in (64, 80))
    if address.ipv4_mapped:
        expected = (str(address.ipv4_mapped),)
    assert networks(text) == expected
