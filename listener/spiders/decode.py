"""Bytes to text, for pages that lie about their encoding."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from charset_normalizer import from_bytes

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_META = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_GBK = frozenset({"gb2312", "gbk", "x-gbk", "gb_2312-80"})
SAMPLE = 100_000


def decode(body: bytes, content_type: str = "") -> str:
    """The body's text: by its byte order mark, by what it declares if that fits, else UTF-8, GB18030, or its looks."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    for name in (*_declared(body, content_type), "utf-8"):
        with suppress(UnicodeDecodeError, LookupError):
            return body.decode(name)
    if _mostly_utf8(body):
        return body.decode("utf-8", "replace")
    with suppress(UnicodeDecodeError):
        return body.decode("gb18030")
    best = from_bytes(body[:SAMPLE]).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def _mostly_utf8(body: bytes) -> bool:
    """True where all but a hundredth decodes: a page cut inside a character is still what it is."""
    text = body[:SAMPLE].decode("utf-8", "replace")
    return text.count("\ufffd") <= len(text) / 100


def _declared(body: bytes, content_type: str) -> list[str]:
    names = [found.group(1) for found in (_CHARSET.search(content_type),) if found]
    meta = _META.search(body[:4096])
    if meta:
        names.append(meta.group(1).decode("ascii", "replace"))
    return ["gb18030" if name.lower() in _GBK else name for name in names]
