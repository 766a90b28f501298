"""What proves a capture: the answer it was read from, with the hash of its body, from the child to the parent.

The child compresses the body and writes it out once for all captures of a page. The parent unpacks it within a limit
and hashes it itself, so that what is stored always fits its hash, whatever the child wrote.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the parent reads evidence too, and Scrapy takes long to load
    from scrapy.http import Response

from listener.model import Proof

LARGEST_PACKED = 4 * 1024 * 1024
"""Compressed bytes of a body that are handed on: as base64 they fit a line of the protocol with room to spare."""

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of a body after unpacking; more than a crawl ever downloads."""

LEVEL = 6
KEPT_HEADERS = ("date", "content-type", "etag", "last-modified")
LONGEST_HEADER = 200


def facts_of(response: Response, at: datetime, keep: bool) -> dict[str, Any]:
    """An answer as the protocol's ``evidence`` line has it; its body where ``keep`` and where it is not too large."""
    packed = zlib.compress(response.body, LEVEL) if keep else b""
    return {
        "url": response.url,
        "status": response.status,
        "sha256": hashlib.sha256(response.body).hexdigest(),
        "size": len(response.body),
        "at": at.isoformat(),
        "headers": {name: _header(response, name) for name in KEPT_HEADERS if name in response.headers},
        "body": base64.b64encode(packed).decode("ascii") if len(packed) <= LARGEST_PACKED else "",
    }


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1").replace("\x00", "")[:LONGEST_HEADER]


def read_proof(facts: Mapping[str, Any]) -> Proof:
    """The evidence of a line; ``ValueError``, ``KeyError`` or ``TypeError`` where it is none.

    A body that does not unpack to the hash beside it is left out.
    """
    digest, packed = str(facts["sha256"]), base64.b64decode(str(facts.get("body", "")), validate=True)
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("no SHA-256")
    at = datetime.fromisoformat(str(facts["at"]))
    if at.tzinfo is None:
        raise ValueError("no zone")
    headers = {str(name)[:50]: str(value)[:LONGEST_HEADER] for name, value in list(dict(facts["headers"]).items())[:10]}
    return Proof(
        url=str(facts["url"])[:4000],
        status=int(facts["status"]),
        sha256=digest,
        size=int(facts["size"]),
        fetched_at=at,
        headers=headers,
        payload=packed if packed and _fits(packed, digest) else b"",
    )


def _fits(packed: bytes, digest: str) -> bool:
    try:
        return hashlib.sha256(unpacked(packed)).hexdigest() == digest
    except (ValueError, zlib.error):
        return False


def unpacked(packed: bytes) -> bytes:
    """The body; ``ValueError`` where it is larger than any that a crawl downloads or is not whole."""
    machine = zlib.decompressobj()
    body = machine.decompress(packed, LARGEST_BODY)
    if not machine.eof:
        raise ValueError("too large, or cut")
    return body
