"""Reposts: mentions whose text is that of an earlier one. Pure: ``fingerprints``, one look-up, ``decide``.

A repost keeps its own row and counts in volume, but opens no case. Never a repost: a text too short to tell, one with
its own complaint or order number, with other identifiers, numbers, products or dealers than the original's, and one
that adds its author's own words in the first person.

What is looked up stays bounded, however often a text or a part of it is said: no more than ``MOST_SHARED`` mentions are
kept under a print, and no mention is compared with more than ``COMPARED``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from listener.model import Analysis, DedupeDecision, Mention, MentionKey
from listener.text.bare import Bare, bare, prints
from listener.text.nobody import author_of

__all__ = ["MOST_SHARED", "Known", "decide", "fingerprints", "kept", "likely", "similarity"]

TELLING = 12
"""Characters below which equal texts (「不错」) are two people's own words; below it only the larger part of a longer
text is a repost."""

SIMILAR = 0.75
"""Share of a text that must stand in the earlier one; the rest may be a comment or small changes."""

EXCERPT = 0.5
"""A text shorter than this share of the original is an excerpt: most of it must stand there in one piece."""

IN_ONE_PIECE = 0.7
"""How much of an excerpt must stand in the original in one piece."""

SWAPPED = 2
"""Characters of a word in the midst of a text that are more than a typing mistake."""

PUT_IN_PLACE = 12
"""Characters at an end of the original up to which a text's other beginning or end stands in their place (another
product, dealer, name) instead of being a comment."""

KEPT = 8
"""Prints under which a mention is kept, beside the one of its whole text: of a text cut to 60 % all are missed by
0.4 ** 8, one in 1,500."""

MOST_SHARED = 32
"""Mentions kept under one print, the first ones: a print of more is a common phrase, and tells little."""

COMPARED = 8
"""Stored texts with which a mention is compared: those that share the rarest prints."""

OWN_FIELDS = ("outside_number", "order")
"""Fields of a mention that make it its author's own matter, whatever its words."""

_GRAM = 3
_FIRST_PERSON = re.compile("我|俺|咱|本人|自己")
_DENIES = frozenset("不没未无非")
_NAMED = re.compile("女士|先生|小姐|某|[店路街区县市省镇村]")
"""What follows the one character by which two people or two places differ."""

_FORWARDING = re.compile("(?:我|咱们?|本人)?(?:帮|替|为)?(?:转|顶|扩散)")

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored mention that shares a fingerprint."""

    key: MentionKey
    mention_id: int
    text: str
    author: str
    happened_at: datetime


def fingerprints(mention: Mention) -> list[int]:
    """The prints by which a mention is looked up (``listener.text.bare.prints``); of those some are kept."""
    return prints(mention.full_text)


def likely(own: Sequence[int], holders: Mapping[int, Sequence[Name]]) -> list[Name]:
    """Those of ``holders`` (who is kept under each print) that are worth comparing, the likeliest first.

    A print that few share tells more than one that many do.
    """
    weights: defaultdict[Name, float] = defaultdict(float)
    for value in own:
        for holder in holders.get(value, ()):
            weights[holder] += 1 / len(holders[value])
    order = {name: place for place, name in enumerate(weights)}
    return sorted(weights, key=lambda name: (-weights[name], order[name]))[:COMPARED]


def kept(
    looked_up: Sequence[Sequence[int]], decisions: Sequence[DedupeDecision], held: Mapping[int, int]
) -> list[tuple[int, ...]]:
    """The prints to keep of each mention, none of a repost: it is found through its original.

    ``held`` tells how many mentions each print has already; one that is full is passed over for the next.
    """
    full = Counter(dict(held))
    found = []
    for own, decision in zip(looked_up, decisions, strict=True):
        free = [value for value in own if full[value] < MOST_SHARED][: KEPT + 1]
        found.append(() if decision.duplicate_of else tuple(free))
        full.update(found[-1])
    return found


def similarity(text: Bare, original: Bare) -> float:
    """Share of the bare ``text`` that stands in the bare ``original``; of an excerpt, the share in one piece."""
    said, earlier = text.text, original.text
    if not said:
        return 0.0
    if len(said) < TELLING:
        return float(len(earlier) >= TELLING and len(said) > EXCERPT * len(earlier) and said in earlier)
    if len(said) < EXCERPT * len(earlier) and not _in_one_piece(said, earlier):
        return 0.0
    return 1 - sum(end - start for start, end in _own_pieces(text, earlier)) / len(said)


def _own_pieces(text: Bare, original: str) -> Iterator[tuple[int, int]]:
    """The places of the pieces of ``text`` of which no gram stands in ``original``."""
    said = text.text
    grams = {original[i : i + _GRAM] for i in range(len(original) - _GRAM + 1)}
    covered = bytearray(len(said))
    for i in range(len(said) - _GRAM + 1):
        if said[i : i + _GRAM] in grams:
            covered[i : i + _GRAM] = b"\1" * _GRAM
    if 0 in covered:
        for start, part in text.places():  # a clause of one word that was moved
            if len(part) < _GRAM and part in original:
                covered[start : start + len(part)] = b"\1" * len(part)
    for found in re.finditer(rb"\0+", covered):
        yield found.span()


def _in_one_piece(text: str, original: str) -> bool:
    length = max(TELLING, round(IN_ONE_PIECE * len(text)))
    return any(text[i : i + length] in original for i in range(len(text) - length + 1))


def decide(
    mentions: Sequence[Mention],
    looked_up: Sequence[Sequence[int]],
    analyses: Sequence[Analysis],
    found: Mapping[int, Sequence[Known]],
) -> list[DedupeDecision]:
    """One decision for each mention, in order; the earliest of equal texts is the original.

    ``found`` are the stored originals under each print.
    """
    pool: dict[int, list[Known]] = {value: list(known) for value, known in found.items()}
    decisions: dict[int, DedupeDecision] = {}
    for index in sorted(range(len(mentions)), key=lambda i: (mentions[i].happened_at, mentions[i].key)):
        mention = mentions[index]
        decisions[index] = _decide(mention, analyses[index], looked_up[index], pool)
        if decisions[index].duplicate_of is None:
            own = _known(mention)
            for value in looked_up[index]:
                if len(pool.setdefault(value, [])) < MOST_SHARED:
                    pool[value].append(own)
    return [decisions[index] for index in range(len(mentions))]


def _known(mention: Mention) -> Known:
    author = author_of(mention.author_id, mention.author_name)
    return Known(key=mention.key, mention_id=0, text=mention.full_text, author=author, happened_at=mention.happened_at)


def _decide(
    mention: Mention, analysis: Analysis, own: Sequence[int], pool: Mapping[int, Sequence[Known]]
) -> DedupeDecision:
    if not own or any(mention.fields.get(name) for name in OWN_FIELDS):
        return DedupeDecision()
    text = bare(mention.full_text)
    best, score = None, 0.0
    for known in _earlier(mention, own, pool):
        original = bare(known.text)
        alike = similarity(text, original)
        if alike >= SIMILAR and alike > score and not _own_matter(mention, analysis, text, original):
            best, score = known, alike
    if best is None:
        return DedupeDecision()
    return DedupeDecision(best.key, f"与更早的信息相似 {score:.0%}", score)


def _earlier(mention: Mention, own: Sequence[int], pool: Mapping[int, Sequence[Known]]) -> list[Known]:
    """The likeliest originals, the earliest first."""
    at = (mention.happened_at, mention.key)
    before = {
        value: [known for known in pool.get(value, ()) if known.key != mention.key and _said(known) <= at]
        for value in own
    }
    return sorted(likely(own, before), key=_said)


def _said(known: Known) -> tuple[datetime, MentionKey]:
    return known.happened_at, known.key


def _own_matter(mention: Mention, analysis: Analysis, text: Bare, original: Bare) -> bool:
    """True where the text names what the original does not, or adds its author's own words."""
    entities = (entity for entity in analysis.entities if entity.kind != "name")  # forwarding adds names
    named = (bare(mention.full_text[entity.start : entity.end]).text for entity in entities)
    if any(name and name in text.text and name not in original.text for name in named):
        return True
    if text.inner_numbers - original.numbers:  # a number at an end may be cut off
        return True
    pieces = list(_own_pieces(text, original.text))
    if not pieces:
        return False
    return _other_ends(text, original, pieces) or any(_is_own(text.text, *piece) for piece in pieces)


