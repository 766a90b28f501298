"""Reposts: mentions whose text is that of an earlier one. Pure: ``fingerprints``, one look-up, ``decide``.

A repost keeps its own row and counts in volume, but opens no case. Never a repost: a text too short to tell, one with
its own complaint or order number, with other identifiers, numbers, products or dealers than the original's, and one
that adds its author's own words in the first person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from listener.model import Analysis, DedupeDecision, Mention, MentionKey
from listener.text.normalise import normalise

SHORTEST = 12
"""Characters below which equal texts (「不错」) are two people's own words."""

SIMILAR = 0.75
"""Share of a text that must stand in the earlier one; the rest may be a comment or small changes."""

EXCERPT = 0.5
"""A text shorter than this share of the original is an excerpt: most of it must stand there in one piece."""

IN_ONE_PIECE = 0.7
"""How much of an excerpt must stand in the original in one piece."""

SWAPPED = 2
"""Characters of a word in the midst of a text that are more than a typing mistake."""

OWN_FIELDS = ("outside_number", "order")
"""Fields of a mention that make it its author's own matter, whatever its words."""

_GRAM = 3
_PRINT_GRAM = 5
"""Longer than the grams compared, so that a common word does not lead to thousands of stored mentions."""
_PRINTS = 8

_MARKS = re.compile(
    r"https?://[\w./?&=%#~-]+|转发微博|转发理由|转发|转载(?:自)?|转[:：]|(?:回复|RT )?/*@[\w-]{1,30}(?:[:：\s]|$)"
    r"|\[[^\[\]]{1,6}\]|网页链接|展开全文|查看全文|(?:\.\.\.)?全文$|(?:(?![@/\[])\W)+|[_@/\[]",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile("我|俺|咱|本人|自己")
_FORWARDING = re.compile("(?:我|咱们?|本人)?(?:帮|替|为)?(?:转|顶|扩散)")
_NUMBERED = re.compile(r"[a-z]*\d[a-z\d]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored mention that shares a fingerprint."""

    key: MentionKey
    mention_id: int
    text: str
    author: str
    happened_at: datetime


def bare(text: str) -> str:
    """The text without forwarding marks, punctuation and blanks: what is compared."""
    return _MARKS.sub("", normalise(text).text).casefold()


def _grams(text: str, length: int = _GRAM) -> frozenset[str]:
    return frozenset(text[i : i + length] for i in range(max(1, len(text) - length + 1)))


def fingerprints(mention: Mention) -> list[str]:
    """Short strings of which near-equal texts share one: the smallest hashes of the text's grams (bottom-k min-hash,
    Broder 1997, "On the resemblance and containment of documents")."""
    text = bare(mention.full_text)
    if len(text) < SHORTEST:
        return []
    hashes = sorted(hashlib.blake2b(gram.encode(), digest_size=8).hexdigest() for gram in _grams(text, _PRINT_GRAM))
    return hashes[:_PRINTS]


def similarity(text: str, original: str) -> float:
    """Share of the bare ``text`` that stands in the bare ``original``; of an excerpt, the share in one piece."""
    if not text:
        return 0.0
    own = sum(end - start for start, end in _own_pieces(text, original))
    if len(text) < EXCERPT * len(original) and not _in_one_piece(text, original):
        return 0.0
    return 1 - own / len(text)


def _own_pieces(text: str, original: str) -> Iterator[tuple[int, int]]:
    """The places of the pieces of ``text`` of which no gram stands in ``original``."""
    grams = _grams(original)
    covered = bytearray(len(text))
    for i in range(len(text) - _GRAM + 1):
        if text[i : i + _GRAM] in grams:
            covered[i : i + _GRAM] = b"\1" * _GRAM
    for found in re.finditer(rb"\0+", covered):
        yield found.span()


def _in_one_piece(text: str, original: str) -> bool:
    length = max(SHORTEST, round(IN_ONE_PIECE * len(text)))
    return any(text[i : i + length] in original for i in range(len(text) - length + 1))


def decide(
    mentions: Sequence[Mention],
    prints: Sequence[Sequence[str]],
    analyses: Sequence[Analysis],
    found: Mapping[str, Sequence[Known]],
) -> list[DedupeDecision]:
    """One decision for each mention, in order; the earliest of equal texts is the original."""
    pool: dict[str, list[Known]] = {value: list(known) for value, known in found.items()}
    decisions: dict[int, DedupeDecision] = {}
    for index in sorted(range(len(mentions)), key=lambda i: (mentions[i].happened_at, mentions[i].key)):
        mention = mentions[index]
        decisions[index] = _decide(mention, analyses[index], prints[index], pool)
        if decisions[index].duplicate_of is None:
            own = _known(mention)
            for value in prints[index]:
                pool.setdefault(value, []).append(own)
    return [decisions[index] for index in range(len(mentions))]


def _known(mention: Mention) -> Known:
    author = mention.author_id or mention.author_name
    return Known(key=mention.key, mention_id=0, text=mention.full_text, author=author, happened_at=mention.happened_at)


def _decide(
    mention: Mention, analysis: Analysis, prints: Sequence[str], pool: Mapping[str, Sequence[Known]]
) -> DedupeDecision:
    if any(mention.fields.get(name) for name in OWN_FIELDS):
        return DedupeDecision()
    text = bare(mention.full_text)
    candidates = {known.key: known for value in prints for known in pool.get(value, ()) if known.key != mention.key}
    best, score = None, 0.0
    for known in sorted(candidates.values(), key=lambda known: (known.happened_at, known.key)):
        if (known.happened_at, known.key) > (mention.happened_at, mention.key):
            break
        original = bare(known.text)
        alike = similarity(text, original)
        if alike >= SIMILAR and alike > score and not _own_matter(mention, analysis, text, original):
            best, score = known, alike
    if best is None:
        return DedupeDecision()
    return DedupeDecision(best.key, f"与更早的信息相似 {score:.0%}", score)


def _own_matter(mention: Mention, analysis: Analysis, text: str, original: str) -> bool:
    """True where the text names what the original does not, or adds its author's own words."""
    entities = (entity for entity in analysis.entities if entity.kind != "name")  # forwarding adds names
    named = (bare(mention.full_text[entity.start : entity.end]) for entity in entities)
    if any(name and name in text and name not in original for name in named):
        return True
    # a number at the end may be cut off
    numbers = {found[0] for found in _NUMBERED.finditer(text) if found.end() < len(text)}
    if numbers - {found[0] for found in _NUMBERED.finditer(original)}:
        return True
    return any(_is_own(text[start:end], start > 0 and end < len(text)) for start, end in _own_pieces(text, original))


def _is_own(piece: str, inside: bool) -> bool:
    """True for words in the first person, and for a word put in place of another: a dealer, a product, a "not"."""
    if inside:
        return len(piece) >= SWAPPED
    return bool(_FIRST_PERSON.search(piece)) and not _FORWARDING.search(piece)
