"""A Jetstream on loopback: what was said stands in a log, and a listener gets it from its cursor on.

``way`` makes it behave badly: see ``Jetstream.serve``. ``answers`` are HTTP answers by path, in place of a stream.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

COLLECTION = "app.bsky.feed.post"


@dataclass
class Jetstream:
    """``log``: messages as sent. ``cursors``: what each connection asked for. ``asked``: addresses with headers."""

    log: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, str, dict[str, str]]] = field(default_factory=dict)
    way: str = ""
    cursors: list[int] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def say(self, rkey: str, text: str, at: datetime, did: str = "did:plc:laowang", **changes: Any) -> str:
        """A new mention; its at:// address."""
        record = {"$type": COLLECTION, "text": text, "createdAt": at.isoformat(), "langs": ["zh"], **changes}
        self.event(at, did, operation="create", rkey=rkey, record=record, cid="bafy" + rkey)
        return f"at://{did}/{COLLECTION}/{rkey}"

    def delete(self, rkey: str, at: datetime, did: str = "did:plc:laowang") -> None:
        self.event(at, did, operation="delete", rkey=rkey)

    def event(self, at: datetime, did: str, **commit: Any) -> None:
        message = {"did": did, "time_us": micro(at), "kind": "commit", "commit": {"collection": COLLECTION, **commit}}
        self.log.append(json.dumps(message, ensure_ascii=False))

    def first(self, request: Request) -> Response | None:
        """The HTTP answer where there is one, None for the stream."""
        self.asked.append((request.path, dict(request.headers.raw_items())))
        path = request.path.split("?")[0]
        status, body, headers = self.answers.get(path, (404, "", {}) if path != "/subscribe" else (101, "", {}))
        if status == 101:
            return None
        length = {"Content-Length": str(len(body.encode())), "Connection": "close"}
        return Response(status, HTTPStatus(status).phrase, Headers({**headers, **length}), body.encode())

    def serve(self, stream: ServerConnection) -> None:
        """What a listener hears: the log from its cursor on, then silence, or what ``way`` says."""
        assert stream.request is not None
        query = parse_qs(urlsplit(stream.request.path).query)
        self.cursors.append(int(query["cursor"][0]))
        try:
            if self.way:
                getattr(self, "_" + self.way)(stream)
            else:
                self._log(stream)
                self.closing.wait()
        except (ConnectionClosed, OSError):
            return

    def _log(self, stream: ServerConnection) -> None:
        for message in list(self.log):
            if json.loads(message)["time_us"] >= self.cursors[-1]:
                stream.send(message)

    def _hang(self, stream: ServerConnection) -> None:
        self.closing.wait()

    def _trickle(self, stream: ServerConnection) -> None:
        """A frame of 200 bytes of which one comes now and then, and never the last."""
        stream.socket.sendall(b"\x81\x7e\x00\xc8")
        while not self.closing.wait(0.1):
            stream.socket.sendall(b" ")

    def _garbage(self, stream: ServerConnection) -> None:
        for text in ("<html>登录</html>", "[1, 2]", '{"did": 7}', "\x00"):
            stream.send(text)
        self.closing.wait()

    def _broken(self, stream: ServerConnection) -> None:
        """Bytes that are no frame."""
        stream.socket.sendall(b"\xff\xff\xff\xff no frame at all")
        self.closing.wait()

    def _bomb(self, stream: ServerConnection) -> None:
        """A message that claims to be 2 GB."""
        stream.socket.sendall(b"\x81\x7f" + (1 << 31).to_bytes(8, "big"))
        self.closing.wait()

    def _cut(self, stream: ServerConnection) -> None:
        """The log, and the connection is gone without a word."""
        self._log(stream)
        stream.socket.shutdown(2)

    def _endless(self, stream: ServerConnection) -> None:
        """Far more than anybody wants, faster than it can be read."""
        message = self.log[-1]
        while not self.closing.is_set():
            stream.send(message)


def micro(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


@contextmanager
def serving(site: Jetstream) -> Iterator[Jetstream]:
    """The stream on loopback while the block runs; ``site.url`` is its address."""
    quiet = logging.getLogger("tests.stream_server.quiet")
    quiet.disabled = True
    with serve(
        site.serve,
        "127.0.0.1",
        0,
        process_request=lambda _, request: site.first(request),
        logger=quiet,
        close_timeout=0.2,
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        site.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/subscribe"
        try:
            yield site
        finally:
            site.closing.set()
            server.shutdown()
            thread.join()
