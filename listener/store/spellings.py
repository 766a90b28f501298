"""Personal values as they may be spelled in stored text, found and struck out wherever they stand.

A phone is found with blanks, dashes and full-width digits between and in it, an e-mail in any case. A value that is
part of a longer number or word is another value.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import re2

SHORTEST = 4
"""A value of fewer characters is not searched for alone: it stands everywhere by chance."""

LEAST_NUMBER = 6
"""Characters of an order or serial number that is nobody else's; a shorter one goes from their own records only."""

LONG_ADDRESS = 10
"""Characters of an address without a number in it that names a door and not a town."""

LEAST_NAME = 3
"""Characters of a Chinese name that point at a person; of a shorter one there are too many."""

_GAP = r"[\s·・.\-–—_]{0,2}"
_WIDE = {str(digit): f"[{digit}{chr(0xFF10 + digit)}]" for digit in range(10)}


class Sieve:
    """A pattern without what stands around a value, run by RE2 in one pass: it lets through all that ``re`` would find.

    A million customers are a gigabyte of texts; ``re`` tries every value at every character of them.
    """

    def __init__(self, pattern: str) -> None:
        bare = _AROUND.sub("", pattern).replace(r"\s", _BLANKS)
        self._search = re2.compile(f"(?i){bare}").search if bare else None

    def passes(self, text: str) -> bool:
        """False where no value can be in ``text``."""
        if self._search is None:
            return True
        try:
            return self._search(text) is not None
        except UnicodeEncodeError:  # half a character
            return True


_AROUND = re.compile(r"\(\?<?[!=][^)]*\)")
"""What must not stand before or behind a value."""

_BLANKS = r"\s\x0b\x1c-\x1f\x85\pZ"
"""What ``re`` calls a blank, in the words of RE2."""


@dataclass(frozen=True)
class Wanted:
    """The values of one person: (kind, value in its normal form), their names, and what they call themselves.

    A name of two characters and a nickname are struck out only of what is surely theirs: many are called so.
    """

    values: tuple[tuple[str, str], ...]
    names: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    _patterns: dict[bool, re.Pattern[str]] = field(default_factory=dict)
    _sieves: list[Sieve] = field(default_factory=list)

    def pattern(self, *, own: bool) -> re.Pattern[str]:
        """What finds the values; with ``own``, in records that are surely theirs, short names too."""
        if own not in self._patterns:
            parts = [_spelled(kind, value) for kind, value in self.values if _says_enough(kind, value, own=own)]
            parts += [re.escape(name) for name in self.names if own or _points_at_somebody(name)]
            parts += [re.escape(name) for name in self.nicknames if own and name]
            self._patterns[own] = re.compile("|".join(parts) or "(?!)", re.IGNORECASE)
        return self._patterns[own]

    def sieve(self) -> Sieve:
        """What a text has to pass to hold a value at all: as quick as reading it, where ``pattern`` takes its time."""
        if not self._sieves:
            self._sieves.append(Sieve(self.pattern(own=False).pattern))
        return self._sieves[0]

    def exact(self) -> list[bytes]:
        """The values as bytes, as they would lie in a file: UTF-8, and as JSON escapes them."""
        texts = [value for kind, value in self.values if kind != "account" and _says_enough(kind, value, own=False)]
        texts += [value.removeprefix("+86") for kind, value in self.values if kind == "phone"]
        texts += [name for name in self.names if _points_at_somebody(name)]
        escaped = [json.dumps(text)[1:-1] for text in texts]
        return [text.encode() for text in dict.fromkeys((*texts, *escaped)) if len(text) >= SHORTEST - 1]


def _says_enough(kind: str, value: str, *, own: bool) -> bool:
    """True where the value is nobody else's: a short number is a price too, an address without a door a whole town."""
    if own or len(value) < SHORTEST:
        return len(value) >= SHORTEST
    if kind == "address":
        return len(value) >= LONG_ADDRESS or any(sign.isdigit() for sign in value)
    return len(value) >= LEAST_NUMBER or kind not in ("order", "serial")


def _points_at_somebody(name: str) -> bool:
    return len(name) >= (LEAST_NAME if "\u3400" <= name[:1] <= "\u9fff" else SHORTEST)


def _spelled(kind: str, value: str) -> str:
    if kind in ("email", "account"):  # a Chinese character before it is no part of it: 邮箱a@b.cn
        return rf"(?<![A-Za-z0-9_.+\-]){re.escape(value)}(?![A-Za-z0-9_])"
    if kind == "address":
        return _gapped(re.sub(r"\s", "", value))
    if kind == "phone":
        national = value.removeprefix("+86") if value.startswith("+86") else value.removeprefix("+")
        if value.startswith("+86") and not national.startswith("1"):
            return rf"(?<!\d)(?:0|\+?86{_GAP})?{_gapped(national)}(?!\d)"
        return rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?{_gapped(national)}(?!\d)"
    return rf"(?<![A-Za-z0-9]){_gapped(value)}(?![A-Za-z0-9])"


def _gapped(value: str) -> str:
    return _GAP.join(_WIDE.get(sign, re.escape(sign)) for sign in value)


def strike(text: str, pattern: re.Pattern[str]) -> str:
    """The text with stars in place of what is found, as many as it had characters: every offset stays what it was."""
    return pattern.sub(lambda found: "*" * len(found.group()), text)


def strike_json(found: Any, pattern: re.Pattern[str]) -> Any:
    """The same for every text within a JSON value, keys too."""
    if isinstance(found, str):
        return strike(found, pattern)
    if isinstance(found, Mapping):
        return {strike(str(key), pattern): strike_json(value, pattern) for key, value in found.items()}
    if isinstance(found, Sequence):
        return [strike_json(each, pattern) for each in found]
    return found


def texts_of(blob: bytes) -> Iterable[str]:
    """What stored bytes say, as text: as they are, unpacked, and the parts of a mail."""
    yield blob.decode("utf-8", "replace")
    unpacked = _unpacked(blob)
    if unpacked is not None:
        yield unpacked.decode("utf-8", "replace")
        yield unpacked.decode("gb18030", "replace")
    if b"Content-T" in blob[:20_000]:
        yield from _mail(blob)


def _unpacked(blob: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(blob)
    except zlib.error:
        return None


def _mail(blob: bytes) -> Iterable[str]:
    message = message_from_bytes(blob, policy=policy.default)
    yield " ".join(f"{name}: {value}" for name, value in message.items())
    for part in message.walk():
        if not part.is_multipart():
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                yield body.decode(part.get_content_charset() or "utf-8", "replace")
