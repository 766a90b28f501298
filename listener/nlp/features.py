"""What the linear model sees of a text: words, negated words, word pairs, characters, lexicon classes.

A feature is a string with a mark of its kind in front:

    w:好吃   a word            n:好吃   the same word under a negation
    p:很 好  two neighbours     c:好 / c:好吃   a character, two neighbouring characters
    k:+ k:- k:!+ k:!-  a word of the seed lexicon, ``!`` where it is negated

All features of a word (its characters included) depend on the word and the negation alone, those of a pair
on the pair alone. So the part of each word in a score is exact, and a score costs two look-ups a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from listener.nlp.lexicon import words_of

__all__ = ["BREAKS", "NEGATORS", "negation", "pair_features", "speaks", "word_features"]

NEGATORS = frozenset(words_of("negators"))
BREAKS = frozenset("，。！？；：,.!?;:、~…\n\r()[]（）【】「」“”\"'《》<>|/")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def speaks(word: str) -> bool:
    """Whether the model looks at ``word``: it begins with a Han character or is a face."""
    return _HAN.match(word) is not None


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


def text_features(tokens: Sequence[str], class_of: Callable[[str], str]) -> list[str]:
    """All features of a text with repetition, as the trainer counts them."""
    found: list[str] = []
    previous = ""
    for token, negated in zip(tokens, negation(tokens), strict=True):
        if not speaks(token):
            previous = ""
            continue
        found += word_features(token, negated, class_of)
        if previous:
            found += pair_features(previous, token)
        previous = token
    return found
