"""A listener on every loopback address that must never be connected to, and the ways to spell where it is."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field

SPELLINGS = (
    "127.0.0.1", "127.1", "127.0.1", "127.1.2.3", "127.255.255.254", "127.0.0.1.", "0", "0.0.0.0", "0.0", "00000000",
    "2130706433", "2130706434", "0x7f000001", "0x7F.0x0.0x0.0x1", "0x7f.1", "0x7f.0.0.1", "017700000001",
    "0177.0.0.1", "0177.0.0.01", "0177.1", "127.0x1", "127.0.0.0x1", "127.00.00.01", "0000177.0.0.1",
    "localhost", "LOCALHOST", "localhost.", "ip6-localhost",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]",
    "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[::ffff:0:127.0.0.1]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "１２７．０．０．１", "127。0。0。1", "①②⑦.⓪.⓪.①", "127%2e0.0.1", "%31%32%37.0.0.1",
)  # fmt: skip


@dataclass
class Canary:
    """Counts who came. ``port`` is the same on IPv4 and IPv6."""

    port: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Canary:
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
            with suppress(OSError):  # a machine without IPv6
                self._listen(family, address)
        return self

    def _listen(self, family: int, address: str) -> None:
        listening = socket.socket(family)
        try:
            listening.bind((address, self.port))
        except OSError:
            listening.close()
            raise
        listening.listen(100)
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        self.sockets.append(listening)

    def __exit__(self, *_: object) -> None:
        for listening in self.sockets:
            listening.close()

    def came(self) -> int:
        """Connections so far; each is counted once."""
        count = 0
        for listening in self.sockets:
            with suppress(BlockingIOError):
                while True:
                    listening.accept()[0].close()
                    count += 1
        return count

    def urls(self) -> list[str]:
        """Every spelling of this place."""
        return [f"http://{host}:{self.port}/{number}" for number, host in enumerate(SPELLINGS)]
