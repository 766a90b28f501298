"""Reposts: mentions whose text is that of an earlier one. Pure: ``fingerprints``, one look-up, ``decide``.

A repost keeps its own row and counts in volume, but opens no case. Never a repost: a text too short to tell, a text
with other identifiers than the original's, and the same author's own words in the same place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from listener.model import Analysis, DedupeDecision, Mention, MentionKey
from listener.text.normalise import normalise

SHORTEST = 12
"""Characters below which equal texts (「不错」) are two people's own words."""

SIMILAR = 0.75
"""Share of common 3-grams (Jaccard) from which two texts are the same."""

_MARKS = re.compile(r"转发微博|转发|转[：:]|//@[^:：]{1,30}[:：]|RT @\S{1,30}|\W+", re.IGNORECASE)
_BANDS = 8


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


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 3] for i in range(max(1, len(text) - 2)))


def fingerprints(mention: Mention) -> list[str]:
    """Short strings of which near-equal texts share one: the smallest hashes of the text's 3-grams (min-hash)."""
    text = bare(mention.full_text)
    if len(text) < SHORTEST:
        return []
    hashes = sorted(hashlib.blake2b(gram.encode(), digest_size=8).hexdigest() for gram in _grams(text))
    return hashes[:_BANDS]


def similarity(left: str, right: str) -> float:
    """Jaccard similarity of the 3-grams of two bare texts; a text held whole in the other counts as its share."""
    a, b = _grams(left), _grams(right)
    common = len(a & b)
    return max(common / len(a | b), common / min(len(a), len(b)) if min(len(left), len(right)) >= 20 else 0.0)


def decide(
    mentions: Sequence[Mention],
    prints: Sequence[Sequence[str]],
    analyses: Sequence[Analysis],
    found: Mapping[str, Sequence[Known]],
) -> list[DedupeDecision]:
    """One decision for each mention, in order; the earliest of equal texts is the original."""
    pool: dict[str, list[Known]] = {value: list(known) for value, known in found.items()}
    identifiers: dict[MentionKey, frozenset[str]] = {}
    decisions: dict[int, DedupeDecision] = {}
    for index in sorted(range(len(mentions)), key=lambda i: (mentions[i].happened_at, mentions[i].key)):
        mention = mentions[index]
        identifiers[mention.key] = _identifiers(analyses[index])
        decisions[index] = _decide(mention, prints[index], pool, identifiers)
        if decisions[index].duplicate_of is None:
            own = _known(mention)
            for value in prints[index]:
                pool.setdefault(value, []).append(own)
    return [decisions[index] for index in range(len(mentions))]


def _identifiers(analysis: Analysis) -> frozenset[str]:
    return frozenset(e.value for e in analysis.entities if e.kind in ("phone", "order", "vin", "plate", "email"))


def _known(mention: Mention) -> Known:
    author = mention.author_id or mention.author_name
    return Known(key=mention.key, mention_id=0, text=mention.full_text, author=author, happened_at=mention.happened_at)


def _decide(
    mention: Mention,
    prints: Sequence[str],
    pool: Mapping[str, Sequence[Known]],
    identifiers: Mapping[MentionKey, frozenset[str]],
) -> DedupeDecision:
    text = bare(mention.full_text)
    candidates = {known.key: known for value in prints for known in pool.get(value, ()) if known.key != mention.key}
    best, score = None, 0.0
    for known in candidates.values():
        if known.happened_at > mention.happened_at:
            continue
        alike = similarity(text, bare(known.text))
        mine, theirs = identifiers.get(mention.key, frozenset()), identifiers.get(known.key, frozenset())
        if alike > score and not (mine - theirs and theirs):
            best, score = known, alike
    if best is None or score < SIMILAR:
        return DedupeDecision()
    return DedupeDecision(best.key, f"与更早的信息相似 {score:.0%}", score)
