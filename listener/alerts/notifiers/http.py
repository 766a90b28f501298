"""One HTTP request of a notifier, and what its failure means; no error shows an address or a token.

The whole answer has to come within ``SECONDS`` and ``LARGEST`` bytes: a server that sends a byte a minute keeps nobody.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from listener.alerts.notifiers.base import NotifierDown
from listener.errors import NeedsOperator
from listener.language import say

__all__ = ["LARGEST", "MINUTE", "SECONDS", "Answer", "client", "exchange", "wait_asked"]

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
SECONDS = 30.0
LARGEST = 8_000_000
MINUTE = 60.0
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, else its first 200 characters."""
        try:
            return json.loads(self.content)
        except ValueError:
            return self.text[:200]


def client(proxy: str | None = None) -> httpx.Client:
    """A client that follows no redirects, since a request carries its secret, and trusts no environment."""
    for name in ("httpx", "httpcore"):  # their lines hold addresses and headers
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(timeout=TIMEOUT, proxy=proxy or None, trust_env=False, follow_redirects=False)


def exchange(by: httpx.Client, name: str, method: str, url: str, **how: Any) -> Answer:
    """Ask once. ``NotifierDown`` where no whole answer came, ``NeedsOperator`` where the request cannot be made."""
    ends = time.monotonic() + SECONDS
    content = bytearray()
    try:
        with by.stream(method, url, **how) as answer:
            for part in answer.iter_bytes():
                content += part
                if time.monotonic() > ends or len(content) > LARGEST:
                    what = say("答复太慢或太大", "the answer is too slow or too large")
                    raise NotifierDown(f"{name}: {what}")
            return Answer(answer.status_code, answer.headers, bytes(content))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
        what = say("检查地址和密钥", "check its address and secret")
        raise NeedsOperator(f"{name}: {type(error).__name__} → {what}") from None
    except httpx.HTTPError as error:  # its text may show the address
        raise NotifierDown(f"{name}: {type(error).__name__}") from None


def wait_asked(answer: Answer, now: datetime | None = None) -> float | None:
    """The seconds that ``Retry-After`` asks for (RFC 9110, 10.2.3: a number or a date), at most an hour; None: none."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdigit():
        return min(float(said), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - (now or datetime.now(UTC))).total_seconds()), _LONGEST_WAIT)
