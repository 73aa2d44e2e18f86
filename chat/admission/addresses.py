"""Which address a request comes from, and the prefix that stands for its neighbourhood. Pure.

`X-Forwarded-For` counts only as far as proxies of our own have written it.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

IPV4_PREFIX_BITS = 24
IPV6_PREFIX_BITS = 48

UNKNOWN = IPv4Address("0.0.0.0")  # noqa: S104  an address nobody has, not a binding
"""Stands for a peer without an address, such as one on a Unix socket."""


def parse_networks(words: Sequence[str]) -> tuple[Network, ...]:
    """The networks in CIDR notation. Raises `ValueError`, naming the one that is none."""
    return tuple(ip_network(word) for word in words)


def client_address(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> Address:
    """The nearest address that is no trusted proxy.

    `peer` is the other end of the connection and `forwarded_for` the header, "" for none. From
    right to left, each entry was written by the hop before it; the first entry that is no trusted
    proxy is the client, and whatever stands left of it is hearsay.
    """
    address = _parsed(peer or "")
    if address is None:
        return UNKNOWN
    for word in reversed(forwarded_for.split(",")):
        if not _is_trusted(address, trusted):
            break
        further = _parsed(word.strip())
        if further is None:
            break
        address = further
    return address


def prefix(address: Address) -> str:
    """The /24 (IPv4) or /48 (IPv6) that `address` belongs to."""
    bits = IPV4_PREFIX_BITS if isinstance(address, IPv4Address) else IPV6_PREFIX_BITS
    return str(ip_network(f"{address}/{bits}", strict=False))


def _parsed(word: str) -> Address | None:
    try:
        address = ip_address(word.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
