"""Who pushed this: Standard Webhooks signatures (github.com/standard-webhooks/standard-webhooks, spec 1.0). Pure.

    webhook-id: the message's name, the same at every try      webhook-timestamp: seconds since the epoch
    webhook-signature: "v1,BASE64" as often as there are keys, parted by blanks

What is signed is ``id.timestamp.body``. While a key is being changed both sides may know two.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from listener.errors import NeedsOperator
from listener.language import say

__all__ = ["TOLERANCE_SECONDS", "keys", "signature", "wrong"]

TOLERANCE_SECONDS = 300
"""A message older, or from further in the future, may be a replay (the reference implementations' five minutes)."""

PREFIX = "whsec_"
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_MOST_SIGNATURES = 20


def keys(secret: str) -> list[bytes]:
    """The keys in ``whsec_… whsec_…``; ``NeedsOperator`` where one is no base64 of 24 to 64 bytes."""
    found = [_key(part) for part in secret.split()]
    if not found:
        raise NeedsOperator(say("没有 webhook 签名密钥", "there is no webhook secret"))
    return found


def _key(part: str) -> bytes:
    try:
        key = base64.b64decode(part.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        chinese = "webhook 签名密钥应为 whsec_ 加 24 到 64 字节的 base64"
        raise NeedsOperator(say(chinese, "a webhook secret is whsec_ and 24 to 64 bytes in base64"))
    return key


def signature(key: bytes, name: str, timestamp: int, body: bytes) -> str:
    """One entry of the signature header."""
    signed = f"{name}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def wrong(known: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Why the message is not taken: ``missing_header``, ``bad_timestamp``, ``bad_signature``; "" where it is.

    ``headers`` are by lower-case name.
    """
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not _ID.fullmatch(name) or not stamp or not given:
        return "missing_header"
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        return "bad_timestamp"
    entries = [entry for entry in given.split(" ") if entry.startswith("v1,")][:_MOST_SIGNATURES]
    right = [signature(key, name, int(stamp), body) for key in known]
    matched = [
        hmac.compare_digest(one.encode(), entry.encode("utf-8", "replace")) for one in right for entry in entries
    ]
    return "" if any(matched) else "bad_signature"
