"""Networks of addresses: what is kept of an address where only the whereabouts of a server matter."""

from ipaddress import ip_address, ip_network


def network_of(ip: str) -> str:
    """Return the first address of the network that an address belongs to: the /24 of IPv4, the /48 of IPv6.

    It says whose server it was, and not which machine. What is no address has none.
    """
    return name_network(ip).partition("/")[0]


def name_network(ip: str) -> str:
    """Return that network with its size, like 203.0.113.0/24; nothing for what is no address."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped is not None:  # noqa: PLR2004  (the version of IP)
        address = address.ipv4_mapped
    prefix = 24 if address.version == 4 else 48  # noqa: PLR2004  (the version of IP)
    return str(ip_network((address, prefix), strict=False))
