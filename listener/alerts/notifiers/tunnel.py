"""A TCP connection through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6).

``http.client`` could do it but reads ahead: it would swallow the greeting of a server that speaks first.
"""

from __future__ import annotations

import base64
import socket
from urllib.parse import unquote, urlsplit

__all__ = ["connect_through"]

_HEAD = 16_384


def connect_through(proxy: str, host: str, port: int, timeout: float) -> socket.socket:
    """A socket to ``host:port`` through ``proxy`` (http://user:password@host:port); ``OSError`` where it refuses."""
    parts = urlsplit(proxy)
    place = (parts.hostname or "", parts.port or 8080)
    connection = socket.create_connection(place, timeout=timeout)
    try:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *_authorization(parts.username, parts.password)]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii", "replace"))
        status = _head(connection).split(b"\r\n", 1)[0].split(b" ", 2)
        if len(status) < 2 or not status[1].startswith(b"2"):
            answer = b" ".join(status[1:]).decode("ascii", "replace")[:100]
            raise OSError(f"the proxy {place[0]}:{place[1]} refused CONNECT {target}: {answer}")
    except BaseException:
        connection.close()
        raise
    return connection


def _authorization(user: str | None, password: str | None) -> list[str]:
    if user is None:
        return []
    token = base64.b64encode(f"{unquote(user)}:{unquote(password or '')}".encode()).decode("ascii")
    return [f"Proxy-Authorization: Basic {token}"]


def _head(connection: socket.socket) -> bytes:
    """Read up to the empty line and not one byte further."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte or len(head) > _HEAD:
            raise OSError("the proxy closed the connection before it answered")
        head += byte
    return head