def _other_ends(text: Bare, original: Bare, pieces: Sequence[tuple[int, int]]) -> bool:
    """True where the text begins or ends with a word that stands in the place of the original's."""
    said, earlier = text.text, original.text
    theirs = list(_own_pieces(original, said))
    (own_head, own_tail), (head, tail) = _ends(said, pieces), _ends(earlier, theirs)
    # it is the same place only where the same follows, or stands before
    if said[own_head : own_head + _GRAM] == earlier[head : head + _GRAM] and _stands_for(
        said, (0, said[:own_head]), earlier[:head]
    ):
        return True
    if said[max(own_tail - _GRAM, 0) : own_tail] != earlier[max(tail - _GRAM, 0) : tail]:
        return False
    return _stands_for(said, (own_tail, said[own_tail:]), earlier[tail:])


def _ends(text: str, pieces: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Where the piece with which the text begins ends, and where the one with which it ends begins."""
    head = next((end for start, end in pieces if start == 0), 0)
    return head, next((start for start, end in pieces if end == len(text)), len(text))


def _stands_for(text: str, piece: tuple[int, str], theirs: str) -> bool:
    """True where a piece at an end of ``text`` is another word than the original's in its place."""
    start, own = piece
    if not own or not theirs or len(theirs) > PUT_IN_PLACE:
        return False
    before = _alike(own, theirs)
    behind = _alike(own[before:][::-1], theirs[before:][::-1])
    changed = len(own) - before - behind
    if changed == 1:
        return _is_telling(text, start + before)
    return changed >= SWAPPED and len(theirs) > before + behind


def _alike(left: str, right: str) -> int:
    """With how many same characters two texts begin."""
    differing = (place for place, (one, other) in enumerate(zip(left, right, strict=False)) if one != other)
    return next(differing, min(len(left), len(right)))


def _is_telling(text: str, place: int) -> bool:
    """True where one other character is another person, another place, or a "not"."""
    return text[place] in _DENIES or bool(_NAMED.match(text, place + 1))


def _is_own(text: str, start: int, end: int) -> bool:
    """True for words in the first person, and for a word put in place of another: a dealer, a product, a "not"."""
    piece = text[start:end]
    if len(piece) == 1 and _is_telling(text, start):
        return True
    if start > 0 and end < len(text):
        return len(piece) >= SWAPPED
    return bool(_FIRST_PERSON.search(piece)) and not _FORWARDING.search(piece)
