"""A local SMTP server that keeps each mail as one ``.eml`` file and delivers nothing: the demo's mail box."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from collections.abc import Awaitable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"
_NOT_PLAIN = re.compile(r"[^\w.@+-]")


class MailSink:
    """``start()`` listens on loopback and returns the port; each mail becomes ``0001_<hash>_<receiver>.eml``.

    The number counts on from what the folder holds, the hash is that of the Message-ID (equal for a repeated mail),
    and the bytes are those that were received. A mail to several receivers is one file for each.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._controller: _Controller | None = None

    def start(self, port: int = 0) -> int:
        """Listen; port 0 takes a free one. ``OSError`` where the port is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        listening = socket.create_server((HOST, port))
        self._controller = _Controller(_Keeper(self.folder), listening)
        self._controller.start()
        return int(self._controller.port)

    def close(self) -> None:
        """Stop listening; calling it twice does no harm."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def mails(self) -> list[Path]:
        """The files kept so far, in the order of arrival."""
        return sorted(self.folder.glob("*.eml"))


class _Controller(Controller):
    """A controller on a socket that is bound before: a free port is known, and a taken one is told, at once."""

    def __init__(self, keeper: _Keeper, listening: socket.socket) -> None:
        super().__init__(keeper, hostname=HOST, port=listening.getsockname()[1])
        self._listening = listening

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


class _Keeper:
    """Writes what arrives. aiosmtpd calls it in one event loop, so numbers never meet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = max((int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.eml")), default=0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        for receiver in envelope.rcpt_tos:
            self._keep(receiver, envelope.original_content)
        return "250 OK"

    def _keep(self, receiver: str, content: bytes) -> None:
        self._count += 1
        name = f"{self._count:04d}_{_message_id_hash(content)}_{_NOT_PLAIN.sub('_', receiver)[:80]}.eml"
        half = self._folder / f".{name}.part"
        half.write_bytes(content)
        half.replace(self._folder / name)


def _message_id_hash(content: bytes) -> str:
    """12 hex digits of the Message-ID's SHA-256; of the whole mail where it has none."""
    found = message_from_bytes(content, policy=default)["Message-ID"]
    return hashlib.sha256(str(found).strip().encode() if found else content).hexdigest()[:12]
