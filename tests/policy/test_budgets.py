"""What counts as one address when attempts are counted."""

import pytest

from oauth2system.policy.budgets import network


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
