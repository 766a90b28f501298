"""The crawl child run by hand: a job in, what it wrote out."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from listener.model import RawMention
from listener.spiders.protocol import Result, Told, read_line
from tests.factories import NOW


def job(url: str, platform: str = "feed", **changes: Any) -> dict[str, Any]:
    """A job as the parent writes it."""
    facts = {
        "source": "s",
        "platform": platform,
        "url": url,
        "now": NOW.isoformat(),
        "timezone": "Asia/Shanghai",
        "max_pages": 20,
        "allow_private_addresses": True,
        "request_timeout": 20,
        "seconds": 60,
        "delay": 0.0,
    }
    return facts | changes


def run_child(given: dict[str, Any], program: tuple[str, ...] = ("-m", "listener.spiders.child")) -> Any:
    """The finished process; ``said`` reads it."""
    return subprocess.run(
        [sys.executable, *program], input=json.dumps(given).encode(), capture_output=True, timeout=300, check=False
    )


def said(done: Any) -> tuple[Result, list[RawMention]]:
    """The result and the captures of a finished child; every line must be one of the protocol."""
    lines = done.stdout.splitlines()
    kinds = (b'{"capture"', b'{"page"', b'{"evidence"', b'{"gone"', b'{"there"', b'{"result"')
    assert all(line.startswith(kinds) for line in lines), lines[:3]
    messages = [read_line(line) for line in lines]
    (result,) = [message for message in messages if isinstance(message, Result)]
    return result, [message for message in messages if isinstance(message, RawMention)]


def told(done: Any) -> dict[str, bool]:
    """What a finished child was told of mentions known before: native id to whether it is gone."""
    messages = [read_line(line) for line in done.stdout.splitlines()]
    return {message.native_id: message.gone for message in messages if isinstance(message, Told)}
