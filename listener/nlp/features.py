"""What the linear model sees of a text: words, negated words, word pairs, characters, lexicon classes.

A feature is a string with a mark of its kind in front:

    w:好吃   a word            n:好吃   the same word under a negation
    p:很 好  two neighbours     c:好 / c:好吃   a character, two neighbouring characters
    k:+ k:- k:!+ k:!-  a word of the seed lexicon, ``!`` where it is negated
    f:[泪]   a face, an English word or a mark: as shipped they have no weight here, corrections give them one

All features of a word (its characters included) depend on the word and the negation alone, those of a pair
on the pair alone. So the part of each word in a score is exact, and a score costs two look-ups a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from listener.nlp.lexicon import words_of

__all__ = [
    "BREAKS", "NEGATORS", "mark_features", "negation", "pair_features", "speaks", "text_features", "word_features",
]  # fmt: skip

NEGATORS: Final = frozenset(words_of("negators"))
BREAKS: Final = frozenset("，。！？；：,.!?;:、~…\n\r()[]（）【】「」“”\"'《》<>|/")


def speaks(word: str) -> bool:
    """Whether the model looks at ``word``: it begins with a Han character or is a face."""
    point = ord(word[0]) if word else 0
    return 0x3400 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x3FFFF


def negation(tokens: Iterable[str]) -> Iterator[bool]:
    """For each token, whether it stands under a negation (two of them cancel out)."""
    negated = False
    for token in tokens:
        if token in BREAKS:
            negated = False
        yield negated
        if token in NEGATORS:
            negated = not negated


def word_features(word: str, negated: bool, class_of: Callable[[str], str]) -> list[str]:
    """The features of one word; ``class_of`` gives ``+`` or ``-`` for a word of the seed lexicon, else ""."""
    plain = not negated or word in NEGATORS
    found = [("w:" if plain else "n:") + word]
    found += ["c:" + char for char in word]
    found += ["c:" + word[i : i + 2] for i in range(len(word) - 1)]
    if mark := class_of(word):
        found.append("k:" + ("" if plain else "!") + mark)
    return found


def pair_features(left: str, right: str) -> list[str]:
    """The features of two neighbouring words."""
    return [f"p:{left} {right}", "c:" + left[-1] + right[0]]


def text_features(tokens: Sequence[str], class_of: Callable[[str], str], unheard: Collection[int] = ()) -> list[str]:
    """All features of a text with repetition, as the trainer counts them; those tokens ``unheard`` (by number), whose
    place a phrase takes, have none."""
    found: list[str] = []
    previous = ""
    for number, (token, negated) in enumerate(zip(tokens, negation(tokens), strict=True)):
        if not speaks(token) or number in unheard:
            previous = ""
            continue
        found += word_features(token, negated, class_of)
        if previous:
            found += pair_features(previous, token)
        previous = token
    return found


def mark_features(tokens: Sequence[str], unheard: Collection[int] = ()) -> list[str]:
    """``f:`` and a token that is no Chinese word: a face, an English word, a mark; figures and blanks have none."""
    told = (token for number, token in enumerate(tokens) if number not in unheard and not speaks(token))
    return ["f:" + token for token in told if _SAYS_SOMETHING.search(token)]


_SAYS_SOMETHING: Final = re.compile(r"[^\s\d.,，。]")
