"""httpx behind the same guard as the crawls: for interfaces and webhooks that the daemon itself calls.

Names are resolved here, every address is checked, and the connection goes to the very address that was checked, so a
name that changes its mind between the two (DNS rebinding) gains nothing. Redirects pass the same way.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

import httpcore
import httpx

from listener.spiders import guard

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
LARGEST_BODY = 5 * 1024 * 1024
MOST_REDIRECTS = 5

Pairs = frozenset[tuple[str, int]]


class TooLarge(httpx.HTTPError):
    """The answer is larger than was allowed."""


class _GuardedBackend(httpcore.SyncBackend):
    def __init__(self, allowed: Pairs) -> None:
        self.allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        trouble = f"{host}: no address"
        for address in _addresses(host, port):
            try:
                guard.check(address, port, self.allowed)
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (guard.Forbidden, httpcore.ConnectError) as error:
                trouble = str(error)
        raise httpcore.ConnectError(trouble)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("only internet addresses are fetched")


def _addresses(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, each once, in the resolver's order."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.HTTPTransport):
    """Connects to public addresses and to the ``allowed`` (address, port) pairs only; ``proxy`` is one of those."""

    def __init__(self, allowed: Pairs = frozenset(), proxy: str = "") -> None:
        super().__init__(trust_env=False, proxy=proxy or None)
        self.proxied = bool(proxy)
        self.allowed = allowed | guard.opened([proxy] if proxy else [])
        # httpx has no argument for this; httpcore documents it (https://www.encode.io/httpcore/network-backends/)
        self._pool._network_backend = _GuardedBackend(self.allowed)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse what can be seen to be wrong from the address alone, which is all a proxy lets us see."""
        why = guard.screen(str(request.url), self.allowed, proxied=self.proxied)
        if why:
            raise httpx.ConnectError(f"{request.url.host} is not a public address", request=request)
        return super().handle_request(request)


def guarded_client(
    *, allowed: Pairs = frozenset(), proxy: str = "", agent: str = "ListenerBot/0.1", timeout: httpx.Timeout = TIMEOUT
) -> httpx.Client:
    """A client that reaches public addresses only; proxies of the environment are ignored. Close it after use.

    ``allowed``: what ``guard.opened(urls)`` gives for addresses that the operator opened. A refused connection raises
    ``httpx.ConnectError``. Bodies are not limited: read them with ``read_limited``.
    """
    return httpx.Client(
        transport=GuardedTransport(allowed, proxy),
        trust_env=False,
        timeout=timeout,
        max_redirects=MOST_REDIRECTS,
        headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},  # at most a thousandfold a chunk
    )


def read_limited(client: httpx.Client, request: httpx.Request, limit: int = LARGEST_BODY) -> tuple[int, bytes]:
    """Send ``request``: its status and at most ``limit`` bytes of body after decompression; ``TooLarge`` beyond."""
    answer = client.send(request, stream=True, follow_redirects=True)
    try:
        body = bytearray()
        for part in answer.iter_bytes(65_536):
            body += part
            if len(body) > limit:
                raise TooLarge(f"{request.url.host}: more than {limit} bytes")
        return answer.status_code, bytes(body)
    finally:
        answer.close()
