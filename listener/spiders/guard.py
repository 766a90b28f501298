"""The guard against server-side request forgery: no crawl connects to an address that is not public.

It works at connect time, on the numeric address, after every name was resolved: a name that resolves to a private
address, a redirect to one, and every spelling of one (decimal, octal, mapped, NAT64, 6to4) end at the same place. It is
an audit hook (PEP 578) on ``socket.connect``, so it holds for Twisted, httpx and whatever else runs in the process; it
cannot be taken off again, and belongs in a child process only.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Well-known prefix (RFC 6052): the last 32 bits are an IPv4 address."""

NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
"""Local-use prefix (RFC 8215); never public."""


class Forbidden(OSError):
    """A connection that the guard refused."""


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries (mapped, NAT64, 6to4, Teredo, compatible), else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 0xFFFF):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def forbidden(host: str) -> bool:
    """True where the numeric address ``host`` is not public: private, loopback, link-local, multicast, reserved."""
    try:
        address = ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return True
    if isinstance(address, ipaddress.IPv6Address) and address in NAT64_LOCAL:
        return True
    inner = embedded(address)
    if isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local:
        return True
    return not inner.is_global or inner.is_multicast or inner.is_reserved


def link_local(host: str) -> bool:
    """True for link-local addresses (cloud metadata lives there): they are never opened."""
    try:
        return embedded(ipaddress.ip_address(host.split("%", 1)[0])).is_link_local
    except ValueError:
        return True


def opened(urls: Iterable[str]) -> frozenset[tuple[str, int]]:
    """The exact (address, port) pairs that these URLs' hosts have now; names that do not resolve open nothing."""
    pairs: set[tuple[str, int]] = set()
    for url in urls:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(parts.hostname or "", port, type=socket.SOCK_STREAM)
        except OSError:
            continue
        pairs |= {(str(info[4][0]), port) for info in found}
    return frozenset(pairs)


def install(allowed: frozenset[tuple[str, int]] = frozenset()) -> None:
    """From now on this process connects to public addresses and to the ``allowed`` pairs only."""

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event != "socket.connect":
            return
        target = arguments[1]
        if isinstance(target, tuple):
            check(str(target[0]), int(target[1]), allowed)
        elif target:  # a Unix socket: nothing a crawl has to reach
            raise Forbidden(errno.EACCES, "only internet addresses are fetched")

    sys.addaudithook(watch)


def check(host: str, port: int, allowed: frozenset[tuple[str, int]]) -> None:
    """``Forbidden`` where this numeric address must not be reached."""
    if not forbidden(host) or ((host, port) in allowed and not link_local(host)):
        return
    raise Forbidden(errno.EACCES, f"{host}:{port} is not a public address")
