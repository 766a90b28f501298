"""What is compared of two texts: their words without forwarding marks, pictures, signs and blanks; and its prints.

normalised → emoji go without a trace → forwarding marks, addresses, signs part the text → what is between them
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

from listener.text.normalise import normalise

__all__ = ["LOOKED_UP", "SHORTEST", "Bare", "bare", "prints"]

SHORTEST: Final = 9
"""Characters below which a text has no prints: what is left of 20 cut to 60 % without its signs."""

LOOKED_UP: Final = 12
"""Prints by which a text is looked up, beside the one of the whole; fewer are kept (``listener.dedupe.kept``)."""

_PRINT_GRAM = 5
"""Longer than the grams compared, so that a common word does not lead to thousands of stored mentions."""

_EMOJI = re.compile("[\u200d\u20e3\u2190-\u2bff\u3030\ufe00-\ufe0f\U0001f000-\U0001fbff\U000e0020-\U000e007f]+")
_CODE = re.compile(r"\[[^\[\]\W]{1,6}\]")
"""A picture as Weibo writes it: [允悲]."""

_MARKS = re.compile(
    r"https?://[\w./?&=%#~-]+|转发微博|转发理由|轉發|转发|转载自?|转自|转[:：]|网页链接|展开全文|查看全文|(?:\.{3})?全文$"
    r"|(?:回复|引用|\bRT|\bvia)?\s*/*@[\w-]{1,30}(?:[:：\s]|$)|(?:(?![@/\[])\W)+|[_@/\[]",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[a-z]*\d[a-z\d]*")


@dataclass(frozen=True, slots=True)
class Bare:
    """``parts`` stand between signs, ``text`` is all of them in one. ``numbers`` are the words with a digit; the first
    and the last of a text may be cut off: ``inner_numbers`` are without them."""

    text: str
    parts: tuple[str, ...]
    numbers: frozenset[str]
    inner_numbers: frozenset[str]

    def places(self) -> list[tuple[int, str]]:
        """Each part with where it begins in ``text``."""
        ends = accumulate(map(len, self.parts))
        return [(end - len(part), part) for end, part in zip(ends, self.parts, strict=True)]


@lru_cache(maxsize=4096)
def bare(text: str) -> Bare:
    """The bare form; remembered, for a text is compared with many."""
    plain = _CODE.sub("", _EMOJI.sub("", normalise(text).text))
    parts = tuple(_MARKS.sub(" ", plain).casefold().split())
    spaced = " ".join(parts)
    found = [(hit.span(), hit[0]) for hit in _NUMBERED.finditer(spaced)]
    inner = frozenset(number for (start, end), number in found if start > 0 and end < len(spaced))
    return Bare("".join(parts), parts, frozenset(number for _, number in found), inner)


def prints(text: str) -> list[int]:
    """Signed 64-bit numbers of which near-equal texts share some; none for a text too short to tell.

    The first is the whole text's, then the smallest hashes of its grams, smallest first (bottom-k min-hash: Broder
    1997, "On the resemblance and containment of documents").
    """
    said = bare(text).text
    if len(said) < SHORTEST:
        return []
    grams = {said[i : i + _PRINT_GRAM] for i in range(len(said) - _PRINT_GRAM + 1)}
    smallest = sorted(map(_digest, grams))[:LOOKED_UP]
    whole = _digest(said)
    return [_signed(each) for each in dict.fromkeys([whole, *smallest])]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _signed(digest: bytes) -> int:
    """As databases hold it."""
    return int.from_bytes(digest, "big", signed=True)
