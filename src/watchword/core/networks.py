"""Source networks: from where a token may be used. Pure, and quick enough for the hot path."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

__all__ = [
    "Network",
    "is_within",
    "parse_network",
    "rank_of_address",
    "source_of",
    "span_of_network",
]

Network: TypeAlias = IPv4Network | IPv6Network

REMEMBERED_ADDRESSES: Final = 4_096
HOST_BITS: Final = 64
"""The half of an IPv6 address that its holder chooses (RFC 4291 section 2.5.4)."""

MAPPED: Final = IPv6Network("::ffff:0:0/96")
"""IPv4 in the clothes of IPv6 (RFC 4291 section 2.5.5.2). Here it is always undressed, so that one
caller has one address whichever socket it came through."""


def parse_network(text: str) -> Network:
    """Return the network that a text such as ``10.1.0.0/16`` or ``2001:db8::7`` names.

    Raises ``ValueError``, also where bits are set that the prefix leaves out: whoever writes
    ``10.1.2.3/16`` may have meant one address or all of them.
    """
    network = ip_network(text.strip())
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        low = network.network_address.ipv4_mapped or IPv4Address(0)
        return IPv4Network((low, network.prefixlen - MAPPED.prefixlen))
    return network


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Say whether an address lies in one of the networks. What is no address lies in none."""
    found = _read(address)
    return found is not None and any(found in network for network in networks)


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def source_of(address: str) -> str:
    """Return whom an address stands for where calls are counted.

    Of IPv6 that is the network of sixty-four bits: whoever has one has all addresses in it, and
    computers change theirs every day. What is no address stands for itself.
    """
    found = _read(address)
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> HOST_BITS << HOST_BITS)}/{HOST_BITS}"
    return address if found is None else str(found)


def rank_of_address(address: str) -> bytes | None:
    """Return sixteen bytes that sort as addresses do, None for what is no address."""
    found = _read(address)
    return None if found is None else _dressed(found)


def span_of_network(network: Network) -> tuple[bytes, bytes]:
    """Return the ranks of a network's first and last address."""
    return _dressed(network.network_address), _dressed(network.broadcast_address)


def _dressed(address: IPv4Address | IPv6Address) -> bytes:
    if isinstance(address, IPv4Address):
        return MAPPED.network_address.packed[:12] + address.packed
    return address.packed


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, undressed, or None for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
