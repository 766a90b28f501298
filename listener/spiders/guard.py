"""The guard against server-side request forgery: no crawl connects to an address that is not public.

It works at connect time, on the numeric address, after every name was resolved: a name that resolves to a private
address, a redirect to one, and every spelling of one (decimal, octal, mapped, NAT64, 6to4) end at the same place. It is
an audit hook (PEP 578) on ``socket.connect``, so it holds for Twisted, httpx and whatever else runs in the process; it
cannot be taken off again, and belongs in a child process only. httpx in the daemon itself: ``http.guarded_client``.

Behind a proxy the hook sees the proxy only; ``screen`` then reads the address as the proxy would, before it is asked.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import sys
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Well-known prefix (RFC 6052): the last 32 bits are an IPv4 address."""

NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
"""Local-use prefix (RFC 8215); never public."""


METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))
"""Metadata services outside the link-local range: Alibaba Cloud, Azure (a public number), Amazon over IPv6."""

_INSIDE = re.compile(r"(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa|localhost6?)$")
"""Names that only mean something inside a network (RFC 6761, RFC 6762, RFC 8375, and what routers hand out)."""


WEB = frozenset({"http", "https"})


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
    if inner in METADATA or (isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local):
        return True
    return not inner.is_global or inner.is_multicast or inner.is_reserved


def link_local(host: str) -> bool:
    """True for link-local addresses and other places where cloud metadata lives: they are never opened."""
    try:
        inner = embedded(ipaddress.ip_address(host.split("%", 1)[0]))
    except ValueError:
        return True
    return inner.is_link_local or inner in METADATA


def literal(host: str) -> str:
    """The numeric address that ``host`` spells (decimal, octal, hex, short, full-width, encoded), "" for a name."""
    plain = unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").strip().strip("[]").rstrip(".")
    with suppress(ValueError):
        return str(ipaddress.ip_address(plain))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(plain))  # as inet_aton(3) reads it, which resolvers do too
    return ""


def screen(
    url: str, allowed: frozenset[tuple[str, int]], *, proxied: bool = False, schemes: frozenset[str] = WEB
) -> str:
    """Why ``url`` must not be asked for ("" where it may), before any connection: its scheme and its literal address.

    ``proxied``: the proxy would connect where we cannot see, so names of the inside are refused as well. ``schemes``:
    a platform that listens to streams opens more than http and https.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or default_port(parts.scheme)
    except ValueError:
        return "address"
    if parts.scheme not in schemes or not host:
        return "address"
    spelt = literal(host)
    if spelt:
        is_open = not forbidden(spelt) or ((spelt, port) in allowed and not link_local(spelt))
        return "" if is_open else "forbidden"
    return "forbidden" if proxied and _is_inside(host) else ""


def default_port(scheme: str) -> int:
    """The port of an address that names none."""
    return 443 if scheme in ("https", "wss") else 80


def _is_inside(host: str) -> bool:
    name = host.lower().rstrip(".")
    return "." not in name or bool(_INSIDE.search(name))


def opened(urls: Iterable[str]) -> frozenset[tuple[str, int]]:
    """The exact (address, port) pairs that these URLs' hosts have now; names that do not resolve open nothing."""
    pairs: set[tuple[str, int]] = set()
    for url in urls:
        parts = urlsplit(url)
        port = parts.port or default_port(parts.scheme)
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
