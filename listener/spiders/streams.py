"""Listening to a WebSocket for a while, as a Scrapy download handler: what was heard is the body of one answer.

    Fetch("wss://…", context={"listen": 20}) ─▶ messages until 20 s, 4 MB or 20,000 of them ─▶ Page, one a line

So a stream is paged like a list, and robots.txt, the guard, the limits and the outcomes hold for it as for any page.
The time counts from the first byte sent, so a server that hangs, trickles or never ends gets no more of it. A handshake
that is refused comes back with its status, a redirect with its place: the fetcher has the word on both. ``quiet`` in
the context says that silence is an answer; else a stream without a single message has timed out.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import TextResponse
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError
from twisted.internet.threads import deferToThread
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from listener.spiders.base import ENDED
from listener.spiders.pace import wait_for

LARGEST_MESSAGE = 1024 * 1024
LARGEST_BODY = 4 * 1024 * 1024
MOST_MESSAGES = 20_000
CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 1.0
RESERVE_SECONDS = 2.0
"""What is kept of a request's time for closing the stream and reading what was heard."""


class StreamTimeout(Exception):
    """A stream that said nothing in the time it had."""


@dataclass(slots=True)
class Heard:
    """What came of listening: an HTTP status with headers and a body (the messages, one a line)."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class _Refused(Exception):
    """A handshake that was answered with anything but a stream."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class _Connection(ClientConnection):
    """One whose redirects are not followed by the library: robots.txt and the guard have a word on each."""

    def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Raises ``_Refused`` where websockets would raise ``InvalidStatus`` and look for a redirect in it."""
        try:
            super().handshake(*args, **kwargs)
        except InvalidStatus as refused:
            raise _Refused(refused.response) from refused


class Streams(BaseDownloadHandler):
    """Scrapy's handler of ``ws`` and ``wss``."""

    lazy = True

    async def download_request(self, request: Request) -> TextResponse:
        """Listen in a thread of its own; it ends by itself within the request's time."""
        await wait_for(self.crawler, request)
        most = self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT") - RESERVE_SECONDS
        context: Mapping[str, Any] = request.meta["fetch"].context
        heard = await maybe_deferred_to_future(
            deferToThread(
                listen,
                request.url,
                seconds=max(0.2, min(float(context.get("listen", most)), most)),
                agent=self.crawler.settings["USER_AGENT"],
                headers={name.decode(): value[0].decode() for name, value in request.headers.items() if _is_ours(name)},
                proxy=request.meta.get("proxy", ""),
                quiet=bool(context.get("quiet")),
            )
        )
        return TextResponse(
            request.url, status=heard.status, headers=heard.headers, body=heard.body, encoding="utf-8", request=request
        )


def _is_ours(name: bytes) -> bool:
    """What the platform asked for; the handshake makes its own of the others."""
    return name.lower() in (b"authorization", b"cookie")


def listen(
    url: str, *, seconds: float, agent: str, headers: Mapping[str, str], proxy: str = "", quiet: bool = False
) -> Heard:
    """What ``url`` says within ``seconds``. Raises ``StreamTimeout``, OSError, or what websockets raises."""
    deadline = time.monotonic() + seconds
    try:
        with connect(
            url,
            create_connection=_Connection,
            additional_headers=headers,
            user_agent_header=agent,
            proxy=proxy or None,
            compression=None,  # a few bytes could become a thousand times as many
            open_timeout=min(CONNECT_SECONDS, seconds),
            ping_interval=None,
            close_timeout=CLOSE_SECONDS,
            max_size=LARGEST_MESSAGE,
        ) as stream:
            messages, ended = _receive(stream, deadline)
    except _Refused as refused:
        return Heard(refused.answer.status_code, dict(refused.answer.headers.raw_items()))
    except socket.gaierror as error:
        raise DNSLookupError(str(error)) from error
    except TimeoutError as error:
        raise StreamTimeout(f"no handshake within {seconds:.0f} s") from error
    if not messages and not quiet:
        raise StreamTimeout(f"not a word within {seconds:.0f} s")
    return Heard(headers={ENDED: ended, "content-type": "application/x-ndjson"}, body=b"\n".join(messages))


def _receive(stream: ClientConnection, deadline: float) -> tuple[list[bytes], str]:
    """The messages until the time is up, they are enough, or the server closes; what came before a cut is kept."""
    messages: list[bytes] = []
    size = 0
    while size < LARGEST_BODY and len(messages) < MOST_MESSAGES:
        try:
            message = stream.recv(timeout=max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            return messages, "time"
        except ConnectionClosed:
            if not messages:
                raise
            return messages, "closed"
        line = message.encode("utf-8", "replace") if isinstance(message, str) else message
        messages.append(line.replace(b"\n", b" "))  # within JSON a raw line break is only space
        size += len(line)
    return messages, "full"
