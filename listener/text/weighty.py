"""Which of the words that decided are worth showing to a person: those that carry weight, without the marks around.

``Analysis.words`` holds the eight weightiest, however little that is: 「了」, 「你们」 and 「不」 are often among them,
and a phrase may have been heard with its comma (「不管了，」). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from listener.model import Word

__all__ = ["heaviest", "weighty"]

LEAST: Final = 0.2
"""The least weight that is shown, on the scale of ``nlp.sentiment``: a plain bad word has about -1 in a short text."""
SHARE: Final = 1 / 3
"""What a word has to weigh of what the weightiest one does."""
LONE: Final = 0.4
"""The least weight of a word of one character: it stands inside many others."""

MARKS: Final = " \t\r\n\u3000,.;:!?~…—-·，。；：！？、～“”‘’\"'「」『』《》〈〉()（）【】[]{}｛｝<>"

_GRAMMAR: Final = (
    "了 的 地 得 着 过 是 有 没 不 没有 别 在 就 都 也 还 又 再 很 太 更 才 给 让 把 被 和 跟 与 说 看 去 来 "
    "要 会 能 做 打 叫 写 我 你 您 他 她 它 人 咱 我们 你们 他们 她们 咱们 自己 人家 大家 这 那 哪 谁 这个 "
    "那个 这是 什么 怎么 为什么 个 一 一个 两个 三个 一点 一股 月 年 天 次 多 完 吗 呢 吧 啊 呀 嘛 只 只能 "
    "以为 如果 但是 可是 因为 所以"
)
GRAMMAR: Final = frozenset(_GRAMMAR.split())
"""Words of grammar: in a sentence they weigh something, alone they say nothing."""


def weighty(words: Sequence[Word], sign: int) -> list[Word]:
    """The words that pull towards ``sign`` (1 good, -1 bad) and say something, in their order; places follow the trim.

    None where nothing carries weight.
    """
    pulling = [(word, said) for word in words if word.weight * sign >= LEAST and (said := _says(word.word))]
    if not pulling:
        return []
    least = SHARE * max([word.weight * sign for word, _ in pulling])
    return [_trimmed(word, said) for word, said in pulling if word.weight * sign >= _least(said, least)]


def heaviest(words: Sequence[Word], sign: int, most: int) -> list[str]:
    """The first ``most`` of ``weighty`` as text."""
    return [word.word for word in weighty(words, sign)[:most]]


def _says(text: str) -> str:
    """The word without marks at its ends; "" where it then says nothing."""
    bare = text.strip(MARKS)
    return "" if bare in GRAMMAR else bare


def _least(said: str, least: float) -> float:
    return least if len(said) > 1 else max(least, LONE)


def _trimmed(word: Word, said: str) -> Word:
    if said == word.word:
        return word
    start = word.start + word.word.index(said)
    return Word(said, word.weight, start, start + len(said))
