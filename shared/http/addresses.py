"""Client addresses: which clients count as one, and the digests of a login and its address. Pure."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple, Self

SITE_BITS = 64
"""Prefix length of an IPv6 network. One client may own all addresses of its /64 network."""


class Origin(NamedTuple):
    """A login and the address it comes from, each as a digest of 32 bytes: bounded in size, and no plain text."""

    login: bytes
    address: bytes

    @classmethod
    def of(cls, login: str, source: str) -> Self:
        """Return the digests of a login and of `source`, which is a result of `source_of`."""
        return cls(sha256(login.encode()).digest(), sha256(source.encode()).digest())


def source_of(host: str) -> str:
    """Return the key by which clients share limits: an IPv4 address, or an IPv6 network (/64).

    A proxy that does not know the client may send something else than an address. All such clients count as one.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), SITE_BITS), strict=False))
