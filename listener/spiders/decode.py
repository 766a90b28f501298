"""Bytes to text, for pages that lie about their encoding, were cut inside a character or hold a damaged one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from charset_normalizer import from_bytes

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_META = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_MEANT = dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80"), "gb18030") | {"big5": "big5hkscs"}
"""What a name stands for in practice: the larger set of the same family (https://encoding.spec.whatwg.org/#names)."""

_DEFAULTS = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "windows-1252", "cp1252", "ascii", "us-ascii"})
"""What servers declare when nobody told them; every body fits them, so they come after UTF-8."""

SAMPLE = 100_000
MOST_DAMAGED = 0.1
"""Share of the characters beyond ASCII that may be damaged. Read in a wrong encoding, far more are."""

_Read = Callable[[bytes, str], str | None]


def decode(body: bytes, content_type: str = "") -> str:
    """The body's text: by its byte order mark, by what it declares if that fits, else UTF-8, GB18030, or its looks."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    for read, name in _ways(_declared(body, content_type)):
        with suppress(UnicodeError, LookupError):  # UnicodeError itself: what the codec "undefined" raises
            text = read(body, name)
            if text is not None:
                return text
    best = from_bytes(body[:SAMPLE]).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def _ways(declared: list[str]) -> Iterator[tuple[_Read, str]]:
    """What is tried, in order."""
    sure = [name for name in declared if name not in _DEFAULTS]
    yield from ((_whole, name) for name in (*sure, "utf-8"))
    yield from ((_mostly, name) for name in ("utf-8", *sure))
    yield from ((_whole, name) for name in declared if name in _DEFAULTS)
    yield from ((_whole, "gb18030"), (_mostly, "gb18030"))


def _whole(body: bytes, name: str) -> str:
    """The text without a single mistake; a character that the end cut in two is left out."""
    b"".decode(name)  # refuses codecs that are no encoding of text, such as hex
    return codecs.getincrementaldecoder(name)().decode(body)


def _mostly(body: bytes, name: str) -> str | None:
    """The text with few mistakes, None where there are too many for this to be its encoding."""
    text = body.decode(name, "replace")
    damaged = text.count("\ufffd")
    sound = sum(not character.isascii() for character in text) - damaged
    return text if damaged <= sound * MOST_DAMAGED else None


def _declared(body: bytes, content_type: str) -> list[str]:
    names = [found.group(1).lower() for found in (_CHARSET.search(content_type),) if found]
    meta = _META.search(body[:4096])
    if meta:
        names.append(meta.group(1).decode("ascii", "replace").lower())
    # a declaration that can be read byte by byte is not in UTF-16 or UTF-32, whatever it says
    wide = () if b"\x00" in body[:200] else ("utf-16", "utf-32")
    return [_MEANT.get(name, name) for name in names if not name.startswith(wide)]
